"""The LEAStereo super-net: a cell with all operations at each place of both trellises [Cheng2020].

A hard path is an architecture and computes one cell a layer. A soft path is a mixture of all paths through each net,
as in `nasrank.spaces.trellis.mixture`: what the feature nets of all paths end with is added in proportion to how much
of the signal comes by, and makes one volume.

References:
    [Cheng2020] Cheng et al., "Hierarchical Neural Architecture Search for Deep Stereo Matching", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.stereo.costs import CHANNELS, DISPARITIES
from nasrank.spaces.stereo.layers import ON_IMAGES, ON_VOLUMES, Around
from nasrank.spaces.stereo.matcher import FeatureNet, MatchingNet, from_choices
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet
from nasrank.spaces.trellis.layers import Operations, entrance, resized
from nasrank.spaces.trellis.mixture import Weighed
from nasrank.spaces.trellis.net import Net
from nasrank.spaces.trellis.paths import Trellis
from nasrank.spaces.trellis.shared_layers import Chain, SharedLayers, chain_of, weighed
from nasrank.spaces.ways import WeightPart, WeightsOnWays

Sizes = Sequence[tuple[int, ...]]


class SharedNet(nn.Module):
    """One of the two nets: the cells at all places, and what brings each level's end to level 0.

    Args:
        channels: of a node at level 0; each further level has twice as many.
        operations: of every cell, all of which it has.
    """

    def __init__(self, trellis: Trellis, channels: int, operations: Operations, *, affine: bool, tracked: bool) -> None:
        super().__init__()
        self.cells = SharedLayers(trellis, channels, operations, affine=affine, tracked=tracked)
        self.ends = nn.ModuleList(entrance(channels, level, 0, tracked=tracked) for level in range(trellis.levels))

    def along(self, chains: Mapping[Chain, object], stem: Tensor, of_level: Sizes) -> Iterator[tuple[Chain, Tensor]]:
        """Each chain, in any order, and what its net ends with at level 0."""
        for chain, reached in self.cells.along(chains, stem, of_level):
            yield chain, resized(self.ends[reached.level](reached.last), of_level[0])

    def mixed(self, stem: Tensor, of_level: Sizes, path: Weighed) -> Tensor:
        """What a mixture of all paths ends with."""
        last, gained = self.cells.mixed(stem, of_level, path)
        ends = [one.mass * resized(self.ends[level](one.output), of_level[0]) for level, one in last.items()]
        return reduce(torch.add, [*ends, *gained])

    def on_ways(self, net: Net) -> WeightsOnWays:
        """Weights of the cells along the path of a net, and of its end, all of whose parameters count once."""
        inside, level = self.cells.on_ways(net, {}), net.levels[-1]
        counts = {WeightPart(f"ends.{level}.{name}"): 1 for name, _ in self.ends[level].named_parameters()}
        return WeightsOnWays(counts | {part.within("cells"): ways for part, ways in inside.counts.items()})


class StereoSuperNet(Around, SuperNet):
    """Shared weights for all architectures.

    Args:
        channels: of a node at level 0 of either net; each further level has twice as many.
        disparities: of the features, at each of which they are compared.
        image_channels: channels of a view.
        affine: whether the normalizations inside the cells learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(
        self,
        *,
        channels: int = CHANNELS,
        disparities: int = DISPARITIES,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        super().__init__(channels=channels, disparities=disparities, image_channels=image_channels, tracked=tracked)
        self._outside = [name for name, _ in self.named_parameters()]  # there is nothing else yet
        self.feature, self.matching = (
            SharedNet(trellis, channels, operations, affine=affine, tracked=tracked)
            for trellis, operations in ((FeatureNet.trellis, ON_IMAGES), (MatchingNet.trellis, ON_VOLUMES))
        )

    @property
    def keeps_statistics(self) -> bool:
        return self.stem_norm.track_running_stats

    def forward(self, pairs: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        if len(path) and isinstance(path[0], Tensor):
            return self._soft(pairs, cast(SoftPath, path), numbers=numbers)
        ((_, outputs),) = self.each_path(pairs, [cast(HardPath, path)])
        return outputs

    def each_path(self, pairs: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """See `SuperNet`; paths with one feature net share its volume, and nets with one cell their first layers."""
        alike: dict[Chain, dict[Chain, list[int]]] = {}
        for place, path in enumerate(paths):
            matcher = from_choices(path)
            of_features = alike.setdefault(chain_of(matcher.feature), {})
            of_features.setdefault(chain_of(matcher.matching), []).append(place)
        of_volumes = self.of_volumes(pairs)
        for chain, features in self.feature.along(alike, self.stem(pairs), self.of_features(pairs)):
            volume = self.volume(features)
            for other, matched in self.matching.along(alike[chain], volume, of_volumes):
                yield alike[chain][other], self.told(matched, pairs)

    def _soft(self, pairs: Tensor, path: SoftPath, *, numbers: bool) -> Tensor:
        trellises = [FeatureNet.trellis, MatchingNet.trellis]
        of_features, of_matching = weighed(path, trellises, pairs.device, numbers=numbers)
        features = self.feature.mixed(self.stem(pairs), self.of_features(pairs), of_features)
        matched = self.matching.mixed(self.volume(features), self.of_volumes(pairs), of_matching)
        return self.told(matched, pairs)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`, and `SharedLayers.on_ways`; outside the cells are stems, ends of nets and the last layer."""
        matcher, counts = from_choices(path), {WeightPart(name): 1 for name in self._outside}
        for name, net in (("feature", matcher.feature), ("matching", matcher.matching)):
            inside = cast(SharedNet, getattr(self, name)).on_ways(net)
            counts |= {part.within(name): ways for part, ways in inside.counts.items()}
        return WeightsOnWays(counts)
