"""Layers that the networks of several spaces are made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Normalization(nn.BatchNorm2d):
    """Batch normalization; without `tracked`, evaluation too uses the statistics of the batch."""

    def __init__(self, channels: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__(channels, affine=affine, track_running_stats=tracked)


def convolve(images: Tensor, weight: Tensor, stride: int = 1) -> Tensor:
    """Convolve without bias, padded so that stride 1 keeps the size.

    A pointwise kernel on channels-last images is a matrix product, which is twice as fast.
    """
    side = weight.shape[-1]
    if side == stride == 1 and images.is_contiguous(memory_format=torch.channels_last):
        product: Tensor = F.linear(images.permute(0, 2, 3, 1), weight.flatten(1))
        return product.permute(0, 3, 1, 2)
    return F.conv2d(images, weight, stride=stride, padding=side // 2)


def refuse_below_one(**sizes: int) -> None:
    """ValueError that names the first of the sizes that is below one."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; a network needs at least 1")
