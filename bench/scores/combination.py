"""Scores that are computed from stored ones whenever a report is made: nothing of them is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.tasks import Score


@dataclass(frozen=True)
class Combination:
    """One score made of others.

    Attributes:
        score: what it means; higher is better.
        parts: names of the scores that it takes, as results store them.
        compute: takes the values of each part, `(n,)` in the order of `parts`, and gives its own `(n,)`.

    Raises:
        ValueError: lower is better by it.
    """

    score: Score
    parts: tuple[str, ...]
    compute: Callable[..., FloatArray]

    def __post_init__(self) -> None:
        if not self.score.higher_is_better:
            raise ValueError(f"{self.name!r} must be made so that higher is better, as {self.score.column!r}")

    @property
    def name(self) -> str:
        return self.score.name


COMBINATIONS: Registry[Combination] = Registry("combination of scores", "nasrank.bench.scores")
"""By name. To add one: a file here that registers it, or a plugin that does."""


def with_combinations(stored: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Stored scores by name, `(n,)` each, and after them every combination of which all parts are there."""
    combined = {
        one.name: one.compute(*(stored[name] for name in one.parts))
        for one in COMBINATIONS.values()
        if all(name in stored for name in one.parts)
    }
    return {**stored, **combined}


def stored_scores(trial: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Scores of the pool that a trial stored, by name, `(pool,)` each, and the combinations of them."""
    return with_combinations({name: np.array(values) for name, values in trial["scores"].items()})
