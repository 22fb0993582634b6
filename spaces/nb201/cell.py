"""The NAS-Bench-201 cell [Dong2020]: four nodes, six edges, one of five operations on each edge.

A cell is a value, printed in the benchmark's notation `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, in which the group
of node j lists its incoming edges from nodes 0, 1, ... So edges run (0,1) (0,2) (1,2) (0,3) (1,3) (2,3).
NASLib writes cells as tuples with another operation order and (in most of its files) another edge order:
`from_naslib` and `to_naslib` ask for the order by name, because a wrong one yields a valid but different cell.

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nasrank.spaces.integers import indices

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
NODES = 4

NONE, SKIP, CONV_1X1, CONV_3X3, AVG_POOL = range(5)

NASLIB_OPERATIONS = ("skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1", "avg_pool_3x3")
EdgeOrder = Literal["by_source", "by_target"]
EDGE_ORDERS: dict[str, tuple[tuple[int, int], ...]] = {"by_source": tuple(sorted(EDGES)), "by_target": EDGES}
"""`by_source`: (0,1) (0,2) (0,3) (1,2) (1,3) (2,3), NASLib's tuples; `by_target`: the order of the official string."""

EDGE_PLACES = tuple(f"edge {edge}: operation" for edge in EDGES)
"""Where a wrong operation stands."""

_COUNTS = (len(OPERATIONS),) * len(EDGES)
_NASLIB_PLACES = {
    name: tuple(f"NASLib tuple, on edge {edge}:" for edge in edges) for name, edges in EDGE_ORDERS.items()
}

_GROUP = re.compile(r"\|((?:[^|~]+~\d+\|)+)")


@dataclass(frozen=True, order=True)
class Cell:
    """One operation index on each of the six `EDGES`; numpy's integers become Python's."""

    operations: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.operations) != len(EDGES):
            raise ValueError(f"a NAS-Bench-201 cell has {len(EDGES)} operations, not {len(self.operations)}")
        chosen = indices(self.operations, _COUNTS, EDGE_PLACES)
        if chosen is not self.operations:  # what indices returns is what it was given, unless that has numpy's integers
            object.__setattr__(self, "operations", chosen)

    def __str__(self) -> str:
        groups = [
            "".join(f"{OPERATIONS[self[source, node]]}~{source}|" for source in range(node)) for node in range(1, NODES)
        ]
        return "+".join("|" + group for group in groups)

    def __getitem__(self, edge: tuple[int, int]) -> int:
        return self.operations[EDGES.index(edge)]


def parse(text: str) -> Cell:
    """Read `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

    Raises:
        ValueError: the number of groups or of edges, a source or an operation is not the notation's.
    """
    groups = text.strip().split("+")
    if len(groups) != NODES - 1:
        raise ValueError(f"cell {text!r}: expected {NODES - 1} groups joined by '+', found {len(groups)}")
    operations = []
    for node, group in enumerate(groups, start=1):
        if not _GROUP.fullmatch(group):
            raise ValueError(f"cell {text!r}: group {node} ({group!r}) is not of the form |operation~source|...|")
        entries = [entry.rsplit("~", 1) for entry in group.strip("|").split("|")]
        if len(entries) != node:
            raise ValueError(
                f"cell {text!r}: node {node} has {node} incoming edges, but its group lists {len(entries)}"
            )
        for source, (operation, named_source) in enumerate(entries):
            if int(named_source) != source:
                raise ValueError(
                    f"cell {text!r}: node {node} expects source {source}, found {operation}~{named_source}"
                )
            if operation not in OPERATIONS:
                raise ValueError(f"cell {text!r}: unknown operation {operation!r}; known are {', '.join(OPERATIONS)}")
            operations.append(OPERATIONS.index(operation))
    return Cell(tuple(operations))


def from_naslib(values: Sequence[int], *, edge_order: EdgeOrder) -> Cell:
    """Read a NASLib tuple such as (4, 0, 3, 1, 4, 3), whose operations are numbered as `NASLIB_OPERATIONS`.

    Raises:
        ValueError: not six values, or one that is no integer from 0 to 4, or an unknown edge order.
    """
    edges = _edge_order(edge_order)
    if len(values) != len(EDGES):
        raise ValueError(
            f"a NASLib tuple for NAS-Bench-201 has {len(EDGES)} values, not {len(values)}: {tuple(values)}"
        )
    chosen = indices(values, _COUNTS, _NASLIB_PLACES[edge_order])
    operation = {edge: NASLIB_OPERATIONS[value] for edge, value in zip(edges, chosen, strict=True)}
    return Cell(tuple(OPERATIONS.index(operation[edge]) for edge in EDGES))


def to_naslib(cell: Cell, *, edge_order: EdgeOrder) -> tuple[int, ...]:
    """The NASLib tuple of a cell, in the edge order asked for."""
    return tuple(NASLIB_OPERATIONS.index(OPERATIONS[cell[edge]]) for edge in _edge_order(edge_order))


def _edge_order(name: str) -> tuple[tuple[int, int], ...]:
    if name not in EDGE_ORDERS:
        raise ValueError(f"unknown edge order {name!r}; known are {', '.join(EDGE_ORDERS)}")
    return EDGE_ORDERS[name]


def key(cell: Cell) -> str:
    """The benchmark's isomorphism class (its `consider_zero` form), as a text; there are 6,466.

    A node is written as the sorted sum of what arrives. The input is `0`; a skip connection passes its source on; an
    absent edge or a source that is `#` contributes `#`; another operation is applied to its source. The symbols and
    the sorting of whole texts decide which nested sums meet (`a+(b+c)` and `(a+b)+c` do only when they sort alike,
    and `#+#` is not `#`), so both are kept as the benchmark has them: its 6,466 classes are slightly too fine. They are
    also too coarse: the text does not say whether an operation is applied once and used twice, or applied twice, with
    other weights.
    """
    written = ["0"]
    for node in range(1, NODES):
        written.append("+".join(sorted(_arrival(cell[source, node], written[source]) for source in range(node))))
    return written[-1]


def _arrival(operation: int, source: str) -> str:
    if operation == NONE or source == "#":
        return "#"
    return source if operation == SKIP else f"({source})@{OPERATIONS[operation]}"


def expressions(operations: Sequence[int], names: Sequence[str]) -> frozenset[str]:
    """What a cell computes as a sum of terms, each an operation on such a sum, in two ways.

    Skip connections pass a sum on and pooling acts on each of its terms. With shared weights, convolutions are those of
    an edge, and nothing comes of nothing. In a network of its own, a convolution of nothing is a constant, and which
    edge it is on makes no difference; two that are alike and see the same are written like one that is used twice.

    Args:
        operations: on each of the `EDGES`.
        names: of the operations; those that are not among the others of `OPERATIONS` are convolutions.
    """
    return frozenset(_expression(operations, names, shared=shared) for shared in (False, True))


def _expression(operations: Sequence[int], names: Sequence[str], *, shared: bool) -> str:
    sums: list[list[str]] = [["x"]]
    for node in range(1, NODES):
        terms: list[str] = []
        for (source, target), operation in zip(EDGES, operations, strict=True):
            name, arriving = names[operation], sums[source] if source < node else []
            if target != node or name == OPERATIONS[NONE]:
                continue
            if name == OPERATIONS[SKIP]:
                terms += arriving
            elif name == OPERATIONS[AVG_POOL]:
                terms += [f"{name}({term})" for term in arriving]
            elif not shared:
                terms.append(f"{name}({'+'.join(arriving)})")
            elif arriving:
                terms.append(f"{name} {source}->{target}({'+'.join(arriving)})")
        sums.append(sorted(terms))
    return "+".join(sums[-1])


def functional(cell: Cell, *, silence_is_zero: bool) -> Cell:
    """The cell without the edges that cannot matter: the same function of the same shared weights.

    An edge into a node from which no signal reaches the output never matters. An edge whose source receives no
    signal matters only if its operation turns zeros into something else (`silence_is_zero=False`). Edges that carry no
    weights are kept where they are, so cells that compute the same along other skip connections stay apart.
    """
    operations = list(cell.operations)
    reaches_output = {NODES - 1}
    for place, (source, target) in reversed(list(enumerate(EDGES))):  # by falling target: later nodes are settled
        if target not in reaches_output:
            operations[place] = NONE
        elif operations[place] != NONE:
            reaches_output.add(source)
    if silence_is_zero:
        carries_signal = {0}
        for place, (source, target) in enumerate(EDGES):  # by rising target: earlier nodes are settled
            if source not in carries_signal:
                operations[place] = NONE
            elif operations[place] != NONE:
                carries_signal.add(target)
    return Cell(tuple(operations))
