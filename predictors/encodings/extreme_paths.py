"""The longest and shortest paths of many graphs at once, by the edges that there are.

Looking at every pair of vertices takes three times as long in cells, and ten times in graphs of a hundred vertices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasrank.predictors.encodings.operation_graphs import BoolArray

_UNREACHED = np.iinfo(np.int16).min


class Paths:
    """Paths from the first vertex of each graph.

    Args:
        adjacency: `(n, vertices, vertices)`, upper triangular.
    """

    def __init__(self, adjacency: BoolArray) -> None:
        self._shape = adjacency.shape[:2]
        targets, graphs, sources = np.nonzero(adjacency.transpose(2, 0, 1))
        bounds = np.searchsorted(targets, np.arange(adjacency.shape[1] + 1))
        self._arriving = []
        for target in range(1, adjacency.shape[1]):
            edges = slice(bounds[target], bounds[target + 1])
            whose, starts = np.unique(graphs[edges], return_index=True)
            if len(whose):
                self._arriving.append((target, graphs[edges], sources[edges], whose, starts))

    def extremes(
        self, worth: npt.NDArray[np.int8], passable: BoolArray | None = None, *, most: bool
    ) -> npt.NDArray[np.int16]:
        """The most, or the least, that vertices after the first are worth on a path to each; 0 where there is none.

        Args:
            worth: of every vertex, `(n, vertices)`.
            passable: vertices that paths may lead over, `(n, vertices)`; all of them, where it is not given.

        Returns:
            `(n, vertices)`.
        """
        sign = np.int16(1 if most else -1)
        best = np.full(self._shape, _UNREACHED, dtype=np.int16)
        best[:, 0] = 0
        for target, graphs, sources, whose, starts in self._arriving:
            found = np.maximum.reduceat(best[graphs, sources], starts)
            reached = found > _UNREACHED
            if passable is not None:
                reached &= passable[whose, target]
            best[whose, target] = np.where(reached, found + sign * worth[whose, target], _UNREACHED)
        return np.where(best > _UNREACHED, sign * best, 0).astype(np.int16)
