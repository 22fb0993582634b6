"""NAS-Bench-201 cells whose convolutions follow ReLU, as the benchmark's do, or another activation.

Each edge has one of nine operations: the five of NAS-Bench-201 and, for each other activation, its two convolutions. A
cell is printed in the benchmark's notation, and an activation other than ReLU stands behind the operation's name, as in
`|nor_conv_3x3:silu~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3:tanh~2|`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from nasrank.spaces.integers import indices
from nasrank.spaces.nb201 import cell as nb201
from nasrank.spaces.nb201.cell import CONV_1X1, CONV_3X3, EDGE_PLACES, EDGES, NODES, NONE, SKIP, Cell

ACTIVATIONS = ("relu", "silu", "tanh")
RELU = ACTIVATIONS.index("relu")

CONVOLUTIONS = (CONV_1X1, CONV_3X3)

OPERATIONS: tuple[tuple[int, int], ...] = (
    *((operation, RELU) for operation in range(len(nb201.OPERATIONS))),
    *((operation, other) for other in range(len(ACTIVATIONS)) if other != RELU for operation in CONVOLUTIONS),
)
"""The nine of an edge, each as an operation of NAS-Bench-201 and an activation: ReLU where there is no convolution.

The first five have the numbers that they have in NAS-Bench-201.
"""

NAMES = tuple(
    nb201.OPERATIONS[operation] + ("" if activation == RELU else f":{ACTIVATIONS[activation]}")
    for operation, activation in OPERATIONS
)

_COUNTS, _ACTIVATION_COUNTS = (len(OPERATIONS),) * len(EDGES), (len(ACTIVATIONS),) * len(EDGES)
_ACTIVATION_PLACES = tuple(f"edge {edge}: activation" for edge in EDGES)

_NAME = re.compile(r"\|([^|~]+)(?=~)")


@dataclass(frozen=True, order=True)
class ActivatedCell:
    """One of nine operations, by its index in `OPERATIONS`, on each of the six edges, as an int of Python's."""

    operations: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.operations) != len(EDGES):
            raise ValueError(f"a cell has {len(EDGES)} operations, not {len(self.operations)}")
        chosen = indices(self.operations, _COUNTS, EDGE_PLACES)
        if chosen is not self.operations:  # what indices returns is what it was given, unless that has numpy's integers
            object.__setattr__(self, "operations", chosen)

    def __str__(self) -> str:
        names = iter(self.names)
        groups = ["".join(f"{next(names)}~{source}|" for source in range(node)) for node in range(1, NODES)]
        return "+".join("|" + group for group in groups)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(NAMES[operation] for operation in self.operations)

    @property
    def activations(self) -> tuple[int, ...]:
        """Of each edge; ReLU where there is no convolution."""
        return tuple(OPERATIONS[operation][1] for operation in self.operations)

    @property
    def plain(self) -> Cell:
        """The cell of NAS-Bench-201 that is left without the activations."""
        return Cell(tuple(OPERATIONS[operation][0] for operation in self.operations))


def from_choices(choices: Sequence[int]) -> ActivatedCell:
    """From the operation of NAS-Bench-201 on each edge, then the activation on each, which only a convolution has.

    Raises:
        ValueError: not twelve choices, or one that is no integer in its range.
    """
    if len(choices) != 2 * len(EDGES):
        raise ValueError(f"expected {len(EDGES)} operations and as many activations, not {len(choices)} choices")
    plain = Cell(tuple(choices[: len(EDGES)]))
    activations = indices(choices[len(EDGES) :], _ACTIVATION_COUNTS, _ACTIVATION_PLACES)
    return ActivatedCell(
        tuple(
            OPERATIONS.index((operation, activation if operation in CONVOLUTIONS else RELU))
            for operation, activation in zip(plain.operations, activations, strict=True)
        )
    )


def parse(text: str) -> ActivatedCell:
    """Read the printed form; ReLU is never written.

    Raises:
        ValueError: an operation is not one of `NAMES`, or the rest is not the notation of NAS-Bench-201.
    """
    names = _NAME.findall(text)
    for name in names:
        if name not in NAMES:
            raise ValueError(f"cell {text!r}: unknown operation {name!r}; known are {', '.join(NAMES)}")
    nb201.parse(_NAME.sub(lambda entry: entry[0].partition(":")[0], text))
    return ActivatedCell(tuple(map(NAMES.index, names)))


def functional(cell: ActivatedCell, *, silence_is_zero: bool) -> ActivatedCell:
    """The cell without the edges that cannot matter, as in NAS-Bench-201: all activations turn zeros into zeros."""
    kept = nb201.functional(cell.plain, silence_is_zero=silence_is_zero).operations
    return ActivatedCell(
        tuple(own if operation != NONE else NONE for own, operation in zip(cell.operations, kept, strict=True))
    )


def key(cell: ActivatedCell) -> str:
    """The isomorphism class as a text, written as that of NAS-Bench-201, with activations in operations' names."""
    written, operations = ["0"], iter(cell.operations)
    for node in range(1, NODES):
        written.append(_sum([_arrival(next(operations), written[source]) for source in range(node)]))
    return written[-1]


def isomorphism_classes() -> list[list[int]]:
    """Positions of the members of each class, where positions are lexicographic in the operations.

    Half a million cells share 729 beginnings, so that a second is enough.
    """
    members: dict[str, list[int]] = {}
    every = range(len(OPERATIONS))
    position = 0
    for first, second, third in product(every, repeat=3):
        one = _sum([_arrival(first, "0")])
        two = _sum([_arrival(second, "0"), _arrival(third, one)])
        arrivals = ([_arrival(operation, source) for operation in every] for source in ("0", one, two))
        for arriving in product(*arrivals):
            members.setdefault(_sum(arriving), []).append(position)
            position += 1
    return list(members.values())


def _sum(arriving: Sequence[str]) -> str:
    return "+".join(sorted(arriving))


def _arrival(operation: int, source: str) -> str:
    """What arrives over an edge, see `nasrank.spaces.nb201.cell.key`."""
    if operation == NONE or source == "#":
        return "#"
    return source if operation == SKIP else f"({source})@{NAMES[operation]}"
