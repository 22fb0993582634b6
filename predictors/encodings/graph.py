"""Features of the labelled graph in the manner of GRAF [Kadlecova2024]: path lengths, degrees and counts.

For every set of operations: the longest and the shortest path from input to output all of whose operations are in it,
the most and the fewest operations of it on any path, and how many vertices of it feed the output and are fed by the
input. And once: paths, vertices, edges, vertices of each operation, whether the input feeds the output, how many
vertices the input feeds and how many feed the output.

References:
    [Kadlecova2024] Kadlecova et al., "Surprisingly Strong Performance Prediction with Neural Graph Features", ICML
        2024.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS
from nasrank.predictors.encodings.operation_graphs import BoolArray, OperationGraphs, paths_to
from nasrank.predictors.encodings.standardized import Standardized

MOST_SETS = 64
"""Of operations: in a space with many of them, sets are left to the small ones, and that of all operations."""


class Graph(Standardized):
    """As of `graph_features`."""

    name = "graph"
    label = "graph features"

    def features(self, graphs: OperationGraphs, operations: int) -> FloatArray:
        return graph_features(graphs, operations)


ENCODINGS.register(Graph())


def graph_features(graphs: OperationGraphs, operations: int) -> FloatArray:
    """`(n, features)`, all of them integers: six for each of `operation_sets`, then those that there are once.

    The length of a path is its number of edges. Where no path is within a set, the longest has length 0 and the
    shortest one edge more than the longest of all. Where no path leads to the output at all, everything is 0.
    """
    adjacency, codes, interior = graphs.adjacency, graphs.codes, graphs.interior
    longest = _extreme(adjacency, np.ones(codes.shape, dtype=np.int8), most=True)
    columns: list[npt.NDArray[Any]] = []
    for members in operation_sets(operations):
        inside = np.isin(codes, members) & interior
        passable = inside.copy()
        passable[:, [0, -1]] = True
        within = adjacency & passable[:, :, None] & passable[:, None, :]
        ones = np.ones(codes.shape, dtype=np.int8)
        shortest = _extreme(within, ones, most=False)
        columns += [
            _extreme(within, ones, most=True),
            np.where((shortest == 0) & (longest > 0), longest + 1, shortest),
            _extreme(adjacency, inside.astype(np.int8), most=True),
            _extreme(adjacency, inside.astype(np.int8), most=False),
            (inside & adjacency[:, :, -1]).sum(axis=1),
            (inside & adjacency[:, 0, :]).sum(axis=1),
        ]
    columns += [paths_to(adjacency)[:, -1], interior.sum(axis=1), adjacency.sum(axis=(1, 2))]
    columns += [((codes == operation) & interior).sum(axis=1) for operation in range(operations)]
    columns += [adjacency[:, 0, -1], adjacency[:, 0].sum(axis=1), adjacency[:, :, -1].sum(axis=1)]
    return np.stack(columns, axis=1).astype(np.float64)


def operation_sets(operations: int) -> list[tuple[int, ...]]:
    """Every non-empty set of operation codes where these are at most `MOST_SETS`, else the small ones and that of all.

    Small are those of one operation, and larger ones up to a size with which there are not more than `MOST_SETS`.
    """
    size, count = 1, 1 + operations
    while size < operations and count + comb(operations, size + 1) - (size + 1 == operations) <= MOST_SETS:
        size += 1
        count += comb(operations, size)
    small = [one for own in range(1, size + 1) for one in combinations(range(operations), own)]
    everything = tuple(range(operations))
    return list(dict.fromkeys([*small, *([everything] if operations else [])]))


def _extreme(adjacency: BoolArray, worth: npt.NDArray[np.int8], *, most: bool) -> npt.NDArray[np.int16]:
    """The most, or the least, that vertices after the first are worth on a path from first to last; 0 without one."""
    best = np.zeros(worth.shape, dtype=np.int16)
    reached = np.zeros(worth.shape, dtype=bool)
    reached[:, 0] = True
    missing = np.int16(-1 if most else np.iinfo(np.int16).max)
    for target in range(1, worth.shape[1]):
        arriving = adjacency[:, :target, target] & reached[:, :target]
        candidates = np.where(arriving, best[:, :target], missing)
        extreme = candidates.max(axis=1) if most else candidates.min(axis=1)
        reached[:, target] = arriving.any(axis=1)
        best[:, target] = np.where(reached[:, target], extreme, 0) + worth[:, target]
    return np.where(reached[:, -1], best[:, -1], 0).astype(np.int16)
