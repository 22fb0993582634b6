"""Convolution, normalization and ReLU with weights that vertices of different widths share [Yu2021].

How wide a vertex of a NAS-Bench-101 cell is depends on how many feed the output, so a super-net has to say which of
its weights a narrower vertex uses. `SlicedLayer` takes some channels of the full kernel, `InterpolatedLayer` averages
over them, and with `SeparateLayer` nothing is shared between widths. Where channels are drawn, one draw serves all
vertices of a cell, so that they agree on what a channel is; the authors' code draws for each axis of each kernel.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "An Analysis of Super-Net Heuristics in Weight-Sharing NAS", arXiv:2110.01154, 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.bench.foundation.devices import moved
from nasrank.spaces.layers import Channels, Normalization, SlicedNormalization, convolve
from nasrank.spaces.ways import WeightPart

Draw: TypeAlias = Callable[[int, set[int], torch.Generator], dict[int, Channels]]


class SharedLayer(Protocol):
    """What vertices of all widths use."""

    def part(self, outputs: int, inputs: int) -> WeightPart:
        """The weights, by their names within the layer, of so many output and input channels."""


class ConvNormRelu(nn.Module):
    """Convolution without bias, normalization, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu_(self.norm(convolve(features, self.conv.weight)))


class SlicedLayer(nn.Module):
    """The chosen channels of the full layer."""

    def __init__(self, inputs: int | None, widths: tuple[int, ...], kernel: int, **norm: bool) -> None:
        super().__init__()
        self.square = inputs is None
        self.conv = nn.Conv2d(inputs or max(widths), max(widths), kernel, bias=False)
        self.norm = SlicedNormalization(max(widths), **norm)

    def forward(self, features: Tensor, channels: Channels) -> Tensor:
        kernel = self.conv.weight[channels]
        if self.square:
            kernel = kernel[:, channels]
        return F.relu_(self.norm.normalize(convolve(features, kernel), channels))

    def part(self, outputs: int, inputs: int) -> WeightPart:
        return WeightPart("conv.weight", (outputs, inputs))


class InterpolatedLayer(nn.Module):
    """The full kernel averaged adaptively over its channel axes; every width has normalization of its own."""

    def __init__(self, inputs: int | None, widths: tuple[int, ...], kernel: int, **norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs or max(widths), max(widths), kernel, bias=False)
        self.norms = nn.ModuleDict({str(width): Normalization(width, **norm) for width in widths})

    def forward(self, features: Tensor, channels: slice) -> Tensor:
        kernel = averaged(self.conv.weight, channels.stop, features.shape[1])
        return F.relu_(self.norms[str(channels.stop)](convolve(features, kernel)))

    def part(self, outputs: int, inputs: int) -> WeightPart:
        return WeightPart("conv.weight", (outputs, inputs), averaged)


def averaged(kernel: Tensor, outputs: int, inputs: int) -> Tensor:
    """The kernel for so many channels, each an average over neighbouring ones."""
    if kernel.is_cuda:  # the backward pass of the pool adds in any order there, which deterministic algorithms refuse
        return averaged_by_products(kernel, outputs, inputs)
    return F.adaptive_avg_pool2d(kernel.permute(2, 3, 0, 1), (outputs, inputs)).permute(2, 3, 0, 1)


def averaged_by_products(kernel: Tensor, outputs: int, inputs: int) -> Tensor:
    """The same up to rounding, as products with a matrix of weights for each of the two axes.

    In the kernel's own precision, also where products of matrices are computed in a lower one.
    """
    with torch.autocast(kernel.device.type, enabled=False):
        for axis, size in enumerate((outputs, inputs)):
            full = torch.eye(kernel.shape[axis], dtype=kernel.dtype, device=kernel.device)
            weights = F.adaptive_avg_pool1d(full, size)  # (channels of the kernel, size)
            kernel = torch.tensordot(weights, kernel, dims=([0], [axis])).movedim(0, axis)
    return kernel


class SeparateLayer(nn.Module):
    """A layer for each width."""

    def __init__(self, inputs: int | None, widths: tuple[int, ...], kernel: int, **norm: bool) -> None:
        super().__init__()
        layers = {str(width): ConvNormRelu(inputs or width, width, kernel, **norm) for width in widths}
        self.layers = nn.ModuleDict(layers)

    def forward(self, features: Tensor, channels: slice) -> Tensor:
        return self.layers[str(channels.stop)](features)  # type: ignore[no-any-return]

    def part(self, outputs: int, inputs: int) -> WeightPart:
        del inputs
        return WeightPart(f"layers.{outputs}.conv.weight")


def max_pool(images: Tensor) -> Tensor:
    """3x3 maximum, the size kept; first over rows and then over columns where no gradient is wanted.

    That is 3 times faster on 8 channels-last channels and 8 times on 5.
    """
    if images.requires_grad:
        return F.max_pool2d(images, 3, stride=1, padding=1)
    over_rows = images.clone()
    torch.maximum(over_rows[:, :, 1:], images[:, :, :-1], out=over_rows[:, :, 1:])
    torch.maximum(over_rows[:, :, :-1], images[:, :, 1:], out=over_rows[:, :, :-1])
    pooled = over_rows.clone()
    torch.maximum(pooled[..., 1:], over_rows[..., :-1], out=pooled[..., 1:])
    torch.maximum(pooled[..., :-1], over_rows[..., 1:], out=pooled[..., :-1])
    return pooled


def first_channels(widths: set[int]) -> dict[int, Channels]:
    """For each width the first so many channels."""
    return {width: slice(width) for width in widths}


def random_chunk(full: int, widths: set[int], generator: torch.Generator) -> dict[int, Channels]:
    """A run that begins anywhere in a layer of `full` channels; narrower vertices take the first of it."""
    start = int(torch.randint(full - max(widths) + 1, (), generator=generator))
    return {width: slice(start, start + width) for width in widths}


def random_channels(full: int, widths: set[int], generator: torch.Generator) -> dict[int, Channels]:
    """Channels drawn without replacement; narrower vertices take the first of them.

    Those that all widths have are in ascending order, so that the full layer remains as it is.
    """
    drawn = torch.randperm(full, generator=generator)[: max(widths)]
    common = min(widths)
    drawn = torch.cat([drawn[:common].sort().values, drawn[common:]])
    return {width: drawn[:width] for width in widths}


def on_device(channels: dict[int, Channels], device: torch.device) -> dict[int, Channels]:
    """Drawn channels as the layers on a device index with them; the indices of narrower vertices are the first ones."""
    longest = channels[max(channels)]
    if isinstance(longest, slice):
        return channels
    there = moved(longest, device)
    return {width: there[:width] for width in channels}


CHANNEL_SHARING: dict[str, tuple[type[nn.Module], Draw | None]] = {
    "fixed_chunk": (SlicedLayer, None),
    "shuffled_chunk": (SlicedLayer, random_chunk),
    "random_channels": (SlicedLayer, random_channels),
    "interpolation": (InterpolatedLayer, None),
    "separate": (SeparateLayer, None),
}
"""The layer of each form, and how a training forward draws the channels of each width when not the first ones."""
