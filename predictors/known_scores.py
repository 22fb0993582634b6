"""Scores that were computed before, such as those of a trained super-net, as an estimator to stack others on.

What counts of a score is its rank among all that are known. Accuracies and losses of a super-net have no unit that a
regression could use, and often a few far outliers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.predictors.arrays import FloatArray, finite
from nasrank.predictors.estimator import Estimator


class KnownScores(Estimator):
    """Scores are ranks, scaled to mean 0 and variance 1 over the known architectures; all 0 if these are equal.

    It is made of what it knows, and so stands in no registry and needs no preparing.

    Args:
        architectures: those that can be scored.
        scores: what is known of them `(n,)`, higher is better.
        nan_is_worst: whether NaN, what a proxy says of an architecture that it cannot measure, ranks below all others.

    Raises:
        ValueError: not as many scores as architectures, none that is a number, or some that are infinite, masked or,
            unless `nan_is_worst`, NaN.
    """

    def __init__(
        self,
        architectures: Sequence[Any],
        scores: npt.ArrayLike,
        name: str = "known_scores",
        label: str = "known scores",
        *,
        nan_is_worst: bool = False,
    ) -> None:
        if len(architectures) != np.size(scores):
            raise ValueError(f"{len(architectures)} architectures need as many finite scores, not {np.size(scores)}")
        self.name, self.label = name, label
        ranks = rankdata(_below_all_others(scores) if nan_is_worst else finite("scores", scores))
        centred = ranks - ranks.mean()
        self._known = dict(zip(architectures, centred / (centred.std() or 1.0), strict=True))

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """ValueError when there is one whose score is not known."""
        unknown = [architecture for architecture in architectures if architecture not in self._known]
        if unknown:
            raise ValueError(f"{self.label}: {len(unknown)} architectures have none, first {unknown[0]}")
        return np.array([self._known[architecture] for architecture in architectures], dtype=np.float64)


def _below_all_others(scores: npt.ArrayLike) -> FloatArray:
    """The same scores `(n,)` with minus infinity for every NaN."""
    values = np.ma.asarray(scores) if isinstance(scores, np.ma.MaskedArray) else np.asarray(scores, dtype=np.float64)
    absent = np.isnan(np.asarray(values, dtype=np.float64))
    numbers = finite("scores", values[~absent])
    if not len(numbers):
        raise ValueError(f"none of {len(absent)} scores is a number")
    found = np.full(len(absent), -np.inf)
    found[~absent] = numbers
    return found
