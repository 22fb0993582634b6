"""The Auto-DeepLab super-net: a cell with all operations at each place of the trellis [Liu2019b].

A hard path is an architecture and computes one cell a layer. A soft path is a mixture of all paths, see `mixture`: the
scores of the last layer's levels are added in proportion to how much of the signal comes by.

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.deeplab.costs import CHANNELS, STEM_LEVEL
from nasrank.spaces.deeplab.layers import Around, Head, resized, sizes
from nasrank.spaces.deeplab.mixture import MOVES, Mixture, Weighed
from nasrank.spaces.deeplab.segmenter import AVG, EDGES, TRELLIS, Segmenter, from_choices
from nasrank.spaces.deeplab.shared_cell import WAYS, SharedCell
from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, added_numbers, along_chains
from nasrank.spaces.ways import WeightPart, WeightsOnWays


class Reached(NamedTuple):
    """The outputs of the last two layers, and their levels."""

    before_last: Tensor
    its_level: int
    last: Tensor
    level: int


class SegmenterSuperNet(Around, SuperNet):
    """Shared weights for all architectures.

    Args:
        channels: of a node at level 0; each further level has twice as many.
        classes: that a pixel may have.
        image_channels: channels of the input.
        affine: whether the normalizations inside the cells learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(
        self,
        *,
        channels: int = CHANNELS,
        classes: int = 11,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        super().__init__(channels=channels, classes=classes, image_channels=image_channels, tracked=tracked)
        self._of_stem = [name for name, _ in self.named_parameters()]  # there is nothing else yet
        self.cells = nn.ModuleDict()
        reached = ((STEM_LEVEL,), (STEM_LEVEL,), *TRELLIS.reached)
        for layer, levels in enumerate(TRELLIS.reached):
            for level in levels:
                last = [one for one in reached[layer + 1] if layer == 0 or level in TRELLIS.after(one)]
                before_last = [
                    one for one in reached[layer] if layer < 2 or any(between in TRELLIS.after(one) for between in last)
                ]
                self.cells[f"{layer}-{level}"] = SharedCell(
                    channels, level, last=last, before_last=before_last, affine=affine, tracked=tracked
                )
        self.heads = nn.ModuleList(Head(channels, level, classes, tracked=tracked) for level in range(TRELLIS.levels))

    @property
    def keeps_statistics(self) -> bool:
        return self.stem_norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        if len(path) and isinstance(path[0], Tensor):
            return self._soft(images, cast(SoftPath, path), numbers=numbers)
        ((_, outputs),) = self.each_path(images, [cast(HardPath, path)])
        return outputs

    # --- hard paths ---

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """See `SuperNet`; paths with the same cell share the layers up to the first in which they differ."""
        alike: dict[Segmenter, list[int]] = {}
        for place, path in enumerate(paths):
            alike.setdefault(from_choices(path), []).append(place)
        chains = {tuple((one.operations, level) for level in one.levels): places for one, places in alike.items()}
        of_level, stem = sizes(images, TRELLIS.levels), self.stem(images)

        def through(layer: int, link: tuple[tuple[int, ...], int], before: Reached) -> Reached:
            operations, level = link
            cell, size = self._cell(layer, level), of_level[level]
            entered = (
                cell.entered_before_last(resized(before.before_last, size), before.its_level),
                cell.entered_last(resized(before.last, size), before.level),
            )
            return Reached(before.last, before.level, cell.hard(*entered, operations), level)

        begun = Reached(stem, STEM_LEVEL, stem, STEM_LEVEL)
        for chain, reached in along_chains(chains, begun, through):
            yield chains[chain], self._scored(reached.last, reached.level, images)

    def _cell(self, layer: int, level: int) -> SharedCell:
        return cast(SharedCell, self.cells[f"{layer}-{level}"])

    def _scored(self, features: Tensor, level: int, images: Tensor) -> Tensor:
        """Scores at the resolution of the images."""
        return F.interpolate(self.heads[level](features), images.shape[2:], mode="bilinear", align_corners=False)

    # --- mixtures ---

    def _soft(self, images: Tensor, path: SoftPath, *, numbers: bool) -> Tensor:
        if len(path) != MOVES + len(EDGES):
            raise ValueError(f"a path has {MOVES + len(EDGES)} entries, one a decision, not {len(path)}")
        there = placed([*path, *(added_numbers(path) if numbers else ())], images.device)
        computed = [torch.nonzero(one.detach()).flatten().tolist() for one in path]
        weighed = Weighed(there[: len(path)], computed, there[len(path) :])
        cells = [{level: self._cell(layer, level) for level in levels} for layer, levels in enumerate(TRELLIS.reached)]
        last, gained = Mixture(cells, sizes(images, TRELLIS.levels), self.stem(images), weighed).run()
        scores = [one.mass * self._scored(one.output, level, images) for level, one in last.items()]
        return reduce(torch.add, [*scores, *gained])

    # --- the angle ---

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`; ways are counted within each cell, from either of its inputs to its output.

        What brings outputs of earlier layers to a cell counts once, as what is outside the cells does: the stem, and
        the head of the last layer's level. An average pool has constant weights, 1/9 at each of the nine places for
        every channel.
        """
        segmenter = from_choices(path)
        level = segmenter.levels[-1]
        outside = [*self._of_stem, *(f"heads.{level}.{name}" for name, _ in self.heads[level].named_parameters())]
        counts, constant = {WeightPart(name): 1 for name in outside}, 0.0
        levels = (STEM_LEVEL, STEM_LEVEL, *segmenter.levels)
        for layer, own in enumerate(segmenter.levels):
            cell, prefix = self._cell(layer, own), f"cells.{layer}-{own}"
            counts[WeightPart(f"{prefix}.before_last.{levels[layer]}.conv.weight")] = 1
            counts[WeightPart(f"{prefix}.last.{levels[layer + 1]}.conv.weight")] = 1
            for place, (operation, ways) in enumerate(zip(segmenter.operations, WAYS, strict=True)):
                shared = cell.layer(place, operation)
                if operation == AVG:
                    constant += ways * cell.width / 9
                for name, weight in shared.named_parameters() if shared is not None else ():
                    if weight.ndim > 1:
                        counts[WeightPart(f"{prefix}.edges.{place}.{operation}.{name}")] = ways
        return WeightsOnWays(counts, constant)
