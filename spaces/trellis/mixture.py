"""A mixture of all paths through the trellis: what a soft path of the super-net computes.

The weights of the start and of the moves say how much of a signal is at each place, its mass. A place puts out the mean
of what its cell makes of each place that leads there, by how much of the mass comes from it; the output of the layer
before the last is the same mean over where that mass was before. So the weights of one path give what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor

from nasrank.spaces.supernet import SoftPath
from nasrank.spaces.trellis.layers import resized
from nasrank.spaces.trellis.paths import Trellis
from nasrank.spaces.trellis.shared_cell import SharedCell
from nasrank.spaces.trellis.sizes import STEM_LEVEL


class Weighed(NamedTuple):
    """The entries of a soft path, or some of them.

    Attributes:
        weights: of the options of each decision.
        computed: which of them are not zero.
        numbers: of each decision, zero with a gradient to the weights of the others; none where that is not wanted.
    """

    weights: SoftPath
    computed: Sequence[Sequence[int]]
    numbers: SoftPath

    def part(self, start: int, stop: int | None = None) -> Weighed:
        """Those of some decisions."""
        return Weighed(self.weights[start:stop], self.computed[start:stop], self.numbers[start:stop])


class Arrived(NamedTuple):
    """What is at a place.

    Attributes:
        output: of its cell.
        mass: how much of the signal comes by.
        shares: how much of that comes from each level of the layer before; they add up to one.
    """

    output: Tensor
    mass: Tensor
    shares: Mapping[int, Tensor]


class Mixture:
    """One pass of images, or volumes, through all places that have a mass.

    Args:
        trellis: which there are.
        cells: of each layer, by level.
        of_level: sizes of features at each level, such as height and width.
        stem: what the first layer sees.
        path: the entries.
    """

    def __init__(
        self,
        trellis: Trellis,
        cells: Sequence[Mapping[int, SharedCell]],
        of_level: Sequence[tuple[int, ...]],
        stem: Tensor,
        path: Weighed,
    ) -> None:
        self.trellis, self.cells, self.of_level = trellis, cells, of_level
        moves = len(trellis.decisions)
        self.moves, self.cell = path.part(0, moves), path.part(moves)
        whole = torch.ones((), device=stem.device, dtype=stem.dtype)
        self.stem = {STEM_LEVEL: Arrived(stem, whole, {STEM_LEVEL: whole})}

    def run(self) -> tuple[Mapping[int, Arrived], list[Tensor]]:
        """The last layer, by level, and the numbers of all moves that some of the signal could have made."""
        starts = {self.trellis.starts[one]: {STEM_LEVEL: self.moves.weights[0][one]} for one in self.moves.computed[0]}
        numbers = list(self.moves.numbers[:1])
        before_last, last = self.stem, self._layer(0, self.stem, self.stem, starts)
        for layer in range(1, self.trellis.layers):
            coming: dict[int, dict[int, Tensor]] = {}
            for level, arrived in last.items():
                number = self.trellis.decided[layer - 1, level]
                numbers += self.moves.numbers[number : number + 1]
                for option in self.moves.computed[number]:
                    mass = arrived.mass * self.moves.weights[number][option]
                    coming.setdefault(self.trellis.after(level)[option], {})[level] = mass
            before_last, last = last, self._layer(layer, before_last, last, coming)
        return last, numbers

    def _layer(
        self,
        layer: int,
        before_last: Mapping[int, Arrived],
        last: Mapping[int, Arrived],
        coming: Mapping[int, Mapping[int, Tensor]],
    ) -> dict[int, Arrived]:
        """The places of a layer, by level.

        Args:
            coming: the mass that comes to each from each level of the last layer.
        """
        found = {}
        for level, masses in coming.items():
            mass = reduce(torch.add, masses.values())
            shares = {source: one / mass for source, one in masses.items()}
            outputs = [share * self._at(layer, level, before_last, last, one) for one, share in shares.items()]
            found[level] = Arrived(reduce(torch.add, outputs), mass, shares)
        return found

    def _at(
        self, layer: int, level: int, before_last: Mapping[int, Arrived], last: Mapping[int, Arrived], source: int
    ) -> Tensor:
        """What a cell makes of one place of the last layer, and of those where its mass was before."""
        cell, size = self.cells[layer][level], self.of_level[level]
        entered = [
            share * cell.entered_before_last(resized(before_last[one].output, size), one)
            for one, share in last[source].shares.items()
        ]
        own = cell.entered_last(resized(last[source].output, size), source)
        return cell.soft(reduce(torch.add, entered), own, *self.cell)
