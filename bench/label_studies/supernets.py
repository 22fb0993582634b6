"""The scores of a study's super-nets as features of its pool and landmarks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.runner.results import Results, load_results
from nasrank.bench.runner.tasks import Trial

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SuperNetScores:
    """What a study's super-nets, plain and guided, say of the ranked pool and of every seed's landmarks.

    All rows of the study have the same landmarks. A super-net says nothing of those of other seeds than its own.

    Attributes:
        score: what they rank by, such as "negative_loss".
        architectures: the ranked pool, then the landmarks of all seeds.
        pool: how many of these are the ranked pool.
    """

    results: Results
    score: str
    architectures: Sequence[Any]
    pool: int

    @classmethod
    def read(cls, folder: Path, *, space: str, score: str) -> SuperNetScores:
        """Raises ValueError when there is no study of this space, or its rows have different landmarks."""
        results = load_results(folder)
        design = results.design
        if design.study.space != space:
            raise ValueError(f"{folder} is about {design.study.space}, not about {space}")
        first, *others = design.rows
        for seed in design.study.every_seed:
            if any(set(design.landmarks_of(row, seed)) != set(design.landmarks_of(first, seed)) for row in others):
                raise ValueError(f"{folder}: rows have different landmarks, so that none of the labels are theirs all")
        landmarks = dict.fromkeys(one for seed in design.study.every_seed for one in design.landmarks_of(first, seed))
        return cls(results, score, [*design.ranked, *landmarks], len(design.ranked))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the super-nets; those that all rows have."""
        design = self.results.design
        return min(map(design.seeds_of, design.rows), key=len)

    @cached_property
    def checksum(self) -> str:
        """Of all scores that are features."""
        trials = {
            name: [
                trial["failure"],
                *(trial[group].get(self.score) for group in ("scores", "landmark_scores")),
                trial.get("activations"),
            ]
            for name, trial in sorted(self.results.trials.items())
        }
        content = json.dumps([self.results.design.fingerprint, trials])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def landmarks(self, seed: int) -> Sequence[Any]:
        """Those that the guided super-nets of this seed were told of."""
        return self.results.design.landmarks_of(next(iter(self.results.design.rows)), seed)

    def feature(self, row: str, seed: int, *, guided: bool) -> dict[str, FloatArray]:
        """Of each architecture `(n,)` by the name of the arm: of this row, or of all; NaN for other seeds' landmarks.

        Raises:
            ValueError: there is no such row, or a trial failed or was not ranked by the score.
        """
        design = self.results.design
        if row and row not in design.rows:
            raise ValueError(f"there is no row {row!r} of super-nets; rows are {', '.join(design.rows)}")
        rows = [design.rows[row]] if row else list(design.rows.values())
        return {
            arm.name: self._scores(arm.name, seed) for arm in ((one.after if guided else one.before) for one in rows)
        }

    def coordinates(self, row: str, seed: int, *, guided: bool) -> FloatArray:
        """Of what the super-net computes along each architecture `(n, coordinates)`; NaN for other seeds' landmarks.

        Raises:
            ValueError: there is no such row, or the trial failed or stored none.
        """
        design = self.results.design
        if row not in design.rows:
            raise ValueError(f"there is no row {row!r} of super-nets; rows are {', '.join(design.rows)}")
        trial = Trial((design.rows[row].after if guided else design.rows[row].before).name, seed)
        stored = self._result(trial).get("activations")
        if stored is None:
            raise ValueError(f"{trial.name} stored no activations: the study has no pool.activations")
        known = dict(zip(design.pool, stored["pool"], strict=True))
        known |= dict(zip(design.scored_landmarks(trial), stored["landmarks"], strict=True))
        missing = [np.nan] * len(stored["pool"][0])
        return np.array([known.get(one, missing) for one in self.architectures], dtype=np.float64)

    def _result(self, trial: Trial) -> dict[str, Any]:
        result = self.results.trials[trial.name]
        if result["failure"] is not None:
            raise ValueError(f"{trial.name} failed: {result['failure']}")
        return result

    def _scores(self, arm: str, seed: int) -> FloatArray:
        trial = Trial(arm, seed)
        result = self._result(trial)
        for group in ("scores", "landmark_scores"):
            if self.score not in result[group]:
                raise ValueError(f"{trial.name} has no {self.score} among its {group}: {', '.join(result[group])}")
        design = self.results.design
        known = dict(zip(design.pool, result["scores"][self.score], strict=True))
        known |= dict(zip(design.scored_landmarks(trial), result["landmark_scores"][self.score], strict=True))
        return np.array([known.get(one, np.nan) for one in self.architectures], dtype=np.float64)
