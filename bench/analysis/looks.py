"""Where seeds were added look by look: by which rule, how many each row has, and why it has no more."""

from __future__ import annotations

from typing import Any

from nasrank.bench.analysis.frame import MAIN_METRIC
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.more_seeds import stops_of
from nasrank.bench.studies.seeds import SeedRule


def looks_at_seeds(ranked: Ranked) -> dict[str, Any]:
    """Plain values: the rule; the numbers of seeds at which rows are looked at, and the level that a p-value must not
    exceed at each for a row by itself; and of each row, by name, its `seeds`, the `look`, from 1, and `why` it ended.

    Empty where the seeds of the study are listed.
    """
    design, compare = ranked.scored.results.design, ranked.compare
    rule = design.study.seeds
    if not isinstance(rule, SeedRule):
        return {}
    gains = {}
    for pair in ranked.pairs:
        before, after = (ranked.scored.side(arm, pair.score) for arm in design.rows[pair.name].arms)
        gains[pair.name] = compare.gain(before, after, METRICS[MAIN_METRIC])
    looks = rule.planned
    return {
        "until": rule.until,
        "width": rule.width,
        "in_words": rule.in_words,
        "looks": list(looks.seeds),
        "levels": [looks.level(seeds, 1 - compare.confidence) for seeds in looks.seeds],
        "rows": {
            name: {"seeds": stop.seeds, "look": stop.look, "why": str(stop.why)}
            for name, stop in stops_of(design, gains).items()
        },
    }
