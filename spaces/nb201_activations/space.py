"""NAS-Bench-201 with the activation before each convolution as a second factor, for factorized search [Wang2019].

The first six decisions are those of NAS-Bench-201, the other six are the activations on the same edges, each of which
matters only where the operation is a convolution. With ReLU everywhere a cell is the benchmark's own, and those 15,625
of the 531,441 are all of which a table knows the accuracy.

The paper's space of activations and operations could not be read. These activations are ours: all three turn zeros into
zeros, so that an edge without a signal stays silent, as in NAS-Bench-201.

References:
    [Wang2019] Wang et al., "Scalable NAS with Factorizable Architectural Parameters", arXiv:1912.13256, 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Condition, Decision
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.nb201 import cell as nb201
from nasrank.spaces.nb201.cell import EDGES
from nasrank.spaces.nb201.space import NasBench201, network_cost
from nasrank.spaces.nb201_activations import cell as cells
from nasrank.spaces.nb201_activations.cell import ACTIVATIONS, CONVOLUTIONS, NAMES, OPERATIONS, ActivatedCell
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.nb201.options import NasBench201Options
    from nasrank.spaces.nb201_activations.network import ActivatedCellNetwork
    from nasrank.spaces.nb201_activations.supernet import ActivatedCellSuperNet

_PLAIN = NasBench201()
_CONVOLUTIONS = tuple(nb201.OPERATIONS[operation] for operation in CONVOLUTIONS)
_RADICES = (len(OPERATIONS),) * len(EDGES)
_STRIDES = tuple(prod(_RADICES[place + 1 :]) for place in range(len(EDGES)))


class NasBench201Activations(Enumerated[ActivatedCell]):
    """Twelve decisions: on each edge an operation, and the activation should that be a convolution."""

    name = "nb201-activations"
    reference = "Wang2019"
    value_type = ActivatedCell
    decisions = (
        *_PLAIN.decisions,
        *(
            Decision(f"activation {source}->{target}", ACTIVATIONS, when=(Condition(operation.name, _CONVOLUTIONS),))
            for (source, target), operation in zip(EDGES, _PLAIN.decisions, strict=True)
        ),
    )
    mutual_neighbours = True
    contains = _PLAIN.name

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> ActivatedCell:
        return cells.from_choices(choices)

    def to_choices(self, architecture: ActivatedCell) -> tuple[int, ...]:
        return (*architecture.plain.operations, *architecture.activations)

    def parse(self, text: str) -> ActivatedCell:
        return cells.parse(text)

    def key(self, architecture: ActivatedCell) -> str:
        return cells.key(architecture)

    def expressions(self, architecture: ActivatedCell) -> frozenset[str]:
        return nb201.expressions(architecture.operations, NAMES)

    def functional(self, architecture: ActivatedCell, *, silence_is_zero: bool) -> ActivatedCell:
        return cells.functional(architecture, silence_is_zero=silence_is_zero)

    def graph(self, architecture: ActivatedCell) -> OpGraph:
        """As in NAS-Bench-201, with activations in the labels."""
        return replace(_PLAIN.graph(architecture.plain), labels=("input", *architecture.names, "output"))

    # --- networks ---

    @property
    def options(self) -> type[NasBench201Options]:
        from nasrank.spaces.nb201.options import NasBench201Options

        return NasBench201Options

    def network(self, architecture: ActivatedCell, **options: Any) -> ActivatedCellNetwork:
        """The stand-alone network; the options are those of `CellNetwork` in NAS-Bench-201."""
        from nasrank.spaces.nb201_activations.network import ActivatedCellNetwork

        return ActivatedCellNetwork(architecture, **options)

    def supernet(self, **options: Any) -> ActivatedCellSuperNet:
        """Shared weights for all cells; the options are those of `CellSuperNet` in NAS-Bench-201."""
        from nasrank.spaces.nb201_activations.supernet import ActivatedCellSuperNet

        return ActivatedCellSuperNet(**options)

    def cost(self, architecture: ActivatedCell, **macro: int) -> Cost:
        """As in NAS-Bench-201, where activations are free."""
        return network_cost(architecture.plain, **macro)

    # --- enumeration: lexicographic in the operations of `OPERATIONS`, the last edge fastest ---

    def __len__(self) -> int:
        return prod(_RADICES)

    def at(self, position: int) -> ActivatedCell:
        operations = np.unravel_index(self._inside(position), _RADICES)
        return ActivatedCell(tuple(int(operation) for operation in operations))

    def position(self, architecture: ActivatedCell) -> int:
        return sum(map(mul, architecture.operations, _STRIDES))

    def choices(self, positions: IntArray | None = None) -> IntArray:
        rows = np.arange(len(self)) if positions is None else self._all_inside(positions)
        pairs = np.array(OPERATIONS)[np.stack(np.unravel_index(rows, _RADICES), axis=1)]
        return np.concatenate([pairs[..., 0], pairs[..., 1]], axis=1).astype(np.int64)

    def positions_of(self, contained: IntArray) -> IntArray:
        """Operations of NAS-Bench-201 have the same numbers here."""
        return np.asarray(np.ravel_multi_index(tuple(_PLAIN.choices(contained).T), _RADICES))

    @cached_property
    def _classes(self) -> list[list[int]]:
        return cells.isomorphism_classes()

    # --- moving about ---

    def neighbours(self, architecture: ActivatedCell) -> list[ActivatedCell]:
        """All that differ in one operation or one activation.

        Where an edge becomes a convolution, its activation may be any: it did not matter before.
        """
        own = architecture.operations
        return [
            ActivatedCell((*own[:place], other, *own[place + 1 :]))
            for place in range(len(EDGES))
            for other in range(len(OPERATIONS))
            if other != own[place] and _one_decision_apart(own[place], other)
        ]

    def mutate(self, architecture: ActivatedCell, generator: np.random.Generator) -> ActivatedCell:
        """A uniformly chosen neighbour."""
        neighbours = self.neighbours(architecture)
        return neighbours[generator.integers(len(neighbours))]


SPACES.register(NasBench201Activations())


def _one_decision_apart(one: int, other: int) -> bool:
    """Whether two of `OPERATIONS` have the same operation, the same activation, or not both an activation."""
    (operation, activation), (another, its) = OPERATIONS[one], OPERATIONS[other]
    return operation == another or activation == its or not {operation, another} <= set(CONVOLUTIONS)
