"""Layers of super-nets as a CPU computes them fast: the values of torch's own functions, up to rounding.

Of images with few channels, torch's batch normalization, pointwise convolution and average pooling leave most lanes of
a processor's vectors empty. Here several pixels fill them together: with the channels last, images of 8 channels are a
matrix of half as many rows and 16 columns, too. On other devices, in other layouts and in other precisions torch's own
functions serve, and wherever they are faster.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

LANES = 16
"""Numbers of single precision in the widest vectors of a CPU."""

COLUMNS = 128
"""Of the matrix whose columns are summed by channel: fewer leave lanes empty, and more bring nothing."""

FEW_NUMBERS = 1 << 17
"""With fewer numbers, one call of torch's is as fast as the several that take its place here."""


def packed(images: Tensor) -> bool:
    """Whether the pixels of images lie one after the other in single precision, on a CPU: what these kernels take."""
    return (
        images.device.type == "cpu"
        and images.dtype == torch.float32
        and images.is_contiguous(memory_format=torch.channels_last)
        and not torch.is_autocast_enabled("cpu")
    )


def pointwise(images: Tensor, weight: Tensor, *, together: bool = True) -> Tensor:
    """Convolve channels-last images `(batch, inputs, height, width)` with a kernel `(outputs, inputs, 1, 1)`.

    That is a matrix product, of several pixels `together` where one has too few channels for a vector.
    """
    batch, inputs, height, width = images.shape
    matrix = weight.flatten(1)
    pixels = LANES // inputs if together and LANES % inputs == 0 else 1
    if pixels == 1 or batch * height * width % pixels or not packed(images):
        product: Tensor = F.linear(images.permute(0, 2, 3, 1), matrix)
        return product.permute(0, 3, 1, 2)
    rows = images.permute(0, 2, 3, 1).reshape(-1, pixels * inputs)
    product = F.linear(rows, torch.kron(_identity(pixels), matrix))
    return product.view(batch, height, width, len(matrix)).permute(0, 3, 1, 2)


def normalized(images: Tensor, scale: Tensor | None, shift: Tensor | None, epsilon: float) -> Tensor:
    """Batch normalization of images `(batch, channels, height, width)` by their own statistics.

    Only where no gradient is wanted, as in scoring, is there anything faster than torch's: its backward pass is one
    call for what would take a dozen here.

    Args:
        scale: `(channels,)`, as `shift`; None for neither.
        epsilon: added to the variances.
    """
    channels, count = images.shape[1], images.numel() // images.shape[1]
    fits = images.numel() >= FEW_NUMBERS and images.numel() % COLUMNS == COLUMNS % channels == 0
    if torch.is_grad_enabled() or not fits or not packed(images):
        return F.batch_norm(images, None, None, scale, shift, training=True, eps=epsilon)
    rows = images.permute(0, 2, 3, 1).reshape(-1, COLUMNS)
    centred = rows - _by_column(_by_channel(rows.sum(0), channels) / count)
    factor = (_by_channel((centred * centred).sum(0), channels) / count + epsilon).rsqrt_()
    if scale is None or shift is None:
        centred *= _by_column(factor)
    else:
        centred = torch.addcmul(_by_column(shift), centred, _by_column(factor * scale))
    return centred.view(images.permute(0, 2, 3, 1).shape).permute(0, 3, 1, 2)


def _by_channel(sums: Tensor, channels: int) -> Tensor:
    """Sums of columns `(COLUMNS,)`, added up for each channel."""
    return sums.view(-1, channels).sum(0)


def _by_column(values: Tensor) -> Tensor:
    """One value a channel, repeated for every column."""
    return values.expand(COLUMNS // len(values), -1).reshape(-1)


def average_pool(images: Tensor) -> Tensor:
    """3x3 average over the values inside the image, of images `(batch, channels, height, width)`."""
    if images.numel() < FEW_NUMBERS or not packed(images):
        return F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    result: Tensor = _AveragePool.apply(images)  # type: ignore[no-untyped-call]
    return result


class _AveragePool(torch.autograd.Function):
    """A sum over neighbours, which is its own transpose, divided by how many there are."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        ctx.size = images.shape[2:]
        return _summed(images).mul_(_shares(*ctx.size))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _summed((gradient * _shares(*ctx.size)).contiguous(memory_format=torch.channels_last))


def _summed(images: Tensor) -> Tensor:
    """Sums over 3x3 neighbours: over rows, then over columns."""
    rows = images.clone(memory_format=torch.preserve_format)
    rows[:, :, 1:] += images[:, :, :-1]
    rows[:, :, :-1] += images[:, :, 1:]
    sums = rows.clone(memory_format=torch.preserve_format)
    sums[..., 1:] += rows[..., :-1]
    sums[..., :-1] += rows[..., 1:]
    return sums


@lru_cache
def _identity(size: int) -> Tensor:
    with torch.inference_mode(False):  # a backward pass may need it, whatever asked for it first
        return torch.eye(size)


@lru_cache
def _shares(height: int, width: int) -> Tensor:
    """`(height, width)`, 1 / how many pixels lie in the window around each."""
    ones = torch.ones(1, 1, height, width)
    return _summed(ones)[0, 0].reciprocal_()
