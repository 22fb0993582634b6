"""What a ranking costs: minutes of one core that training and scoring take, and how far tau varies between seeds.

They are the processor's own minutes, which results hold by phase, so that others that computed on the machine hardly
change them. Preparing the images is left out, and of scoring only the share of the pool counts: landmarks are scored
for the analysis, and a search would not score them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores import parts_of_name, scoring_phase
from nasrank.bench.tasks import TASKS

MINUTES, DEVIATION = "core_minutes", "seed_deviation"
"""Metrics of the frame: mean over seeds, in minutes; and standard deviation of tau over seeds."""

OF_THE_BEST = ("tau_top50", "tau_top10")


def costs(stored: Results, ranked: Ranked) -> Iterator[Finding]:
    """Of every arm, by every score of the task that it has: what it costs, its spread, and tau among the best.

    Args:
        stored: the results with all architectures that were scored; what is ranked is some of them.
    """
    design, results = stored.design, ranked.scored.results
    own = {(arm, pair.score) for pair in ranked.pairs for arm in (pair.before, pair.after)}
    names = TASKS[design.study.images.task].score_names
    for arm in dict.fromkeys(arm for pair in ranked.pairs for arm in (pair.before, pair.after)):
        trials = results.of(design.arms[arm])
        some = next((trial for trial in trials if trial["failure"] is None), None)
        for score in some["scores"] if some else ():
            if parts_of_name(score)[0] not in names:
                continue
            side, at = ranked.scored.side(design.arms[arm], score), Finding(arm, score=score)
            yield at._replace(metric=MINUTES, value=_minutes(design, arm, trials, score), n=len(trials))
            taus = [one.value for one in ranked.compare.by_seed(side, METRICS["tau"], at)]
            spread = float(np.std(taus, ddof=1)) if len(taus) > 1 else NOTHING
            yield at._replace(metric=DEVIATION, value=spread, n=len(taus))
            if (arm, score) not in own:
                yield from (ranked.compare.level(side, METRICS[name], at) for name in OF_THE_BEST)


def _minutes(design: Design, arm: str, trials: Sequence[dict[str, Any]], score: str) -> float:
    """NaN where a trial failed, or was run before the processor's time was kept."""
    scoring = scoring_phase(parts_of_name(score)[1])
    found = []
    for seed, trial in zip(design.seeds_of_arm(arm), trials, strict=True):
        if trial["failure"] is not None or any("cpu_seconds" not in phase for phase in trial["phases"]):
            return NOTHING
        scored = len(design.pool) + len(design.lookalikes) + len(design.scored_landmarks(Trial(arm, seed)))
        seconds = dict.fromkeys(("training", scoring), 0.0)
        for phase in trial["phases"]:
            if phase["phase"] in seconds:
                seconds[phase["phase"]] += phase["cpu_seconds"]
        found.append((seconds["training"] + seconds[scoring] * len(design.pool) / scored) / 60)
    return float(np.mean(found))
