"""The arrays that a report is computed from: scores of the pool by seed, and the order of the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.combination import with_combinations


@dataclass(frozen=True)
class Side:
    """An arm of a row, before or after.

    Attributes:
        scores: of the pool, `(seeds, n)`; NaN in the rows of trials that failed or lack a score.
        failures: reasons by trial name.
    """

    scores: FloatArray
    failures: dict[str, str]

    @property
    def complete(self) -> bool:
        return not self.failures


def side(results: Results, arm: Arm, score: str | None = None) -> Side:
    """Scores of an arm: those that it ranks by, unless others are named; ValueError when a trial lacks them."""
    design = results.design
    name = score or arm.score
    rows, failures = [], {}
    for trial in results.of(arm):
        row = np.full(len(design.pool), np.nan)
        if trial["failure"] is not None:
            failures[trial["trial"]] = trial["failure"]
        else:
            stored = stored_scores(trial)
            if name not in stored:
                raise ValueError(f"{trial['trial']} has no score {name!r}; it has {', '.join(trial['scores'])}")
            if np.isfinite(stored[name]).all():
                row = stored[name]
            else:
                failures[trial["trial"]] = f"the {name} of some architectures is not finite"
        rows.append(row)
    return Side(np.stack(rows), failures)


def stored_scores(trial: dict[str, Any]) -> dict[str, FloatArray]:
    """Scores of the pool that a trial stored, by name, and the combinations of them."""
    return with_combinations({name: np.array(values) for name, values in trial["scores"].items()})


def sides_of(results: Results, row: Row, score: str | None = None) -> tuple[Side, Side]:
    """Of both arms of a row, before and after."""
    return side(results, row.before, score), side(results, row.after, score)


def landmark_scores(results: Results, row: Row, arm: Arm, score: str | None = None) -> list[FloatArray | None]:
    """Scores that an arm of a row gives to the row's landmarks `(landmarks,)`, of each seed; None where it failed.

    They are those that the arm ranks by, unless others are named.

    Raises:
        ValueError: a trial did not score a landmark.
    """
    design = results.design
    name = score or arm.score
    found: list[FloatArray | None] = []
    for seed, trial in zip(design.study.seeds, results.of(arm), strict=True):
        if trial["failure"] is not None:
            found.append(None)
            continue
        scored, landmarks = design.scored_landmarks(Trial(arm.name, seed)), design.landmarks_of(row.name, seed)
        if name not in trial["landmark_scores"]:
            raise ValueError(f"{trial['trial']} has no score {name!r} of its landmarks")
        score_of = dict(zip(scored, trial["landmark_scores"][name], strict=True))
        missing = [landmark for landmark in landmarks if landmark not in score_of]
        if missing:
            raise ValueError(
                f"{trial['trial']} did not score {len(missing)} landmarks of {row.name}, first {missing[0]}"
            )
        found.append(np.array([score_of[landmark] for landmark in landmarks], dtype=np.float64))
    return found


def pool_truth(design: Design, truth: Truth) -> FloatArray:
    """Truth of the pool `(n,)`.

    Raises:
        ValueError: `truth` is not of the study's space, or lacks an architecture of the pool.
    """
    if truth.space is not design.space:
        raise ValueError(f"the study is about {design.space.name}, but its truth is one of {truth.space.name}")
    found = truth.of(design.pool)
    if missing := np.sum(~np.isfinite(found)):
        raise ValueError(f"the truth lacks {missing} of the {len(found)} architectures of the pool")
    return found


def ranks(values: FloatArray) -> FloatArray:
    """Rank of each value, 1 for the highest; equal values share the better rank. `(n,)`."""
    return np.asarray(stats.rankdata(-values, method="min"), dtype=np.float64)
