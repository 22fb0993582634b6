"""Where the architectures of a part lie between error and cost, and which of them nothing surpasses.

The error is of the reported accuracy, as a part of one; the cost is scaled from the least of the space to its greatest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.fronts import non_dominated
from nasrank.bench.search_studies.subject import FloatArray, Subject


@dataclass(frozen=True, eq=False)
class FrontScale:
    """Both are to be as low as possible.

    Attributes:
        points: error and cost of every architecture `(n, 2)`, in [0, 1]; NaN where one is not known.
        front: the points of the true front, `(points, 2)`.
        reference: up to which the hypervolume is counted, `(2,)`.
    """

    points: FloatArray
    front: FloatArray
    reference: npt.NDArray[np.float64]

    @classmethod
    def of(cls, subject: Subject) -> FrontScale:
        """That of a part that says how fronts are measured."""
        section = subject.part.front
        assert section is not None
        error = 1 - subject.reported(section.accuracy) / 100
        cost = subject.reported(section.cost)
        low, high = np.nanmin(cost), np.nanmax(cost)
        points = np.stack([error, (cost - low) / (high - low)], axis=1)
        known = points[np.isfinite(points).all(axis=1) & subject.allowed]
        front = np.unique(known[non_dominated(-known)], axis=0)
        return cls(points, front, np.asarray(section.reference, dtype=np.float64))
