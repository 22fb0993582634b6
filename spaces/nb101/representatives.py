"""One cell of each isomorphism class of NAS-Bench-101, the one that the benchmark stores [Ying2019].

The benchmark goes over vertices, then edge bits, then operations with the first interior vertex slowest, and keeps the
first cell it finds of each class. So its edge bits are the smallest that any order of the interior vertices gives, and
its operations come first among those that the graph's automorphisms turn into each other.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.spaces.nb101.cell import MAX_EDGES, OPERATIONS, edge_bit

Bits: TypeAlias = npt.NDArray[np.uint32]

_BACKWARD = 1 << 31
_SLICE = 7
"""Edge bits that are looked up together."""


def representatives(vertices: int) -> tuple[Bits, npt.NDArray[np.uint8]]:
    """Edges `(n,)` and operations `(n, vertices - 2)` of all classes with so many vertices, in the benchmark's order.

    Both are as in `Cell`.
    """
    edges = _graphs(vertices)
    orders = list(permutations(range(1, vertices - 1)))
    smallest = np.ones(len(edges), dtype=bool)
    for order in orders:
        smallest &= _relabeled(edges, order) >= edges
    edges = edges[smallest]
    labels = np.array(list(product(range(len(OPERATIONS)), repeat=vertices - 2)), dtype=np.uint8)
    first = np.ones((len(edges), len(labels)), dtype=bool)
    for order in orders:
        moved = labels[:, [place - 1 for place in order]]
        first[_relabeled(edges, order) == edges] &= _rank(moved) >= _rank(labels)
    graph, labeling = np.nonzero(first)
    return edges[graph], labels[labeling]


def _graphs(vertices: int) -> Bits:
    """Edges of all graphs that are cells: few enough of them, and every vertex on a path from input to output."""
    edges = np.arange(edge_bit(0, vertices), dtype=np.uint32)
    edges = edges[np.bitwise_count(edges) <= MAX_EDGES]
    for vertex in range(1, vertices):
        edges = edges[edges & sum(edge_bit(source, vertex) for source in range(vertex)) != 0]
    for vertex in range(vertices - 1):
        edges = edges[edges & sum(edge_bit(vertex, target) for target in range(vertex + 1, vertices)) != 0]
    return edges


def _relabeled(edges: Bits, order: tuple[int, ...]) -> Bits:
    """The edges when interior vertex `v` becomes `order[v - 1]`; above all others where one would run backward."""
    becomes = (0, *order, len(order) + 1)
    moved = [
        edge_bit(becomes[source], becomes[target]) if becomes[source] < becomes[target] else _BACKWARD
        for target in range(1, len(becomes))
        for source in range(target)
    ]
    result = np.zeros_like(edges)
    for low in range(0, len(moved), _SLICE):
        table = np.zeros(1, dtype=np.uint32)
        for bit in moved[low : low + _SLICE]:
            table = np.concatenate([table, table | bit])
        result |= table[edges >> low & (len(table) - 1)]
    return result


def _rank(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Where operations come in the benchmark's order, `(labelings,)`."""
    return labels @ len(OPERATIONS) ** np.arange(labels.shape[1], dtype=np.int64)[::-1]
