"""The layers that DARTS's networks and its super-net are made of [Liu2019].

All of them keep images channels-last, which makes depthwise convolutions four times as fast on a CPU.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.costs import KERNELS
from nasrank.spaces.darts.genotype import DIL_3X3, DIL_5X5
from nasrank.spaces.kernels import average_pool
from nasrank.spaces.layers import Normalization, convolve


class AfterRelu(nn.Module):
    """A layer that begins with a ReLU, which several of them can share."""

    def forward(self, images: Tensor) -> Tensor:
        return self.after_relu(F.relu(images))

    def after_relu(self, rectified: Tensor) -> Tensor:
        """The same for an input that went through the ReLU already."""
        raise NotImplementedError


class PointwiseNorm(AfterRelu):
    """ReLU, pointwise convolution, normalization."""

    def __init__(self, inputs: int, outputs: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def after_relu(self, rectified: Tensor) -> Tensor:
        return cast(Tensor, self.norm(convolve(rectified, self.conv.weight, together=_together(self.norm))))


class FactorizedReduction(AfterRelu):
    """ReLU, half the resolution by two pointwise convolutions side by side, normalization.

    One sees the pixels in even rows and columns, the other those in odd ones; in images of odd sizes, zeros stand where
    the last row or column of these would be. A single channel is made of the even ones alone.
    """

    def __init__(self, inputs: int, outputs: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.even = nn.Conv2d(inputs, outputs - outputs // 2, 1, bias=False)
        self.odd = nn.Conv2d(inputs, outputs // 2, 1, bias=False) if outputs > 1 else None
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def after_relu(self, rectified: Tensor) -> Tensor:
        height, width = rectified.shape[2:]
        together = _together(self.norm)
        if height % 2 or width % 2:
            rectified = F.pad(rectified, (0, width % 2, 0, height % 2))
        parts = [convolve(_every_other(rectified, 0), self.even.weight, together=together)]
        if self.odd is not None:
            parts.append(convolve(_every_other(rectified, 1), self.odd.weight, together=together))
        return cast(Tensor, self.norm(torch.cat(parts, 1)))


class DepthwiseNorm(AfterRelu):
    """ReLU, depthwise and pointwise convolution, normalization: half a separable convolution, or a dilated one."""

    def __init__(
        self, width: int, kernel: int, *, stride: int = 1, dilation: int = 1, affine: bool = True, tracked: bool = True
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.depthwise = nn.Conv2d(
            width, width, kernel, stride=stride, padding=padding, dilation=dilation, groups=width, bias=False
        )
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = Normalization(width, affine=affine, tracked=tracked)

    def after_relu(self, rectified: Tensor) -> Tensor:
        mixed = convolve(self._by_channel(rectified), self.pointwise.weight, together=_together(self.norm))
        return cast(Tensor, self.norm(mixed))

    def _by_channel(self, images: Tensor) -> Tensor:
        """The depthwise convolution.

        One of stride 2 that is dilated by 2 sees every other row and column alone, and is one without either of these:
        six times as fast, with the backward pass.
        """
        layer = self.depthwise
        if layer.stride[0] == layer.dilation[0] == 2:
            padding = layer.kernel_size[0] // 2
            return F.conv2d(_every_other(images, 0), layer.weight, padding=padding, groups=layer.groups)
        return cast(Tensor, layer(images))


class SeparableConvolution(AfterRelu):
    """Twice ReLU, depthwise and pointwise convolution, normalization; the first has the stride."""

    def __init__(self, width: int, kernel: int, *, stride: int = 1, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.first = DepthwiseNorm(width, kernel, stride=stride, affine=affine, tracked=tracked)
        self.second = DepthwiseNorm(width, kernel, affine=affine, tracked=tracked)

    def after_relu(self, rectified: Tensor) -> Tensor:
        return cast(Tensor, self.second(self.first.after_relu(rectified)))


def convolution(operation: int, width: int, *, stride: int, affine: bool = True, tracked: bool = True) -> AfterRelu:
    """The layer of one of `CONVOLUTIONS`."""
    kernel = KERNELS[operation]
    if operation in (DIL_3X3, DIL_5X5):
        return DepthwiseNorm(width, kernel, stride=stride, dilation=2, affine=affine, tracked=tracked)
    return SeparableConvolution(width, kernel, stride=stride, affine=affine, tracked=tracked)


def maximum(images: Tensor, stride: int) -> Tensor:
    """3x3 maximum over the values inside the image."""
    return F.max_pool2d(images, 3, stride, 1)


def average(images: Tensor, stride: int) -> Tensor:
    """3x3 average over the values inside the image."""
    return average_pool(images) if stride == 1 else F.avg_pool2d(images, 3, stride, 1, count_include_pad=False)


def _every_other(images: Tensor, first: int) -> Tensor:
    """Pixels of every other row and column."""
    return images[:, :, first::2, first::2].contiguous(memory_format=torch.channels_last)


def _together(norm: Normalization) -> bool:
    """Whether pointwise convolutions may take several pixels as one, as they do in super-nets alone."""
    return not norm.track_running_stats
