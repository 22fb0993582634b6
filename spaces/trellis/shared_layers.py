"""The cells of a super-net at all places of a trellis, along hard paths and as a mixture of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeAlias, cast

import torch
from torch import Tensor, nn

from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import SoftPath, added_numbers, along_chains
from nasrank.spaces.trellis.layers import Operations, resized
from nasrank.spaces.trellis.mixture import Arrived, Mixture, Weighed
from nasrank.spaces.trellis.net import EDGES, Net
from nasrank.spaces.trellis.paths import Trellis
from nasrank.spaces.trellis.shared_cell import WAYS, SharedCell
from nasrank.spaces.trellis.sizes import STEM_LEVEL
from nasrank.spaces.ways import WeightPart, WeightsOnWays

Chain: TypeAlias = tuple[tuple[tuple[int, ...], int], ...]
"""Of each layer of a net, the operations of its cell and its level."""


class Reached(NamedTuple):
    """The outputs of the last two layers, and their levels."""

    before_last: Tensor
    its_level: int
    last: Tensor
    level: int


class SharedLayers(nn.ModuleDict):
    """The cell of each layer and level, named by both.

    Args:
        trellis: which there are.
        channels: of a node at level 0; each further level has twice as many.
        operations: of every cell, all of which it has.
    """

    def __init__(self, trellis: Trellis, channels: int, operations: Operations, *, affine: bool, tracked: bool) -> None:
        super().__init__()
        self.trellis = trellis
        reached = ((STEM_LEVEL,), (STEM_LEVEL,), *trellis.reached)
        for layer, levels in enumerate(trellis.reached):
            for level in levels:
                last = [one for one in reached[layer + 1] if layer == 0 or level in trellis.after(one)]
                before_last = [
                    one for one in reached[layer] if layer < 2 or any(between in trellis.after(one) for between in last)
                ]
                self[f"{layer}-{level}"] = SharedCell(
                    channels, level, operations, last=last, before_last=before_last, affine=affine, tracked=tracked
                )

    def cell(self, layer: int, level: int) -> SharedCell:
        return cast(SharedCell, self[f"{layer}-{level}"])

    def along(
        self, chains: Iterable[Chain], stem: Tensor, of_level: Sequence[tuple[int, ...]]
    ) -> Iterator[tuple[Chain, Reached]]:
        """Each chain, in any order, and what its net puts out; layers up to the first that differs are shared.

        Args:
            chains: each once.
            of_level: sizes of features at each level, such as height and width.
        """

        def through(layer: int, link: tuple[tuple[int, ...], int], before: Reached) -> Reached:
            operations, level = link
            cell, size = self.cell(layer, level), of_level[level]
            entered = (
                cell.entered_before_last(resized(before.before_last, size), before.its_level),
                cell.entered_last(resized(before.last, size), before.level),
            )
            return Reached(before.last, before.level, cell.hard(*entered, operations), level)

        return along_chains(chains, Reached(stem, STEM_LEVEL, stem, STEM_LEVEL), through)

    def mixed(
        self, stem: Tensor, of_level: Sequence[tuple[int, ...]], path: Weighed
    ) -> tuple[Mapping[int, Arrived], list[Tensor]]:
        """A mixture of all paths, see `Mixture.run`."""
        cells = [
            {level: self.cell(layer, level) for level in levels} for layer, levels in enumerate(self.trellis.reached)
        ]
        return Mixture(self.trellis, cells, of_level, stem, path).run()

    def on_ways(self, net: Net, constant_per_channel: Mapping[int, float]) -> WeightsOnWays:
        """Weights of the cells along the path of a net; ways are counted within each cell, from an input to its output.

        What brings outputs of earlier layers to a cell counts once.

        Args:
            constant_per_channel: of operations with weights that never change, the sum of their squares.
        """
        counts, constant = dict[WeightPart, int](), 0.0
        levels = (STEM_LEVEL, STEM_LEVEL, *net.levels)
        for layer, own in enumerate(net.levels):
            cell, prefix = self.cell(layer, own), f"{layer}-{own}"
            counts[WeightPart(f"{prefix}.before_last.{levels[layer]}.conv.weight")] = 1
            counts[WeightPart(f"{prefix}.last.{levels[layer + 1]}.conv.weight")] = 1
            for place, (operation, ways) in enumerate(zip(net.operations, WAYS, strict=True)):
                constant += ways * cell.width * constant_per_channel.get(operation, 0.0)
                shared = cell.layer(place, operation)
                for name, weight in shared.named_parameters() if shared is not None else ():
                    if weight.ndim > 1:
                        counts[WeightPart(f"{prefix}.edges.{place}.{operation}.{name}")] = ways
        return WeightsOnWays(counts, constant)


def chain_of(net: Net) -> Chain:
    return tuple((net.operations, level) for level in net.levels)


def weighed(path: SoftPath, trellises: Sequence[Trellis], device: torch.device, *, numbers: bool) -> list[Weighed]:
    """The entries of a soft path, on a device, for each of the nets that it is made of.

    Args:
        trellises: of these nets, in the order of decisions.
        numbers: see `SuperNet`.

    Raises:
        ValueError: not one entry a decision.
    """
    lengths = [len(one.decisions) + len(EDGES) for one in trellises]
    if len(path) != sum(lengths):
        raise ValueError(f"a path has {sum(lengths)} entries, one a decision, not {len(path)}")
    there = placed([*path, *(added_numbers(path) if numbers else ())], device)
    computed = [torch.nonzero(one.detach()).flatten().tolist() for one in path]
    everything, ends = Weighed(there[: len(path)], computed, there[len(path) :]), [0, *accumulate(lengths)]
    return [everything.part(start, end) for start, end in pairwise(ends)]
