"""Networks as a processor likes them, and soft paths on the device of the images that go along them.

A strategy keeps the weights of a soft path on the CPU, where it turns them into decisions. A super-net needs them where
its own weights are: hundreds of products take one of them each. So all go there by one transfer, and their gradients
come back together, which is the one moment at which an update of the architecture waits for the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from nasrank.bench.foundation.devices import moved

N = TypeVar("N", bound=nn.Module)


def placed(vectors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """The same vectors, of one type and any shapes, on a device; themselves where they are there already.

    One whose copy nothing is computed of gets no gradient, as it would without copies.
    """
    if all(vector.device == device for vector in vectors):
        return list(vectors)
    return list(cast(tuple[Tensor, ...], _Placed.apply(device, *vectors)))  # type: ignore[no-untyped-call]


def together(vectors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Copies on a device by one transfer; from the CPU without waiting for it."""
    joined = torch.cat([vector.reshape(-1) for vector in vectors])
    there = moved(joined, device) if joined.device.type == "cpu" else joined.to(device)
    parts = torch.split(there, [vector.numel() for vector in vectors])
    return [part.view(vector.shape) for part, vector in zip(parts, vectors, strict=True)]


def channels_last(network: N) -> N:
    """The network, the kernels of which have their channels last in memory: of images, and of volumes."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    for parameter in network.parameters():
        if parameter.ndim in formats:
            parameter.data = parameter.data.contiguous(memory_format=formats[parameter.ndim])
    return network


class _Placed(torch.autograd.Function):
    """Copies of vectors on another device, which know where gradients go back to."""

    @staticmethod
    def forward(ctx: Any, device: torch.device, *vectors: Tensor) -> tuple[Tensor, ...]:
        ctx.home = vectors[0].device
        ctx.set_materialize_grads(False)  # None stays None: an optimizer leaves alone what has no gradient
        return tuple(together(vectors, device))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        there = iter(together([one for one in gradients if one is not None], ctx.home))
        return None, *(None if one is None else next(there) for one in gradients)
