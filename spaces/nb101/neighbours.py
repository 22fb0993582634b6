"""The NAS-Bench-101 cells one step away from a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from itertools import permutations

from nasrank.spaces.nb101.cell import OPERATIONS, Cell, edge_bit, pruned
from nasrank.spaces.nb101.hashing import module_hash


def neighbours(cell: Cell) -> list[Cell]:
    """The cells that one edge more or less, or one other operation, makes of it: one of each isomorphism class.

    An edge may run between two vertices in either direction unless that closes a cycle, so the order in which the
    cell's vertices are written does not matter. What then lies on no path from input to output is left out.
    """
    found = {module_hash(cell): cell}
    for neighbour in (*_one_edge_away(cell), *_one_operation_away(cell)):
        found.setdefault(module_hash(neighbour), neighbour)
    return list(found.values())[1:]


def _one_edge_away(cell: Cell) -> Iterator[Cell]:
    last = cell.vertices - 1
    edges = {(source, target) for target in range(1, cell.vertices) for source in cell.sources(target)}
    for source, target in permutations(range(cell.vertices), 2):
        if source != last and target != 0:
            with suppress(CycleError, ValueError):  # a cycle, no way to the output, or an edge too many
                yield _in_order(edges ^ {(source, target)}, cell)


def _in_order(edges: Iterable[tuple[int, int]], cell: Cell) -> Cell:
    """The cell with these edges between its vertices, which are put into an order in which all edges run forward."""
    sorter = TopologicalSorter({vertex: [] for vertex in range(cell.vertices)})
    for source, target in sorted(edges):
        sorter.add(target, source)
    last = cell.vertices - 1
    order = [0, *(vertex for vertex in sorter.static_order() if vertex not in (0, last)), last]
    place = {vertex: new for new, vertex in enumerate(order)}
    bits = sum(edge_bit(place[source], place[target]) for source, target in edges)
    return pruned(bits, [cell.operations[vertex - 1] for vertex in order[1:-1]])


def _one_operation_away(cell: Cell) -> Iterator[Cell]:
    for place, chosen in enumerate(cell.operations):
        for operation in range(len(OPERATIONS)):
            if operation != chosen:
                yield Cell(cell.edges, (*cell.operations[:place], operation, *cell.operations[place + 1 :]))
