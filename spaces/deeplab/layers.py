"""The layers that Auto-DeepLab's networks and its super-net are made of [Liu2019b].

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu, DepthwiseNorm, SeparableConvolution
from nasrank.spaces.deeplab.costs import HEAD_MULTIPLIER, side
from nasrank.spaces.deeplab.segmenter import AVG, CONV, DIL, OPERATIONS, SEP, SKIP
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.kernels import average_pool
from nasrank.spaces.layers import Normalization
from nasrank.spaces.trellis.layers import ConvolutionNorm, Operations
from nasrank.spaces.trellis.sizes import STEM_LEVEL, cell_width


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
