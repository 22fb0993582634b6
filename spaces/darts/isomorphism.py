"""Which cells of DARTS are the same but for the numbers of their nodes, and how many there are up to that.

The nodes of a cell can be renumbered in each order in which every node comes after its sources. The output is the same
then, but for the order of its channels, and which input an operation is applied to does not change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, permutations, product
from typing import TypeAlias

from nasrank.spaces.darts.genotype import INPUTS, NODES, OPERATIONS, Cell, Edge, Node

Sources: TypeAlias = tuple[tuple[int, int], ...]
"""Of each node, what its two operations are applied to, ascending."""


@cache  # there are 180
def orders(sources: Sources) -> tuple[tuple[int, ...], ...]:
    """Renumberings: for each topological order of the nodes, the new number of each input and node, by the old one."""
    found = []
    for order in permutations(NODES):
        new = [*range(INPUTS), *(INPUTS + order.index(node) for node in NODES)]
        if all(new[source] < new[node] for node, pair in zip(NODES, sources, strict=True) for source in pair):
            found.append(tuple(new))
    return tuple(found)


def sources_of(cell: Cell) -> Sources:
    return tuple((first[1], second[1]) for first, second in cell.nodes)


def renumbered(cell: Cell) -> Iterator[tuple[Node, ...]]:
    """The nodes of the cell in each of its topological orders, itself among them."""
    for new in orders(sources_of(cell)):
        nodes: list[Node] = [((0, 0), (0, 0))] * len(NODES)
        for node, ((one, first), (other, second)) in zip(NODES, cell.nodes, strict=True):
            a: Edge = one, new[first]
            b: Edge = other, new[second]
            nodes[new[node] - INPUTS] = (a, b) if a[1] < b[1] else (b, a)
        yield tuple(nodes)


def canonical(cell: Cell) -> Cell:
    """The least of the cells that are this one but for the numbers of nodes."""
    return Cell(min(renumbered(cell)))


def members(cell: Cell) -> int:
    """How many cells are this one but for the numbers of nodes."""
    return len(set(renumbered(cell)))


@cache
def cell_classes(operations: int = len(OPERATIONS) - 1) -> int:
    """How many cells with so many operations to choose from there are up to the numbers of nodes.

    A cell is one of `orders / automorphisms` that are isomorphic to it. So the classes are the sum over all cells of
    their automorphisms divided by their orders, and an automorphism of what is linked to what is one of as many cells
    as there are operations to the power of its cycles of edges.
    """
    total = Fraction()
    for sources in product(*(tuple(combinations(range(node), 2)) for node in NODES)):
        fixed = 0
        for new in orders(sources):
            if _links(sources, new) == _links(sources, range(NODES[-1] + 1)):
                fixed += operations ** _cycles(sources, new)
        total += Fraction(fixed, len(orders(sources)))
    return int(total)


def _links(sources: Sources, new: Sequence[int]) -> set[tuple[int, int]]:
    return {(new[source], new[node]) for node, pair in zip(NODES, sources, strict=True) for source in pair}


def _cycles(sources: Sources, new: Sequence[int]) -> int:
    """Into how many cycles a renumbering divides the edges."""
    left, cycles = _links(sources, range(NODES[-1] + 1)), 0
    while left:
        edge, cycles = left.pop(), cycles + 1
        while (edge := (new[edge[0]], new[edge[1]])) in left:
            left.remove(edge)
    return cycles
