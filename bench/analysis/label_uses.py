"""For the same labels, what is the best use of them? One answer for every number of landmarks that a study tries.

A landmark super-net uses them in training. Predictors fitted on labels use nothing else, and stacked ones take a
super-net's scores for one more feature: those of the super-net that was trained without landmarks, or those of the
landmark super-net. The latter has been trained on the very labels that the predictor is fitted to, so its scores agree
with them better than with those of other architectures, and the predictor trusts it too much.

A line of a predictor has in `arm` the row whose labels it is fitted on, or the arm on whose scores it is stacked.
"""

from __future__ import annotations

from collections.abc import Iterator

from nasrank.bench.analysis.baselines import label_of, side_of
from nasrank.bench.analysis.comparison import Difference
from nasrank.bench.analysis.frame import MAIN_METRIC, Finding
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.analysis.scores import Side
from nasrank.bench.analysis.summary import Reference
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.label_sets import rows_by_labels, use_of
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial

ALONE = "labels alone"
"""The base of what stacking adds."""

USES = "uses of {} labels"
"""The part of the lines of predictors in this comparison."""

_TAU = METRICS[MAIN_METRIC]


def uses_of(results: Results) -> tuple[Reference, ...]:
    """The predictors compared, as they are called where it goes without saying which labels they are fitted on."""
    names = results.design.study.estimators.label_uses
    return tuple(Reference(name, without_labels(label_of(results, name)), 0) for name in names)


def label_uses(ranked: Ranked) -> Iterator[Finding]:
    """Tau of every use, and as one table what it has more than the guided super-net with the same labels, and a stacked
    one more than the same predictor on the labels alone."""
    results = ranked.scored.results
    differences: list[Difference] = []
    for labels, name in rows_by_labels(results.design).items():
        row = results.design.rows[name]
        guided = ranked.scored.side(row.after)
        for use in results.design.study.estimators.label_uses:
            alone = _side(ranked, row, use, None)
            for arm in (None, *row.arms):
                side = _side(ranked, row, use, arm) if arm else alone
                at = Finding(arm.name if arm else name, estimator=use, part=USES.format(labels))
                yield ranked.compare.level(side, _TAU, at)
                differences.append(ranked.compare.difference(guided, side, _TAU, at._replace(base=row.after.name)))
                if arm:
                    differences.append(ranked.compare.difference(alone, side, _TAU, at._replace(base=ALONE)))
    yield from ranked.compare.decided(differences)


def _side(ranked: Ranked, row: Row, estimator: str, arm: Arm | None) -> Side:
    """An estimator was fitted anew for each seed."""
    results = ranked.scored.results
    seeds = results.design.seeds_of(row.name)
    found = side_of(
        results, [use_of(results.design, row.name, estimator, seed, arm.name if arm else "") for seed in seeds]
    )
    own = {Trial(arm.name, seed).name for seed in seeds} if arm else set()
    failures = ranked.scored.side(arm).failures if arm else {}
    return Side(found.scores, {**found.failures, **{name: why for name, why in failures.items() if name in own}})


def without_labels(label: str) -> str:
    """What a predictor is called where it goes without saying which labels it is fitted on."""
    return label.removesuffix(" on the same labels")
