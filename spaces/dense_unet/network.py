"""The stand-alone dense encoder-decoder [Mortazi2018], connected as in [Jegou2017].

A block is a few layers, each a convolution without bias, batch normalization and Swish, which see what enters the block
and what the layers before them made [Huang2017]. On the way down all of that is pooled to half the size for the block
below. On the way up only what a block made is doubled in size, by repeating each pixel, and stands beside what led down
at that scale. The classifier sees all that the last block saw and made. Sides that are odd are rounded up on the way
down, where the last row or column is pooled by itself, and cut on the way up.

The authors search what each layer of a larger network is, on scans of hearts; how they connect layers could not be read
in full, and these connections are ours. Here the networks are small, and layers of one block are alike.

References:
    [Mortazi2018] Mortazi & Bagci, "Automatically Designing CNN Architectures for Medical Image Segmentation", MLMI
        2018.
    [Jegou2017] Jégou et al., "The One Hundred Layers Tiramisu: Fully Convolutional DenseNets for Semantic
        Segmentation", CVPR Workshops 2017.
    [Huang2017] Huang et al., "Densely Connected Convolutional Networks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.dense_unet.blocks import BLOCKS, DOWN, Block, DenseUnet
from nasrank.spaces.dense_unet.costs import CLASSES, IMAGE_CHANNELS, LAYERS
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.kernels import pointwise
from nasrank.spaces.layers import Normalization

State: TypeAlias = tuple[Tensor, ...]
"""What the blocks behind a place will see: what leads down at each scale above, and last what the block there left."""


def convolved(features: Tensor, kernel: Tensor, *, together: bool = True) -> Tensor:
    """Convolve without bias, padded so that the size stays, with a kernel of odd height and width.

    Args:
        together: see `nasrank.spaces.layers.convolve`.
    """
    height, width = kernel.shape[2:]
    if height == width == 1 and features.is_contiguous(memory_format=torch.channels_last):
        return pointwise(features, kernel, together=together)
    return F.conv2d(features, kernel, padding=(height // 2, width // 2))


def pooled(features: Tensor, pooling: str) -> Tensor:
    """Of each 2x2 the greatest value or the mean, of what of it lies inside the image."""
    pool = F.max_pool2d if pooling == "max" else F.avg_pool2d
    return pool(features, 2, ceil_mode=True)


def doubled(features: Tensor, height: int, width: int) -> Tensor:
    """Each pixel four times, as far as this size goes."""
    return F.interpolate(features, scale_factor=2)[..., :height, :width]


def passed(state: State, place: int, pooling: str, block: Callable[[Tensor], Tensor]) -> State:
    """The state behind the block at a place, from that before it, which is the images alone before the first.

    Args:
        block: makes of features these and those of its layers.
    """
    *before, features = state
    if place > DOWN:
        beside = before.pop()
        features = torch.cat([beside, doubled(features, *beside.shape[2:])], 1)
    elif place:
        before, features = list(state), pooled(features, pooling)
    seen = features.shape[1]
    features = block(features)
    return (*before, features[:, seen:] if DOWN <= place < BLOCKS - 1 else features)


class DenseLayer(nn.Module):
    """A convolution without bias, batch normalization and Swish."""

    def __init__(self, channels: int, block: Block) -> None:
        super().__init__()
        height, width = block.kernel
        self.conv = nn.Conv2d(channels, block.filters, block.kernel, padding=(height // 2, width // 2), bias=False)
        self.norm = Normalization(block.filters)

    def forward(self, features: Tensor) -> Tensor:
        return F.silu(self.norm(convolved(features, self.conv.weight, together=False)))


class DenseBlock(nn.Module):
    """Layers of which each sees all before it.

    Args:
        channels: that enter it.
        layers: how many.
    """

    def __init__(self, channels: int, block: Block, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(channels + before * block.filters, block) for before in range(layers))

    def forward(self, features: Tensor) -> Tensor:
        """The features that enter, and behind them those of each layer."""
        for layer in self.layers:
            features = torch.cat([features, layer(features)], 1)
        return features


class DenseUnetNetwork(nn.Module):
    """The stand-alone network.

    Args:
        unet: the architecture.
        layers: of each block.
        classes: of a pixel.
        image_channels: channels of the input.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(
        self,
        unet: DenseUnet,
        *,
        layers: int = LAYERS,
        classes: int = CLASSES,
        image_channels: int = IMAGE_CHANNELS,
    ) -> None:
        refuse_sizes(layers=layers, classes=classes, image_channels=image_channels)
        super().__init__()
        self.poolings = [step.pooling for step in unet.steps]
        self.blocks = nn.ModuleList(
            DenseBlock(image_channels + layers * sum(step.entering), step.block, layers) for step in unet.steps
        )
        last = unet.steps[-1]
        seen = image_channels + layers * (sum(last.entering) + last.block.filters)
        self.classifier = nn.Conv2d(seen, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Scores `(batch, classes, height, width)` of images `(batch, channels, height, width)` of any size."""
        state: State = (images,)
        for place, (pooling, block) in enumerate(zip(self.poolings, self.blocks, strict=True)):
            state = passed(state, place, pooling, block)
        return self.classifier(state[-1])  # type: ignore[no-any-return]
