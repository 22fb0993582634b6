"""An architecture of Auto-DeepLab: the level of each layer, and the operations of the cell that all layers have.

A cell has two nodes. The first adds an operation on the output of the layer before the last and one on that of the last
layer, the second an operation on the last layer's and one on the first node; both go side by side into the output.

Architectures are printed as levels and operations, such as `0-1-1-2-1-0|skip,conv3,sep3,avg3`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nasrank.spaces.integers import indices
from nasrank.spaces.trellis import Path, Trellis

TRELLIS = Trellis(layers=6, levels=4, starts=(0, 1))
"""Level 0 has half the resolution of images, and each further one half of that."""

OPERATIONS = ("skip", "conv3", "sep3", "dil3", "avg3")
SKIP, CONV, SEP, DIL, AVG = range(len(OPERATIONS))

BEFORE_LAST, LAST, FIRST, SECOND = "s0", "s1", "1", "2"
"""The outputs of the two layers before, and the nodes."""

EDGES = ((BEFORE_LAST, FIRST), (LAST, FIRST), (LAST, SECOND), (FIRST, SECOND))
"""Source and target of each operation."""

CELLS: int = len(OPERATIONS) ** len(EDGES)

_TEXT = re.compile(r"(\d(?:-\d)*)\|(\w+(?:,\w+)*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Segmenter:
    """One architecture.

    Attributes:
        operations: of each of `EDGES`, as a place in `OPERATIONS`.
        levels: of each layer.

    Raises:
        ValueError: levels that are no path of `TRELLIS`, or not one operation an edge.
    """

    operations: tuple[int, ...]
    levels: Path

    def __post_init__(self) -> None:
        levels = indices(self.levels, *_of_layers(len(self.levels)), what="level")
        TRELLIS.refuse(levels)
        if len(self.operations) != len(EDGES):
            raise ValueError(f"a cell has {len(EDGES)} operations, not {len(self.operations)}")
        counts, names = [len(OPERATIONS)] * len(EDGES), [f"{source}->{target}:" for source, target in EDGES]
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "operations", indices(self.operations, counts, names, what="operation"))

    @property
    def choices(self) -> tuple[int, ...]:
        """One a decision: those of the trellis, then the operations."""
        return (*TRELLIS.choices(self.levels), *self.operations)

    @property
    def cell(self) -> int:
        """The number of its cell, from 0, the operation of the last edge fastest."""
        number = 0
        for operation in self.operations:
            number = number * len(OPERATIONS) + operation
        return number

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.levels))}|{','.join(OPERATIONS[one] for one in self.operations)}"


def from_choices(choices: Sequence[int]) -> Segmenter:
    """The architecture with these options; choices at places that its path does not come by are ignored.

    Raises:
        ValueError: not one a decision, or one that is no integer in its range.
    """
    decisions = TRELLIS.decisions
    total = len(decisions) + len(EDGES)
    if len(choices) != total:
        raise ValueError(f"deeplab has {total} decisions, not {len(choices)}")
    counts = [*(len(one.options) for one in decisions), *([len(OPERATIONS)] * len(EDGES))]
    names = [*(f"{one.name}:" for one in decisions), *(f"{source}->{target}:" for source, target in EDGES)]
    chosen = indices(choices, counts, names, what="option")
    return Segmenter(chosen[len(decisions) :], TRELLIS.path(chosen))


def of_numbers(path: int, cell: int) -> Segmenter:
    """The architecture with the path and the cell of these numbers."""
    operations = []
    for _ in EDGES:
        cell, operation = divmod(cell, len(OPERATIONS))
        operations.append(operation)
    return Segmenter(tuple(reversed(operations)), TRELLIS.at(path))


def parse(text: str) -> Segmenter:
    """Read the printed form; ValueError says what is malformed and where."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no architecture such as 0-1-1-2-1-0|skip,conv3,sep3,avg3")
    names = found[2].split(",")
    for name in names:
        if name not in OPERATIONS:
            raise ValueError(f"{text!r}: unknown operation {name!r}; there are {', '.join(OPERATIONS)}")
    try:
        return Segmenter(tuple(map(OPERATIONS.index, names)), tuple(map(int, found[1].split("-"))))
    except ValueError as reason:
        raise ValueError(f"{text!r}: {reason}") from reason


def _of_layers(count: int) -> tuple[list[int], list[str]]:
    return [TRELLIS.levels] * count, [f"layer {layer}:" for layer in range(count)]
