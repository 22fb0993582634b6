"""The super-net of chains: blocks of its own for every option of every layer, along one path at a time [Zhang2021].

Batch normalization uses the statistics of the batch, also when scoring, and no affine part in the chain; tracked
statistics and an affine part are options. Along a soft path, a layer puts out the weighted sum of its blocks' outputs.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.mobilenet.chain import BLOCKS, IDENTITY, REPEATS, Chain
from nasrank.spaces.mobilenet.costs import Shape
from nasrank.spaces.mobilenet.network import Around, InvertedResidual
from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet, added_numbers, along_chains
from nasrank.spaces.ways import WeightPart, WeightsOnWays


class ChainSuperNet(Around, SuperNet):
    """Shared weights for all chains.

    Args:
        width: channels that the first inverted residual leaves, to which all others are in proportion.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the chain learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(
        self,
        *,
        width: int = 8,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        super().__init__(width=width, classes=classes, image_channels=image_channels, tracked=tracked)
        self._kernels_around = [name for name, weights in self.named_parameters() if weights.dim() > 1]
        self.chain = nn.ModuleList(SharedLayer(shape, affine=affine, tracked=tracked) for shape in self.shapes.layers)

    @property
    def keeps_statistics(self) -> bool:
        return self.head.norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        if len(path) != len(REPEATS):
            raise ValueError(f"a path has {len(REPEATS)} entries, one a layer, not {len(path)}")
        if not isinstance(path[0], Tensor):
            operations = Chain(tuple(cast(HardPath, path))).operations
            return self.classified(reduce(_hard, zip(self.chain, operations, strict=True), self.entered(images)))
        weights = cast(SoftPath, path)
        computed = [torch.nonzero(vector.detach()).flatten().tolist() for vector in weights]
        there = placed([*weights, *(added_numbers(weights) if numbers else ())], images.device)
        added: Sequence[Tensor | None] = there[len(weights) :] if numbers else [None] * len(weights)
        features = self.entered(images)
        for place, layer in enumerate(self.chain):
            features = cast(SharedLayer, layer).soft(features, there[place], computed[place], added[place])
        return self.classified(features)

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        """In sorted order, so that each begins with as many layers of the one before as can be."""
        places: dict[tuple[int, ...], list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(Chain(tuple(path)).operations, []).append(place)

        def through(layer: int, operation: int, features: Tensor) -> Tensor:
            return _hard(features, (self.chain[layer], operation))

        for operations, features in along_chains(places, self.entered(images), through):
            yield places[operations], self.classified(features)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """All kernels along the chain, and the classifier's, once each; no normalization or bias.

        As in the code of RLNAS for this space [Zhang2021], an identity stands for the unit matrix, which never changes.
        """
        counts, constant = dict.fromkeys(map(WeightPart, self._kernels_around), 1), 0.0
        for place, operation in enumerate(Chain(tuple(path)).operations):
            if operation == IDENTITY:
                constant += self.shapes.layers[place].outputs
                continue
            block = cast(SharedLayer, self.chain[place]).blocks[operation]
            kernels = [name for name, weights in block.named_parameters() if weights.dim() > 1]
            counts |= {WeightPart(f"chain.{place}.blocks.{operation}.{name}"): 1 for name in kernels}
        return WeightsOnWays(counts, constant)


class SharedLayer(nn.Module):
    """All blocks of one layer."""

    def __init__(self, shape: Shape, *, affine: bool, tracked: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(InvertedResidual(shape, *one, affine=affine, tracked=tracked) for one in BLOCKS)
        self.shape = shape

    def hard(self, features: Tensor, operation: int) -> Tensor:
        """The output of one operation."""
        return features if operation == IDENTITY else self.blocks[operation](features)

    def soft(self, features: Tensor, weights: Tensor, computed: Sequence[int], number: Tensor | None = None) -> Tensor:
        """The sum of the `computed` operations' outputs, each times its weight, and of the number if there is one."""
        terms = [weights[operation] * self.hard(features, operation) for operation in computed]
        if number is not None or not terms:
            batch, _, height, width = features.shape
            stride = self.shape.stride
            like = features.new_zeros(1).expand(batch, self.shape.outputs, -(-height // stride), -(-width // stride))
            terms.append(like if number is None else number.to(features).expand_as(like))
        return reduce(torch.add, terms)


def _hard(features: Tensor, step: tuple[nn.Module, int]) -> Tensor:
    layer, operation = step
    return cast(SharedLayer, layer).hard(features, operation)
