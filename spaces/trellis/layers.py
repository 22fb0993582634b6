"""The layers that cells and their entrances are made of, of images and of volumes.

Volumes `(batch, channels, depth, height, width)` have their channels last in memory, as images do. What sees one place
at a time takes them as images of so many more rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu, PointwiseNorm
from nasrank.spaces.layers import Normalization
from nasrank.spaces.trellis.sizes import cell_width, node_width


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


def resized(features: Tensor, size: Sequence[int]) -> Tensor:
    """Images of this height and width by bilinear interpolation, or volumes of this depth, too, by trilinear."""
    if features.shape[2:] == torch.Size(size):
        return features
    mode = "bilinear" if features.ndim == 4 else "trilinear"
    return F.interpolate(features, tuple(size), mode=mode, align_corners=False)


def entrance(channels: int, source: int, level: int, *, affine: bool = True, tracked: bool = True) -> Entrance:
    """What brings the output of a cell at one level to the width of another."""
    return Entrance(cell_width(channels, source), node_width(channels, level), affine=affine, tracked=tracked)
