"""Coordinates that were computed before, such as those of what a super-net computes, as features to stack others on.

Each coordinate is an estimator that gives it, all in one scale: unlike scores, of which only ranks count, coordinates
are of one geometry, whose distances a kernel takes for how far architectures are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import Estimator

VARIANCE = 16.0
"""Of all coordinates together. The choices of NAS-Bench-201 have one of about 7, as the Gaussian process takes them; 64
costs it .01 of Kendall's tau with 100 labels."""


class KnownCoordinate(Estimator):
    """One coordinate. It is made of what it knows, and so stands in no registry and needs no preparing."""

    def __init__(self, known: dict[Any, float], name: str, label: str) -> None:
        self.name, self.label = name, label
        self._known = known

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """ValueError when there is one whose coordinate is not known."""
        unknown = [architecture for architecture in architectures if architecture not in self._known]
        if unknown:
            raise ValueError(f"{self.label}: {len(unknown)} architectures have none, first {unknown[0]}")
        return np.array([self._known[architecture] for architecture in architectures], dtype=np.float64)


def known_coordinates(
    architectures: Sequence[Any], coordinates: npt.ArrayLike, name: str = "coordinate", label: str = "coordinate"
) -> tuple[KnownCoordinate, ...]:
    """An estimator for each coordinate, centred, and all scaled alike to `VARIANCE` together over the architectures.

    Where all architectures are in one place they are all 0.

    Args:
        coordinates: `(n, coordinates)`, of each architecture.
        name: of all, to which the number of each is added, from 1.

    Raises:
        ValueError: not one row for each architecture, or some numbers that are not finite.
    """
    rows = np.asarray(coordinates, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != len(architectures):
        raise ValueError(f"{len(architectures)} architectures need as many rows of coordinates, not shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{label}: {int((~np.isfinite(rows)).any(axis=1).sum())} rows are not finite")
    centred = rows - rows.mean(axis=0) if len(rows) else rows
    spread = centred.var(axis=0).sum() if len(rows) else 0.0
    scaled = centred * np.sqrt(VARIANCE / spread) if spread > 0 else np.zeros_like(centred)
    return tuple(
        KnownCoordinate(dict(zip(architectures, column.tolist(), strict=True)), f"{name}_{number}", f"{label} {number}")
        for number, column in enumerate(scaled.T, start=1)
    )
