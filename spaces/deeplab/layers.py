"""The layers that Auto-DeepLab's networks and its super-net are made of [Liu2019b], of images and of volumes.

Volumes `(batch, channels, depth, height, width)` have their channels last in memory, as images do. What sees one place
at a time takes them as images of so many more rows.

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu, DepthwiseNorm, PointwiseNorm, SeparableConvolution
from nasrank.spaces.deeplab.costs import HEAD_MULTIPLIER, STEM_LEVEL, cell_width, node_width, side
from nasrank.spaces.deeplab.segmenter import AVG, CONV, DIL, OPERATIONS, SEP, SKIP
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.kernels import average_pool
from nasrank.spaces.layers import Normalization


def by_place(layer: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    """What a layer that sees one place at a time makes of images, or of volumes."""
    if features.ndim == 4:
        return layer(features)
    return torch.unflatten(layer(features.flatten(2, 3)), 2, features.shape[2:4])


class ConvolutionNorm(AfterRelu):
    """ReLU, 3x3 convolution of images or 3x3x3 of volumes, normalization.

    Args:
        dimensions: 2 for images, 3 for volumes.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        dimensions: int = 2,
        affine: bool = True,
        tracked: bool = True,
    ) -> None:
        super().__init__()
        kind = nn.Conv2d if dimensions == 2 else nn.Conv3d
        self.conv = kind(inputs, outputs, 3, padding=1, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def after_relu(self, rectified: Tensor) -> Tensor:
        return by_place(self.norm, self.conv(rectified))


class Entrance(PointwiseNorm):
    """ReLU, pointwise convolution, normalization, of images or of volumes."""

    def after_relu(self, rectified: Tensor) -> Tensor:
        return by_place(super().after_relu, rectified)


class Operations(NamedTuple):
    """What the operations of cells compute.

    Attributes:
        number: how many there are.
        layer: of an operation and a width, the layer, or None where it has no weights.
        without_weights: what an operation that has none makes of features.
    """

    number: int
    layer: Callable[..., AfterRelu | None]
    without_weights: Callable[[int, Tensor], Tensor]


def convolution(operation: int, width: int, *, affine: bool = True, tracked: bool = True) -> AfterRelu | None:
    """The layer of an operation, or None where it has no weights."""
    match operation:
        case op if op == CONV:
            return ConvolutionNorm(width, width, affine=affine, tracked=tracked)
        case op if op == SEP:
            return SeparableConvolution(width, 3, affine=affine, tracked=tracked)
        case op if op == DIL:
            return DepthwiseNorm(width, 3, dilation=2, affine=affine, tracked=tracked)
        case _:
            return None


def without_weights(operation: int, features: Tensor) -> Tensor:
    """What an operation that has none makes of features."""
    assert operation in (SKIP, AVG)
    return features if operation == SKIP else average_pool(features)


ALL = Operations(len(OPERATIONS), convolution, without_weights)


def resized(features: Tensor, size: Sequence[int]) -> Tensor:
    """Images of this height and width by bilinear interpolation, or volumes of this depth, too, by trilinear."""
    if features.shape[2:] == torch.Size(size):
        return features
    mode = "bilinear" if features.ndim == 4 else "trilinear"
    return F.interpolate(features, tuple(size), mode=mode, align_corners=False)


def entrance(channels: int, source: int, level: int, *, affine: bool = True, tracked: bool = True) -> Entrance:
    """What brings the output of a cell at one level to the width of another."""
    return Entrance(cell_width(channels, source), node_width(channels, level), affine=affine, tracked=tracked)


class Head(nn.Module):
    """Three branches side by side, which see a pixel, its surroundings and the whole image, and what makes scores."""

    def __init__(self, channels: int, level: int, classes: int, *, tracked: bool = True) -> None:
        super().__init__()
        inputs, branch = cell_width(channels, level), HEAD_MULTIPLIER * channels
        self.near = nn.Conv2d(inputs, branch, 1, bias=False)
        self.near_norm = Normalization(branch, tracked=tracked)
        self.around = nn.Conv2d(inputs, branch, 3, padding=2, dilation=2, bias=False)
        self.around_norm = Normalization(branch, tracked=tracked)
        self.everywhere = nn.Linear(inputs, branch)
        self.scores = nn.Conv2d(3 * branch, classes, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Scores `(batch, classes, height, width)` at the resolution of the features."""
        near, around = self.near_norm(self.near(features)), self.around_norm(self.around(features))
        everywhere = self.everywhere(features.mean((2, 3)))[:, :, None, None].expand_as(near)
        scores: Tensor = self.scores(F.relu(torch.cat([near, around, everywhere], 1)))
        return scores


class Around(nn.Module):
    """The stem, and sizes of features.

    Raises:
        ValueError: a size is no integer, or below one.
    """

    def __init__(self, *, channels: int, classes: int, image_channels: int, tracked: bool = True) -> None:
        refuse_sizes(channels=channels, classes=classes, image_channels=image_channels)
        super().__init__()
        width = cell_width(channels, STEM_LEVEL)
        self.stem_conv = nn.Conv2d(image_channels, width, 3, stride=2, padding=1, bias=False)
        self.stem_norm = Normalization(width, tracked=tracked)

    def stem(self, images: Tensor) -> Tensor:
        """Features of level 0, of half the resolution."""
        images = images.contiguous(memory_format=torch.channels_last)
        return self.stem_norm(self.stem_conv(images))  # type: ignore[no-any-return]


def sizes(images: Tensor, levels: int) -> list[tuple[int, int]]:
    """Height and width of features at each level."""
    height, width = images.shape[2:]
    return [(side(height, level), side(width, level)) for level in range(levels)]
