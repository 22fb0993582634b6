"""Layers that the networks of several spaces are made of, and partial channels [Xu2020].

With partial channels an operation works on the first channels of its input, one of every so many, and the others go
past it. The authors interleave the channels afterwards, which leaves the first and the last where they are, and all of
them where the operation works on a single one. Here those that were operated on go last, so each has its turn.

References:
    [Xu2020] Xu et al., "PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from typing import TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.kernels import normalized, pointwise

Channels: TypeAlias = slice | Tensor
"""Some channels of a full layer: the first so many, a run of them, or those whose indices `(width,)` are given."""


class Normalization(nn.BatchNorm2d):
    """Batch normalization; without `tracked`, evaluation too uses the statistics of the batch."""

    def __init__(self, channels: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__(channels, affine=affine, track_running_stats=tracked)

    def forward(self, images: Tensor) -> Tensor:
        if self.track_running_stats:
            return super().forward(images)
        return normalized(images, self.weight, self.bias, self.eps)


class SlicedNormalization(Normalization):
    """Batch normalization with the scale, the shift and the running statistics of the chosen channels."""

    def normalize(self, features: Tensor, channels: Channels) -> Tensor:
        scale, shift = (self.weight[channels], self.bias[channels]) if self.affine else (None, None)
        if not self.track_running_stats:
            return normalized(features, scale, shift, self.eps)
        running = cast(Tensor, self.running_mean), cast(Tensor, self.running_var)
        mean, variance = (statistics[channels] for statistics in running)
        rate = 0.0
        if self.training:
            batches = cast(Tensor, self.num_batches_tracked).add_(1)
            rate = 1 / float(batches) if self.momentum is None else self.momentum
        outputs = F.batch_norm(features, mean, variance, scale, shift, self.training, rate, self.eps)
        if self.training and isinstance(channels, Tensor):
            # Those of indices are copies; a slice is a view, and writing it again would make its backward pass refuse.
            running[0][channels], running[1][channels] = mean, variance
        return outputs


def convolve(images: Tensor, weight: Tensor, stride: int = 1, *, together: bool = True) -> Tensor:
    """Convolve without bias, padded so that stride 1 keeps the size.

    A pointwise kernel on channels-last images is a matrix product, which is twice as fast.

    Args:
        together: whether such a product may take several pixels as one. Proxies, which look into the layers of a
            network, would count the weights for each of these.
    """
    side = weight.shape[-1]
    if side == stride == 1 and images.is_contiguous(memory_format=torch.channels_last):
        return pointwise(images, weight, together=together)
    return F.conv2d(images, weight, stride=stride, padding=side // 2)


def operated_width(width: int, partial_channels: int) -> int:
    """How many of so many channels an operation works on, one of every `partial_channels`."""
    return max(1, width // partial_channels)


def put_last(operated: Tensor, rest: Tensor) -> Tensor:
    """All channels again, those that an operation worked on behind those that went past it."""
    return torch.cat([rest, operated], 1)


def refuse_channels(channels: int, partial_channels: int) -> None:
    """ValueError unless an operation can work on one of every so many channels."""
    if not 1 <= partial_channels <= channels:
        raise ValueError(f"partial_channels is {partial_channels}; with {channels} channels it is 1 to {channels}")
