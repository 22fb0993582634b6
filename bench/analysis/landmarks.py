"""The landmarks themselves: what the term cost, whether it was learned, and how much of it other cells gained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nasrank.bench.analysis.comparison import Difference
from nasrank.bench.analysis.frame import MAIN_METRIC, NOTHING, Finding
from nasrank.bench.analysis.ranked import Ranked
from nasrank.bench.analysis.scores import landmark_scores
from nasrank.bench.analysis.summary import Pair
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

LANDMARKS = "landmarks"
"""The part that they are; `LEAD` is what they gained more than the pool."""
LEAD = "landmarks more than pool"
BEGIN, END = "first stretch of guidance", "last stretch of guidance"
VIOLATED, WRONG, ADDED, STEPS = "violated_pairs", "pairs_not_in_order", "added_passes", "training_steps"
LOSS = "negative_loss"
"""By which the term compares; on images that it never saw, as everything is scored."""

_RECORDED = "landmark.violated"
_TAU = METRICS[MAIN_METRIC]


def on_landmarks(ranked: Ranked, truth: Truth) -> Iterator[Finding]:
    """Tau and the share of pairs out of order or tied, of each row's own landmarks, by its own score and by the loss;
    what the term found and cost; and, as one table, what guidance adds to the landmarks more than to the pool."""
    results = ranked.scored.results
    leads: list[Difference] = []
    for pair in ranked.pairs:
        row = results.design.rows[pair.name]
        part = f"{LANDMARKS} of {pair.name}"
        for arm in row.arms:
            for score in dict.fromkeys((pair.score, LOSS)):
                found = _orders(results, truth, row, arm, score)
                at = Finding(arm.name, score=score, part=part, n=pair.labels)
                for metric, values in zip((MAIN_METRIC, WRONG), found.T, strict=True):
                    yield at._replace(metric=metric, value=float(values.mean()))
        yield from _of_training(results, row, pair)
        before, after = (_orders(results, truth, row, arm, pair.score)[:, 0] for arm in row.arms)
        at = Finding(pair.after, base=pair.before, score=pair.score, part=f"{LEAD} of {pair.name}")
        sides = [ranked.scored.side(arm, pair.score) for arm in row.arms]
        leads.append(ranked.compare.excess(after - before, sides[0], sides[1], _TAU, at))
    yield from ranked.compare.decided(leads)


def _orders(results: Results, truth: Truth, row: Row, arm: Arm, score: str) -> FloatArray:
    """Tau and the share of pairs that are not in the right order, `(seeds, 2)`; NaN where a trial failed."""
    design = results.design
    values = []
    for seed, scores in zip(design.seeds_of(row.name), landmark_scores(results, row, arm, score), strict=True):
        if scores is None or not len(scores):
            values.append((NOTHING, NOTHING))
        else:
            accuracies = truth.of(design.landmarks_of(row.name, seed))
            values.append((_TAU(scores, accuracies), _share_not_in_order(scores, accuracies)))
    return np.array(values)


def _share_not_in_order(scores: FloatArray, accuracies: FloatArray) -> float:
    better = accuracies[:, None] > accuracies[None, :]
    return float(np.mean((scores[:, None] <= scores[None, :])[better]))


def _of_training(results: Results, row: Row, pair: Pair) -> Iterator[Finding]:
    """Steps, passes that the terms added, and violated pairs at the beginning and the end, means over seeds."""
    trials = results.of(row.after)
    at = Finding(pair.after, score=pair.score, n=pair.labels)
    yield at._replace(metric=STEPS, value=float(max(trial["steps"] for trial in trials)))
    failed = any(trial["failure"] is not None for trial in trials)
    added = NOTHING if failed else float(np.mean([_added(row, trial) for trial in trials]))
    yield at._replace(metric=ADDED, value=added, status="a trial failed" if failed else "")
    stretches = [stretch for stretch in (violations(trial) for trial in trials) if stretch]
    if stretches:
        fractions = sorted({fraction for stretch in stretches for fraction in stretch})
        means = np.nanmean([[one.get(fraction, NOTHING) for fraction in fractions] for one in stretches], axis=0)
        for part, value in ((BEGIN, means[0]), (END, means[-1])):
            yield at._replace(metric=VIOLATED, part=part, value=float(value))


def _added(row: Row, trial: dict[str, Any]) -> float:
    """Passes of the terms in fractions of the others."""
    passes = sum(
        term.kind.added_passes(term.settings, row.study.landmarks.guiding, trial["steps"], trial["record"])
        for term in row.study.terms
    )
    return float(passes / row.study.training.passes)


def violations(trial: dict[str, Any]) -> dict[float, float]:
    """Share of the compared landmark pairs in the wrong order, by the fraction of training that ends a stretch."""
    return {row["fraction"]: row[_RECORDED] for row in trial["record"] if _RECORDED in row}
