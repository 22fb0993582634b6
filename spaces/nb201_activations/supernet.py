"""The super-net of NAS-Bench-201 with activations: the same shared weights, used after any activation.

Activations have no weights, so this super-net is that of NAS-Bench-201 with the same initial weights. Along a hard path
a convolution follows its activation. Along a soft path it is applied once, to the weighted sum of the activations, so
that both factors take as many convolutions as the operations alone [Wang2019], not three times as many. The
normalization that follows takes away the scale of that sum, so the sum of its weights multiplies the weight of the
convolution: one activation alone then counts with the product of both weights.

References:
    [Wang2019] Wang et al., "Scalable NAS with Factorizable Architectural Parameters", arXiv:1912.13256, 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial, reduce
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasrank.spaces.dropout import Draws
from nasrank.spaces.nb201.cell import EDGES, NONE
from nasrank.spaces.nb201.cell import OPERATIONS as PLAIN_OPERATIONS
from nasrank.spaces.nb201.shared_cell import Node, Operations, SharedCell
from nasrank.spaces.nb201.supernet import CellSuperNet
from nasrank.spaces.nb201_activations.cell import (
    CONVOLUTIONS,
    OPERATIONS,
    RELU,
    ActivatedCell,
    from_choices,
    functional,
)
from nasrank.spaces.nb201_activations.network import ACTIVATE, Activation
from nasrank.spaces.supernet import HardPath, SoftPath
from nasrank.spaces.ways import WeightsOnWays


class ActivatedCellSuperNet(CellSuperNet):
    """Shared weights for all cells; the options are those of `CellSuperNet`.

    Operation dropout switches off the kinds of NAS-Bench-201, a convolution with all of its activations.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.stages = nn.ModuleList(
            nn.ModuleList(ActivatedSharedCell(cast(SharedCell, cell)) for cell in cast(nn.ModuleList, cells))
            for cells in self.stages
        )

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        if len(path) != 2 * len(EDGES):
            raise ValueError(f"a path has {2 * len(EDGES)} entries, two an edge, not {len(path)}")
        if not isinstance(path[0], Tensor):
            return super().forward(images, _operations(cast(HardPath, path)))
        weights = _rescaled(cast(SoftPath, path))
        used = [torch.nonzero(w.detach()).flatten().tolist() for w in weights]
        computed = [[o for o in operations if o != NONE] for operations in used[: len(EDGES)]]
        draws = self._draws(computed)
        if draws:
            computed = [[o for o in operations if o not in draws.off] for operations in computed]
        options = computed + used[len(EDGES) :]
        weights, added = self._placed(weights, cast(SoftPath, path), numbers, images)
        return self._run(self.stem(images), lambda cell, features: cell.soft(features, weights, options, draws, added))

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        return super().each_path(images, [_operations(path) for path in paths])

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """Those of NAS-Bench-201: activations have no weights."""
        return super().weights_on_ways(from_choices(path).plain.operations)

    def _draws(self, computed: list[list[int]]) -> Draws | None:
        draws = super()._draws([[OPERATIONS[o][0] for o in operations] for operations in computed])
        if draws is None:
            return None
        return replace(draws, off=frozenset(o for o, (plain, _) in enumerate(OPERATIONS) if plain in draws.off))

    def _reduced(self, path: HardPath) -> Operations:
        return functional(ActivatedCell(tuple(path)), silence_is_zero=self.silence_is_zero).operations


class ActivatedSharedCell(SharedCell):
    """All operations after all activations on all edges of one cell; it takes over the weights of a plain cell."""

    def __init__(self, taken: SharedCell) -> None:
        nn.Module.__init__(self)
        self.operated, self.partial = taken.operated, taken.partial
        self.tracked, self.silence_is_zero = taken.tracked, taken.silence_is_zero
        self.conv_1x1, self.conv_3x3 = taken.conv_1x1, taken.conv_3x3

    def _seen(
        self,
        node: Node,
        place: int,
        weights: SoftPath,
        computed: Sequence[Sequence[int]],
        numbers: Sequence[Tensor] | None,
    ) -> Node:
        """After the weighted sum of the edge's activations.

        Args:
            weights: of the operations of each edge, those of convolutions rescaled, then of its activations.
            computed: options of each edge in the same order.
        """
        there = len(EDGES) + place
        number = None if numbers is None else numbers[there]
        return Activated(node, partial(_mixture, weights[there], computed[there], number))

    def _term(self, place: int, operation: int, node: Node, draws: Draws | None) -> Tensor:
        plain, activation = OPERATIONS[operation]
        seen = node if activation == RELU else Activated(node, ACTIVATE[activation])
        return super()._term(place, plain, seen, draws)


class Activated(Node):
    """A node as one edge sees it, with another activation in place of the ReLU."""

    def __init__(self, node: Node, activate: Activation) -> None:
        super().__init__(node.features, node.operated.shape[1])
        self._activate = activate

    @cached_property
    def rectified(self) -> Tensor:
        return self._activate(self.operated)


def _operations(path: HardPath) -> Operations:
    return from_choices(path).operations


def _mixture(weights: Tensor, used: Sequence[int], number: Tensor | None, features: Tensor) -> Tensor:
    """The weighted sum of the used activations, at least one, and the number."""
    terms = [weights[activation] * ACTIVATE[activation](features) for activation in used]
    total: Tensor = reduce(torch.add, terms if number is None else [*terms, number])
    return total


def _rescaled(path: SoftPath) -> SoftPath:
    """The path with each weight of a convolution multiplied by the sum of its activations' weights.

    One of weight zero is left out of the sum: like any option that is not computed, it has no gradient.
    """
    operations, activations = path[: len(EDGES)], path[len(EDGES) :]
    convolves = torch.tensor([plain in CONVOLUTIONS for plain in range(len(PLAIN_OPERATIONS))]).to(path[0].device)
    rescaled = [
        torch.where(convolves, own * mixed[mixed.detach() != 0].sum(), own)
        for own, mixed in zip(operations, activations, strict=True)
    ]
    return [*rescaled, *activations]
