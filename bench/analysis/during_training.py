"""What happened on the way: tau and violated landmark pairs during training, the order of the landmarks at its end."""

from __future__ import annotations

from typing import Any

import numpy as np

from nasrank.bench.analysis.findings import NOTHING
from nasrank.bench.analysis.scores import landmark_scores, pool_truth
from nasrank.bench.analysis.summary import Curve, LandmarkRow
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

LOSS, VIOLATED = "negative_loss", "landmark.violated"
_TAU = METRICS["tau"]


def curves(results: Results, truth: Truth) -> tuple[Curve, ...]:
    """One for each strategy with and without landmarks; over the seeds that finished."""
    return tuple(_curve(results, truth, row, arm) for row in results.design.rows.values() for arm in row.arms)


def _curve(results: Results, truth: Truth, row: Row, arm: Arm) -> Curve:
    pool = pool_truth(results.design, truth)
    finished = [trial for trial in results.of(arm) if trial["failure"] is None]
    fractions = tuple(point["fraction"] for point in finished[0]["curve"]) if finished else ()
    violations = [_violations(trial) for trial in finished]
    violated_at = tuple(sorted({fraction for row in violations for fraction in row}))
    return Curve(
        row.name,
        arm is row.after,
        fractions,
        tau=tuple(
            tuple(_TAU(np.array(point["scores"]), pool[: len(point["scores"])]) for point in trial["curve"])
            for trial in finished
        ),
        violated_at=violated_at,
        violated=tuple(tuple(row.get(fraction, NOTHING) for fraction in violated_at) for row in violations)
        if violated_at
        else (),
    )


def _violations(trial: dict[str, Any]) -> dict[float, float]:
    return {row["fraction"]: row[VIOLATED] for row in trial["record"] if VIOLATED in row}


def landmark_rows(results: Results, truth: Truth) -> tuple[LandmarkRow, ...]:
    """How well each strategy orders the landmarks, without and with the term; NaN where a trial failed."""
    space = results.design.space
    rows = []
    for name, row in results.design.rows.items():
        (before, wrong_before), (after, wrong_after) = (
            on_landmarks(results, truth, row, arm).mean(axis=0).tolist() for arm in row.arms
        )
        (loss_before, _), (loss_after, _) = (
            on_landmarks(results, truth, row, arm, LOSS).mean(axis=0).tolist() for arm in row.arms
        )
        steps = max(trial["steps"] for trial in results.of(row.after))
        generations = len(row.after.build(space, np.random.default_rng(0)).generations)
        violated = _ends(_curve(results, truth, row, row.after).violated)
        rows.append(
            LandmarkRow(
                name,
                *violated,
                before=before,
                after=after,
                loss_before=loss_before,
                loss_after=loss_after,
                wrong_before=wrong_before,
                wrong_after=wrong_after,
                added=_added(results, row),
                steps=steps,
                generations=generations,
            )
        )
    return tuple(rows)


def _added(results: Results, row: Row) -> float:
    """Passes of the terms in fractions of the others, mean over seeds; NaN where a trial failed."""
    study, found = row.study, []
    for trial in results.of(row.after):
        if trial["failure"] is not None:
            return NOTHING
        passes = sum(
            term.kind.added_passes(term.settings, study.landmarks.count, trial["steps"], trial["record"])
            for term in study.terms
        )
        found.append(passes / study.training.passes)
    return float(np.mean(found))


def _ends(violated: tuple[tuple[float, ...], ...]) -> tuple[float, float]:
    """Means over seeds of the first and of the last stretch of training; NaN without any."""
    if not violated:
        return NOTHING, NOTHING
    stretches = np.nanmean(violated, axis=0)
    return float(stretches[0]), float(stretches[-1])


def on_landmarks(results: Results, truth: Truth, row: Row, arm: Arm, score: str | None = None) -> FloatArray:
    """Tau and the share of pairs that are not in the right order, `(seeds, 2)`; NaN where a trial failed."""
    design = results.design
    values = []
    found = landmark_scores(results, row, arm, score)
    for seed, scores in zip(design.study.seeds, found, strict=True):
        if scores is None or not len(scores):
            values.append((NOTHING, NOTHING))
        else:
            accuracies = truth.of(design.landmarks_of(row.name, seed))
            values.append((_TAU(scores, accuracies), _share_not_in_order(scores, accuracies)))
    return np.array(values)


def _share_not_in_order(scores: FloatArray, accuracies: FloatArray) -> float:
    better = accuracies[:, None] > accuracies[None, :]
    return float(np.mean((scores[:, None] <= scores[None, :])[better]))
