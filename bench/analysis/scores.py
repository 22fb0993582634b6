"""The arrays that a report is computed from: scores of the pool by seed, and the order of the truth.

What is ranked is the pool without the architectures that a landmark gives away, see `Design.ranked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.combination import stored_scores

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison: an arm of a row, or an estimator.

    Attributes:
        scores: of the pool, `(seeds, n)`; NaN in the rows of trials that failed or lack a score.
        failures: reasons by trial name.
    """

    scores: FloatArray
    failures: dict[str, str]

    @property
    def complete(self) -> bool:
        """Whether every seed has all of its scores."""
        return not self.failures

    def complete_for(self, seeds: int) -> bool:
        """Whether the first so many have."""
        return self.complete or (seeds < len(self.scores) and bool(np.isfinite(self.scores[:seeds]).all()))


@dataclass(frozen=True)
class Scored:
    """The scores of all arms on one pool, or on the architectures at some places of it, each looked up once."""

    results: Results
    members: npt.NDArray[np.int64] | None = None
    _sides: dict[tuple[str, str], Side] = field(default_factory=dict)

    def side(self, arm: Arm, score: str = "") -> Side:
        """Scores of an arm: those that it ranks by, unless others are named; ValueError when a trial lacks them."""
        name = score or arm.score
        if (arm.name, name) not in self._sides:
            side = _side(self.results, arm, name)
            members = slice(None) if self.members is None else self.members
            self._sides[arm.name, name] = Side(side.scores[:, members], side.failures)
        return self._sides[arm.name, name]

    def scores_of(self, row: Row) -> list[str]:
        """Names of those that all finished trials of a row have."""
        trials = [trial for arm in row.arms for trial in self.results.of(arm) if not trial["failure"]]
        stored = [list(stored_scores(trial)) for trial in trials]
        return [name for name in (stored[0] if stored else []) if all(name in others for others in stored)]


def _side(results: Results, arm: Arm, name: str) -> Side:
    rows, failures = [], {}
    for trial in results.of(arm):
        row = np.full(len(results.design.pool), np.nan)
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


def landmark_scores(results: Results, row: Row, arm: Arm, score: str = "") -> list[FloatArray | None]:
    """Scores that an arm of a row gives to the row's landmarks `(landmarks,)`, of each seed of the row; None where it
    failed.

    They are those that the arm ranks by, unless others are named.

    Raises:
        ValueError: a trial did not score a landmark.
    """
    design = results.design
    name = score or arm.score
    found: list[FloatArray | None] = []
    for seed, trial in zip(design.seeds_of(row.name), results.of(arm), strict=False):  # the arm may have more
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


def without_twins(results: Results) -> Results:
    """The same results, of the pool architectures that have no expression in common with a landmark."""
    design = results.design
    ranked = set(design.ranked)
    kept = [place for place, architecture in enumerate(design.pool) if architecture in ranked]
    if len(kept) == len(design.pool):
        return results
    trials = {name: _trial(trial, kept) for name, trial in results.trials.items()}
    return replace(results, design=replace(design, pool=design.ranked), trials=trials)


def on_natural_pool(results: Results) -> Results | None:
    """The same results, of the pool from which the landmarks are missing and nothing else; None where it has no name.

    What is like one of a few landmarks is mostly weak, and weak cells are easy to tell apart; so most methods have a
    higher tau there than on the pool of a report, whether or not they know the landmarks.
    """
    if not results.design.lookalikes:
        return None
    design = replace(results.design, pool=results.design.natural_pool, lookalikes=())
    trials = {
        name: _on_natural(trial, results.design) for name, trial in results.trials.items() if has_natural_pool(trial)
    }
    return Results(design, trials)


def has_natural_pool(trial: dict[str, Any]) -> bool:
    """Whether a trial scored what is like a landmark, too; those that failed are no reason against it."""
    return bool(trial["failure"] or trial["lookalike_scores"])


def _on_natural(trial: dict[str, Any], design: Design) -> dict[str, Any]:
    kept = len(design.pool) - len(design.lookalikes)
    scores = {name: [*values[:kept], *trial["lookalike_scores"][name]] for name, values in trial["scores"].items()}
    return {**trial, "scores": scores}


def _trial(trial: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """With the scores of these architectures; those during training are of the first few."""
    curve = [
        {**point, "scores": _of(point["scores"], [place for place in kept if place < len(point["scores"])])}
        for point in trial["curve"]
    ]
    return {
        **trial,
        "scores": {name: _of(values, kept) for name, values in trial["scores"].items()},
        "curve": curve,
        "parts": _of(trial["parts"], kept) if trial.get("parts") else trial.get("parts"),
    }


def _of(values: Sequence[T], kept: Sequence[int]) -> list[T]:
    return [values[place] for place in kept]
