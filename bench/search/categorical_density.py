"""Kernel densities of choices with the kernel of Aitchison and Aitken [Aitchison1976].

Each decision of a row keeps its option with probability 1 - h and takes each of the c - 1 others with probability
h / (c - 1), where h, its bandwidth, is at most (c - 1) / c: there all options are alike.

References:
    [Aitchison1976] Aitchison & Aitken, "Multivariate Binary Discrimination by the Kernel Method", Biometrika 63, 1976.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import FloatArray

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CategoricalDensity:
    """The mean of the kernels about some rows.

    Attributes:
        rows: options of each decision `(n, decisions)`.
        options: those that each decision has.
        bandwidths: of each decision `(decisions,)`.
    """

    rows: IntArray
    options: Sequence[Sequence[int]]
    bandwidths: FloatArray

    def __call__(self, points: IntArray) -> FloatArray:
        """Probability of each point `(m, decisions)` -> `(m,)`."""
        others = np.maximum([len(one) - 1 for one in self.options], 1)
        alike = points[:, None, :] == self.rows
        return np.asarray(np.where(alike, 1 - self.bandwidths, self.bandwidths / others).prod(axis=2).mean(axis=1))

    def near(self, generator: np.random.Generator) -> tuple[int, ...]:
        """One of the rows, each decision of which is drawn anew from all its options with probability h."""
        row = self.rows[generator.integers(len(self.rows))].tolist()
        for place in np.flatnonzero(generator.random(len(row)) < self.bandwidths).tolist():
            row[place] = self.options[place][int(generator.integers(len(self.options[place])))]
        return tuple(row)


def fitted_density(rows: IntArray, options: Sequence[Sequence[int]], narrowest: float) -> CategoricalDensity:
    """The density of rows `(n, decisions)`, with bandwidths by a rule of thumb.

    It is Scott's, 1.06 n^(-1 / (4 + decisions)) times a spread, which is here the probability that two rows drawn with
    replacement differ in the decision: as a bandwidth is, and whatever the order of the options.

    Args:
        narrowest: no bandwidth is smaller, but where a decision has too few options for that.
    """
    count, decisions = rows.shape
    widest = np.array([1 - 1 / len(one) for one in options])
    spread = [1 - ((np.unique(column, return_counts=True)[1] / count) ** 2).sum() for column in rows.T]
    bandwidths = np.minimum(np.maximum(1.06 * count ** (-1 / (4 + decisions)) * np.array(spread), narrowest), widest)
    return CategoricalDensity(rows, options, bandwidths)
