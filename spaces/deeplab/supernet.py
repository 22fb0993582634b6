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
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.deeplab.costs import CHANNELS
from nasrank.spaces.deeplab.layers import ALL, Around, Head, sizes
from nasrank.spaces.deeplab.segmenter import AVG, TRELLIS, Segmenter
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet
from nasrank.spaces.trellis.shared_layers import Chain, SharedLayers, chain_of, weighed
from nasrank.spaces.ways import WeightPart, WeightsOnWays


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
        self.cells = SharedLayers(TRELLIS, channels, ALL, affine=affine, tracked=tracked)
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
        alike: dict[Chain, list[int]] = {}
        for place, path in enumerate(paths):
            alike.setdefault(chain_of(Segmenter.from_choices(path)), []).append(place)
        for chain, reached in self.cells.along(alike, self.stem(images), sizes(images, TRELLIS.levels)):
            yield alike[chain], self._scored(reached.last, reached.level, images)

    def _scored(self, features: Tensor, level: int, images: Tensor) -> Tensor:
        """Scores at the resolution of the images."""
        return F.interpolate(self.heads[level](features), images.shape[2:], mode="bilinear", align_corners=False)

    # --- mixtures ---

    def _soft(self, images: Tensor, path: SoftPath, *, numbers: bool) -> Tensor:
        (entries,) = weighed(path, [TRELLIS], images.device, numbers=numbers)
        last, gained = self.cells.mixed(self.stem(images), sizes(images, TRELLIS.levels), entries)
        scores = [one.mass * self._scored(one.output, level, images) for level, one in last.items()]
        return reduce(torch.add, [*scores, *gained])

    # --- the angle ---

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`, and `SharedLayers.on_ways`.

        Outside the cells are the stem, and the head of the last layer's level. An average pool has constant weights,
        1/9 at each of the nine places for every channel.
        """
        segmenter = Segmenter.from_choices(path)
        level = segmenter.levels[-1]
        outside = [*self._of_stem, *(f"heads.{level}.{name}" for name, _ in self.heads[level].named_parameters())]
        inside = self.cells.on_ways(segmenter, {AVG: 1 / 9})
        counts = {WeightPart(name): 1 for name in outside}
        return WeightsOnWays(
            counts | {part.within("cells"): ways for part, ways in inside.counts.items()}, inside.constant
        )
