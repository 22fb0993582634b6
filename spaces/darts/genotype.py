"""Architectures of DARTS's convolutional space [Liu2019]: a normal cell and a reduction cell.

A cell has two inputs, numbered 0 and 1: the outputs of the cell before the last and of the last one. Four nodes, 2 to
5, each add up two operations on different earlier nodes or inputs, and the cell puts out all four side by side. `none`
is an option of a mixture of operations, and no operation that an architecture can have. A cell is printed as

    |sep_conv_3x3~0|sep_conv_3x3~1|+|skip_connect~0|max_pool_3x3~2|+|...|+|...|

in which the group of a node lists its two operations and what each is applied to. An architecture is `normal`, a cell,
`reduce`, and another cell; `nasrank.spaces.darts.notation` reads this and the notation of DARTS's own genotypes.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import TypeAlias

from nasrank.spaces.integers import index, indices

OPERATIONS = (
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
NONE, MAX_POOL, AVG_POOL, SKIP, SEP_3X3, SEP_5X5, DIL_3X3, DIL_5X5 = range(len(OPERATIONS))

CONVOLUTIONS = (SEP_3X3, SEP_5X5, DIL_3X3, DIL_5X5)
OTHERS = (MAX_POOL, AVG_POOL, SKIP)
"""What is neither `none` nor a convolution."""

KINDS = ("normal", "reduce")
INPUTS = 2
NODES = tuple(range(INPUTS, INPUTS + 4))
EDGES = tuple((source, target) for target in NODES for source in range(target))
"""The 14 of a cell, by the node that they lead into."""

OPERATIONS_A_CELL = 2 * len(NODES)
CELLS: int = (len(OPERATIONS) - 1) ** OPERATIONS_A_CELL
for _node in NODES:
    CELLS *= comb(_node, 2)

Edge: TypeAlias = tuple[int, int]
"""Index of an operation, and the node or input that it is applied to."""

Node: TypeAlias = tuple[Edge, Edge]
"""Both edges into a node, the one from the lower source first."""

_PLACES = tuple(f"{kind} {source}->{target}:" for kind in KINDS for source, target in EDGES)
_COUNTS = (len(OPERATIONS),) * len(_PLACES)

_GROUP = re.compile(r"\|(\w+)~(\d{1,9})\|(\w+)~(\d{1,9})\|")
_TEXT = re.compile(r"\s*normal\s+(\S+)\s+reduce\s+(\S+)\s*")


class ElsewhereError(ValueError):
    """What is an architecture of cells, but none of this space."""


@dataclass(frozen=True, order=True)
class Cell:
    """The edges into each of the four nodes; those of a node can be given in either order.

    Raises:
        ValueError: not four nodes with two edges each, `none` or no operation on one, or a source that is not before
            the node or is that of the node's other edge.
    """

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        if len(self.nodes) != len(NODES):
            raise ValueError(f"a DARTS cell has {len(NODES)} nodes, not {len(self.nodes)}")
        checked = tuple(_checked(node, edges) for node, edges in zip(NODES, self.nodes, strict=True))
        object.__setattr__(self, "nodes", checked)

    def __str__(self) -> str:
        return "+".join("|" + "".join(f"{OPERATIONS[op]}~{source}|" for op, source in node) for node in self.nodes)

    @property
    def edges(self) -> Iterator[tuple[int, int, int]]:
        """Operation, source and target of each of the eight, by target."""
        return ((op, source, node) for node, edges in zip(NODES, self.nodes, strict=True) for op, source in edges)

    @property
    def convolutions(self) -> int:
        """How many of the eight operations are convolutions."""
        return sum(operation in CONVOLUTIONS for operation, *_ in self.edges)

    @property
    def choices(self) -> tuple[int, ...]:
        """An operation for each of the `EDGES`: `none` where there is no edge."""
        chosen = {(source, target): operation for operation, source, target in self.edges}
        return tuple(chosen.get(edge, NONE) for edge in EDGES)


@dataclass(frozen=True, order=True)
class Genotype:
    """An architecture: the cell that keeps the resolution, and the one that halves it."""

    normal: Cell
    reduce: Cell

    def __post_init__(self) -> None:
        for kind, cell in zip(KINDS, self.cells, strict=True):
            if not isinstance(cell, Cell):
                raise ValueError(f"the {kind} cell is {cell!r:.40}, which is no DARTS cell")

    @property
    def cells(self) -> tuple[Cell, Cell]:
        """In the order of `KINDS`."""
        return self.normal, self.reduce

    @property
    def convolutions(self) -> int:
        """How many of the sixteen operations are convolutions."""
        return self.normal.convolutions + self.reduce.convolutions

    def __str__(self) -> str:
        return f"normal {self.normal} reduce {self.reduce}"


def _checked(node: int, edges: Sequence[Sequence[int]]) -> Node:
    """Both edges into a node as ints, by source."""
    if len(edges) != 2:
        raise ValueError(f"node {node} has {len(edges)} edges other than none; a DARTS node has two")
    found = []
    for edge in edges:
        if len(edge) != 2:
            raise ValueError(f"node {node}: an edge is an operation and its source, not {len(edge)} numbers")
        operation = index(edge[0], len(OPERATIONS), f"node {node}: operation", "option")
        source = index(edge[1], node, f"node {node}: source")
        if operation == NONE:
            raise ElsewhereError(f"node {node}: none, from {source}, is no operation that an architecture has")
        found.append((operation, source))
    one, other = sorted(found, key=lambda edge: edge[1])
    if one[1] == other[1]:
        raise ElsewhereError(f"node {node} has two edges from {one[1]}; its sources have to differ")
    return one, other


def from_choices(choices: Sequence[int]) -> Genotype:
    """The architecture with these operations on the `EDGES` of the normal and of the reduction cell.

    Raises:
        ValueError: not 28 choices, one that is no integer in its range, or not exactly two edges other than none into
            some node.
    """
    if len(choices) != len(_PLACES):
        raise ValueError(f"an architecture of DARTS's space has {len(_PLACES)} choices, not {len(choices)}")
    chosen = indices(choices, _COUNTS, _PLACES, what="option")
    normal, reduce = chosen[: len(EDGES)], chosen[len(EDGES) :]
    return Genotype(*(_cell_of_choices(part, kind) for part, kind in zip((normal, reduce), KINDS, strict=True)))


def _cell_of_choices(choices: Sequence[int], kind: str) -> Cell:
    nodes: dict[int, list[Edge]] = {node: [] for node in NODES}
    for (source, target), operation in zip(EDGES, choices, strict=True):
        if operation != NONE:
            nodes[target].append((operation, source))
    for node, edges in nodes.items():
        if len(edges) != 2:
            raise ValueError(
                f"{kind} cell, node {node}: {len(edges)} edges other than none lead into it, and a node has exactly two"
            )
    return Cell(tuple((edges[0], edges[1]) for edges in nodes.values()))


def parse_printed(text: str) -> Genotype:
    """Read the printed form of an architecture.

    Raises:
        ValueError: it is malformed, with the place where; or no architecture.
    """
    cells = _TEXT.fullmatch(text)
    if not cells:
        raise ValueError(
            f"architecture {text!r:.100}: expected 'normal |op~source|op~source|+... reduce |op~source|op~source|+...' "
            "or DARTS's 'Genotype(normal=[('op', source), ...], normal_concat=range(2, 6), ...)'"
        )
    normal, reduce = (_parse_cell(printed, kind) for printed, kind in zip(cells.groups(), KINDS, strict=True))
    return Genotype(normal, reduce)


def _parse_cell(text: str, kind: str) -> Cell:
    groups = text.split("+")
    if len(groups) != len(NODES):
        raise ValueError(f"{kind} cell {text!r:.100}: expected {len(NODES)} nodes joined by '+', found {len(groups)}")
    nodes = []
    for node, group in zip(NODES, groups, strict=True):
        entries = _GROUP.fullmatch(group)
        if not entries:
            raise ValueError(f"{kind} cell: node {node} ({group!r:.60}) is not of the form |op~source|op~source|")
        one, first, other, second = entries.groups()
        where = f"{kind} cell, node {node}"
        nodes.append(((operation_named(one, where), int(first)), (operation_named(other, where), int(second))))
    try:
        return Cell(tuple(nodes))
    except ValueError as error:
        raise ValueError(f"{kind} cell: {error}") from None


def operation_named(name: str, where: str) -> int:
    """The index of an operation; ValueError that says where for a name that is none."""
    if name not in OPERATIONS[1:]:
        refusal = ElsewhereError if name == OPERATIONS[NONE] else ValueError
        raise refusal(f"{where}: {name!r:.40} is not one of the operations {', '.join(OPERATIONS[1:])}")
    return OPERATIONS.index(name)
