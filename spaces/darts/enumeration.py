"""Positions of DARTS's architectures: numbers in mixed radix, one digit a node.

A digit is `(pair, operation of the lower source, operation of the higher one)`, the last fastest, and pairs of sources
are in lexicographic order. The first node of the normal cell is the slowest digit and the last node of the reduction
cell the fastest. There are 1,037,664,180 cells and 1.0767e18 architectures, whose positions fit 64 bits.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from math import prod

import numpy as np

from nasrank.spaces.darts.genotype import CELLS, EDGES, KINDS, NODES, NONE, OPERATIONS, Cell, Genotype, Node
from nasrank.spaces.integers import IntArray

ARCHITECTURES = CELLS * CELLS


@cache
def nodes_of(node: int) -> tuple[Node, ...]:
    """All that a node can be, by its digit."""
    kinds = range(1, len(OPERATIONS))
    return tuple(
        ((one, first), (other, second))
        for first, second in combinations(range(node), 2)
        for one, other in product(kinds, kinds)
    )


@cache
def _digits(node: int) -> dict[Node, int]:
    return {edges: digit for digit, edges in enumerate(nodes_of(node))}


RADICES = tuple(len(nodes_of(node)) for node in NODES)
"""Of the four nodes of a cell: 49, 147, 294 and 490."""

_ALL_RADICES = RADICES * len(KINDS)


def position(genotype: Genotype) -> int:
    number = 0
    for cell in genotype.cells:
        for node, edges in zip(NODES, cell.nodes, strict=True):
            number = number * len(nodes_of(node)) + _digits(node)[edges]
    return number


def at(number: int) -> Genotype:
    """The architecture at a position, which is in range."""
    digits = [int(digit) for digit in np.unravel_index(number, _ALL_RADICES)]
    nodes = [nodes_of(node)[digit] for node, digit in zip(NODES * len(KINDS), digits, strict=True)]
    return Genotype(Cell(tuple(nodes[: len(NODES)])), Cell(tuple(nodes[len(NODES) :])))


def choices(positions: IntArray) -> IntArray:
    """Operations on the edges of both cells, `(n, 28)`, of the architectures at these positions."""
    digits = np.unravel_index(positions, _ALL_RADICES)
    parts = [_rows(node)[column] for node, column in zip(NODES * len(KINDS), digits, strict=True)]
    return np.concatenate(parts, axis=1)


@cache
def _rows(node: int) -> IntArray:
    """Operations on the edges into a node, `(digits, node)`."""
    rows = np.full((len(nodes_of(node)), node), NONE, dtype=np.int64)
    for digit, edges in enumerate(nodes_of(node)):
        for operation, source in edges:
            rows[digit, source] = operation
    return rows


assert prod(RADICES) == CELLS
assert [target for _, target in EDGES] == [node for node in NODES for _ in range(node)]
