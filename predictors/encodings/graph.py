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
from nasrank.predictors.encodings.extreme_paths import Paths
from nasrank.predictors.encodings.operation_graphs import OperationGraphs, paths_to
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
    paths, ones = Paths(adjacency), np.ones(codes.shape, dtype=np.int8)
    longest = paths.extremes(ones, most=True)[:, -1]
    columns: list[npt.NDArray[Any]] = []
    for members in operation_sets(operations):
        inside = np.isin(codes, members) & interior
        within = inside.copy()
        within[:, [0, -1]] = True
        shortest = paths.extremes(ones, within, most=False)[:, -1]
        columns += [
            paths.extremes(ones, within, most=True)[:, -1],
            np.where((shortest == 0) & (longest > 0), longest + 1, shortest),
            paths.extremes(inside.astype(np.int8), most=True)[:, -1],
            paths.extremes(inside.astype(np.int8), most=False)[:, -1],
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
