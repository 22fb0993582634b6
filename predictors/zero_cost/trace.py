"""What a network computes, seen from outside: convolutions, linear maps, ReLUs and pools in the order of their calls.

Networks here call functions as often as modules, and one weight may be applied by either; so calls are recorded where
torch dispatches functions, which serves any network. What is recorded takes part in the graph of gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

CONVOLUTIONS = {torch.conv1d, torch.conv2d, torch.conv3d, F.conv1d, F.conv2d, F.conv3d}
RELUS = {F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, F.relu6}
"""ReLU6 is one of them: what is told of a ReLU is whether its input is above zero."""

NORMALIZATIONS = {F.batch_norm, torch.batch_norm}
MEANS = {torch.mean, Tensor.mean}
POOLS = {F.adaptive_avg_pool2d, torch._C._nn.adaptive_avg_pool2d}


@dataclass(frozen=True, eq=False)
class Call:
    """A convolution or a linear map that was applied.

    Attributes:
        name: of the weight in the network.
        weight: the parameter `(outputs, inputs, ...)`.
        inputs: what it was applied to.
        output: what came of it; gradients arrive at this tensor.
        channel_axis: where the output has its channels: the last for linear maps, the second for convolutions.
        biased: whether a bias was added.
    """

    name: str
    weight: Tensor
    inputs: Tensor
    output: Tensor
    channel_axis: int
    biased: bool

    def by_channel(self, values: Tensor) -> Tensor:
        """Values of the output's shape as `(batch, channels, positions)`."""
        return values.movedim(self.channel_axis, 1).flatten(2) if values.ndim > 2 else values[:, :, None]


class Trace(TorchFunctionMode):
    """Records what the network computes while it is entered.

    Args:
        network: whose weights are told by name.
        normalized: whether batch normalization normalizes; else it returns its input.
        kept: which of the attributes are recorded; what is not recorded need not stay in memory.

    Attributes:
        calls: convolutions and linear maps, in order.
        rectified: inputs of ReLUs, in order; one that is overwritten has its ReLU's output, whose signs are the same.
        pooled: what global average pools were applied to `(batch, channels, height, width)`, in order.
    """

    def __init__(
        self, network: nn.Module, *, normalized: bool = True, kept: Collection[str] = ("calls", "rectified", "pooled")
    ) -> None:
        super().__init__()
        self._names = {one.data_ptr(): (name, one) for name, one in network.named_parameters() if one.ndim > 1}
        self._normalized, self._kept = normalized, kept
        self.calls: list[Call] = []
        self.rectified: list[Tensor] = []
        self.pooled: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        if func in NORMALIZATIONS and not self._normalized:
            return argument("input", 0, args, kwargs)
        result = func(*args, **kwargs)
        if "calls" in self._kept and (func in CONVOLUTIONS or func is F.linear):
            self._record(args, kwargs, result, axis=-1 if func is F.linear else 1)
        elif "rectified" in self._kept and func in RELUS:
            self.rectified.append(argument("input", 0, args, kwargs))
        elif "pooled" in self._kept and (
            (func in MEANS and result.ndim == 2) or (func in POOLS and result.shape[2:].numel() == 1)
        ):
            inputs = argument("input", 0, args, kwargs)
            if inputs.ndim == 4:
                self.pooled.append(inputs)
        return result

    def _record(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], output: Tensor, axis: int) -> None:
        inputs, used = (argument(name, place, args, kwargs) for place, name in enumerate(("input", "weight")))
        if used.data_ptr() in self._names:  # a pointwise kernel may be applied as a matrix, which is a view of it
            name, weight = self._names[used.data_ptr()]
            biased = argument("bias", 2, args, kwargs) is not None
            self.calls.append(Call(name, weight, inputs, output, axis, biased))


def argument(name: str, place: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a call gives for a parameter, by its place or by its name; None where it does not."""
    return args[place] if place < len(args) else kwargs.get(name)
