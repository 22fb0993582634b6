"""Nets of layers on a trellis with one cell, which Auto-DeepLab's and LEAStereo's architectures consist of.

A cell has two nodes. The first adds an operation on the output of the layer before the last and one on that of the last
layer, the second an operation on the last layer's and one on the first node; both go side by side into the output.

Nets are printed as levels and operations, such as `0-1-1-2-1-0|skip,conv3,sep3,avg3`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Self

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray, indices
from nasrank.spaces.trellis.paths import Path, Trellis

BEFORE_LAST, LAST, FIRST, SECOND = "s0", "s1", "1", "2"
"""The outputs of the two layers before, and the nodes."""

EDGES = ((BEFORE_LAST, FIRST), (LAST, FIRST), (LAST, SECOND), (FIRST, SECOND))
"""Source and target of each operation."""

_TEXT = re.compile(r"(\d(?:-\d)*)\|(\w+(?:,\w+)*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Net:
    """One net; a class of nets says through which trellis their paths go and which operations their cells have.

    Attributes:
        trellis: all paths.
        names: of the operations.
        example: of a printed form.
        cell_level: what the decisions on operations are about, see `Decision.level`.
        operations: of each of `EDGES`, as a place in `names`.
        levels: of each layer.

    Raises:
        ValueError: levels that are no path of the trellis, or not one operation an edge.
    """

    trellis: ClassVar[Trellis]
    names: ClassVar[tuple[str, ...]]
    example: ClassVar[str]
    cell_level: ClassVar[str] = "cell"
    operations: tuple[int, ...]
    levels: Path

    def __post_init__(self) -> None:
        layers = range(len(self.levels))
        places = [f"layer {layer}:" for layer in layers]
        levels = indices(self.levels, [self.trellis.levels for _ in layers], places, what="level")
        self.trellis.refuse(levels)
        if len(self.operations) != len(EDGES):
            raise ValueError(f"a cell has {len(EDGES)} operations, not {len(self.operations)}")
        counts, names = [len(self.names)] * len(EDGES), [f"{source}->{target}:" for source, target in EDGES]
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "operations", indices(self.operations, counts, names, what="operation"))

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.levels))}|{','.join(self.names[one] for one in self.operations)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the printed form; ValueError says what is malformed and where."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no architecture such as {cls.example}")
        names = found[2].split(",")
        for name in names:
            if name not in cls.names:
                raise ValueError(f"{text!r}: unknown operation {name!r}; there are {', '.join(cls.names)}")
        try:
            return cls(tuple(map(cls.names.index, names)), tuple(map(int, found[1].split("-"))))
        except ValueError as reason:
            raise ValueError(f"{text!r}: {reason}") from reason

    # --- decisions and choices ---

    @classmethod
    @cache
    def decisions(cls) -> tuple[Decision, ...]:
        """Those of the trellis, then the operations."""
        prefix = cls.trellis.prefix
        cell = (
            Decision(f"{prefix}{source}->{target}", cls.names, into=f"{prefix}node {target}", level=cls.cell_level)
            for source, target in EDGES
        )
        return (*cls.trellis.decisions, *cell)

    @property
    def choices(self) -> tuple[int, ...]:
        """One a decision."""
        return (*self.trellis.choices(self.levels), *self.operations)

    @classmethod
    def from_choices(cls, choices: Sequence[int]) -> Self:
        """The net with these options; choices at places that its path does not come by are ignored.

        Raises:
            ValueError: not one a decision, or one that is no integer in its range.
        """
        decisions, moves = cls.decisions(), len(cls.trellis.decisions)
        if len(choices) != len(decisions):
            raise ValueError(f"there are {len(decisions)} decisions, not {len(choices)}")
        counts, names = [len(one.options) for one in decisions], [f"{one.name}:" for one in decisions]
        chosen = indices(choices, counts, names, what="option")
        return cls(chosen[moves:], cls.trellis.path(chosen))

    @classmethod
    def best(cls, scores: Sequence[Sequence[float]]) -> Self:
        """The path of greatest sum by dynamic programming (Viterbi's), and the best operation of each edge.

        Args:
            scores: of every option of each decision; finite.
        """
        moves = len(cls.trellis.decisions)
        return cls(tuple(int(np.argmax(one)) for one in scores[moves:]), cls.trellis.best(scores[:moves]))

    # --- all of them, by the path and then by the cell, the operation of the last edge fastest ---

    @classmethod
    def cells(cls) -> int:
        """How many cells there are."""
        count: int = len(cls.names) ** len(EDGES)
        return count

    @classmethod
    def count(cls) -> int:
        """How many nets there are."""
        return cls.trellis.count * cls.cells()

    @property
    def number(self) -> int:
        """From 0."""
        cell = 0
        for operation in self.operations:
            cell = cell * len(self.names) + operation
        return self.trellis.position(self.levels) * self.cells() + cell

    @classmethod
    def at(cls, number: int) -> Self:
        """The net of this number."""
        path, cell = divmod(number, cls.cells())
        operations = []
        for _ in EDGES:
            cell, operation = divmod(cell, len(cls.names))
            operations.append(operation)
        return cls(tuple(reversed(operations)), cls.trellis.at(path))

    @classmethod
    def all_choices(cls, numbers: IntArray) -> IntArray:
        """Choices of the nets of these numbers, `(n, decisions)`."""
        paths, cells = np.divmod(numbers, cls.cells())
        operations = np.stack(np.unravel_index(cells, [len(cls.names)] * len(EDGES)), axis=1)
        return np.concatenate([cls._paths()[paths], operations], axis=1).astype(np.int64)

    @classmethod
    @cache
    def _paths(cls) -> IntArray:
        """Choices of every path, `(paths, decisions of the trellis)`."""
        return np.array([cls.trellis.choices(path) for path in cls.trellis], dtype=np.int64)

    # --- what is near, and what it computes ---

    def neighbours(self) -> list[Self]:
        """All with another operation on one edge, or at another level in one layer."""
        own = self.operations
        return [
            *(
                type(self)((*own[:place], other, *own[place + 1 :]), self.levels)
                for place in range(len(EDGES))
                for other in range(len(self.names))
                if other != own[place]
            ),
            *(type(self)(own, path) for path in self.trellis.neighbours(self.levels)),
        ]

    def drawn_behind(self, entering: Sequence[int], labels: list[str], links: list[tuple[int, int]]) -> list[int]:
        """Add the operations of all layers to a graph, each at its level; what brings features to a layer is left out.

        Args:
            entering: nodes whose outputs the first layer sees.
            labels: of the nodes of the graph so far.
            links: source and target of each of its edges.

        Returns:
            the nodes that make the output of the last layer.
        """
        before_last = last = list(entering)
        for level in self.levels:
            arriving = {BEFORE_LAST: before_last, LAST: last}
            for (source, target), operation in zip(EDGES, self.operations, strict=True):
                own = len(labels)
                links += [(before, own) for before in arriving[source]]
                arriving[target] = [*arriving.get(target, []), own]
                labels.append(f"{self.trellis.prefix}{self.names[operation]} at {level}")
            before_last, last = last, sorted({*arriving[FIRST], *arriving[SECOND]})
        return last
