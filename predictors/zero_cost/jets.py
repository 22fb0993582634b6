"""A network's outputs along two directions of its weights at once: their values, both slopes, and the mixed one.

With weights `w + s w + t g`, every value x in the network depends on s and t. What is carried along is its jet at
s = t = 0: `x`, `dx/ds`, `dx/dt` and `d2x/dsdt`, stacked along the batch, so that a network sees a batch four times as
large. Functions that are linear in each image do what they always do; for the others there are rules here. This costs
six forward passes and keeps nothing, where a gradient of a gradient keeps everything, and takes the second gradients of
convolutions a slow way. PyTorch's own forward derivatives do not serve: nested, those of batch normalization are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from nasrank.predictors.zero_cost.trace import CONVOLUTIONS, RELUS, argument

Function = Callable[..., Tensor]

SMOOTH = {F.silu, F.gelu, torch.sigmoid, Tensor.sigmoid, torch.tanh, Tensor.tanh}
"""Functions of one number at a time."""

LINEAR = {
    *("add", "add_", "__add__", "__radd__", "__iadd__", "sub", "__sub__", "cat", "mean", "avg_pool2d", "zeros_like"),
    *("adaptive_avg_pool2d", "permute", "flatten", "view", "reshape", "__getitem__", "to", "contiguous"),
}
"""Names of functions that are linear in each image, as networks use them; `mul` by a number is, too."""


class NoRule(ValueError):  # noqa: N818  (its message says what is missing)
    """A network calls a function whose jets are not known."""


class Jets(TorchFunctionMode):
    """While it is entered, functions of jets give jets; gradients are not recorded.

    Args:
        directions: what weights move by as t grows, by their address; others stay as they are.

    Raises:
        NoRule: a function is called that is not linear and has no rule.
    """

    def __init__(self, directions: Mapping[int, Tensor]) -> None:
        super().__init__()
        self._directions = directions

    def __torch_function__(
        self,
        func: Function,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        if func in CONVOLUTIONS or func is F.linear:
            return self._bilinear(func, args, kwargs)
        if func in RELUS:
            return _rectified(argument("input", 0, args, kwargs), most=6.0 if func is F.relu6 else inf)
        if func is F.batch_norm:
            return _normalized(args, kwargs)
        if func in SMOOTH:
            return _smooth(func, argument("input", 0, args, kwargs))
        if func is F.max_pool2d:
            return _largest(args, kwargs)
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", str(func))
        by_number = name in {"mul", "__mul__", "__rmul__"} and sum(isinstance(one, Tensor) for one in args) == 1
        results = result if isinstance(result, tuple) else (result,)
        has_jets = any(isinstance(one, Tensor) and one.ndim > 1 for one in results)
        if has_jets and name not in LINEAR and not by_number:
            raise NoRule(f"there is no rule for the second derivative of {name}")
        return result

    def _bilinear(self, func: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
        """Of the weight w (1 + s) + g t, which has no mixed part; the bias does not move."""
        jet, weight, bias = (
            argument(name, place, args, kwargs) for place, name in enumerate(("input", "weight", "bias"))
        )
        rest = {name: value for name, value in kwargs.items() if name not in {"input", "weight", "bias"}}

        def apply(inputs: Tensor, by: Tensor) -> Tensor:
            return func(inputs, by, None, *args[3:], **rest)

        result = apply(jet, weight)
        value, along_s, along_t, mixed = result.chunk(4)
        if (direction := self._directions.get(weight.data_ptr())) is not None:
            along_s += value
            mixed += along_t
            turned, turned_along_s = apply(jet[: len(jet) // 2], direction.view_as(weight)).chunk(2)
            along_t += turned
            mixed += turned_along_s
        if bias is not None:
            value += bias if func is F.linear else bias.view(-1, *(1,) * (value.ndim - 2))
        return result


def mixed_slope(loss: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, targets: Tensor) -> float:
    """The mixed derivative of a loss of outputs, which are jets."""
    value, along_s, along_t, mixed = outputs.detach().chunk(4)
    with torch.enable_grad():
        value = value.clone().requires_grad_()
        (slope,) = torch.autograd.grad(loss(value, targets), value, create_graph=True)
        if not slope.requires_grad:  # a loss that is linear in the outputs
            return float((slope * mixed).sum())
        (turned,) = torch.autograd.grad((slope * along_s).sum(), value)
    return float((slope.detach() * mixed + turned * along_t).sum())


def _rectified(jet: Tensor, most: float) -> Tensor:
    """What is not above zero does not matter, however it moves, and what is above the most is the most."""
    result = torch.empty_like(jet)
    value = jet.chunk(4)[0]
    active = torch.gt(value, 0, out=torch.empty_like(value))
    if most < inf:
        active.mul_(value < most)
    for part, to in zip(jet.chunk(4), result.chunk(4), strict=True):
        torch.mul(part, active, out=to)
    if most < inf:
        torch.clamp(value, 0, most, out=result.chunk(4)[0])
    return result


def _smooth(func: Function, jet: Tensor) -> Tensor:
    value, along_s, along_t, mixed = jet.chunk(4)
    with torch.enable_grad():
        value = value.detach().clone().requires_grad_()
        result = func(value)
        (first,) = torch.autograd.grad(result.sum(), value, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), value)
    first, result = first.detach(), result.detach()
    return torch.cat([result, first * along_s, first * along_t, first * mixed + second * along_s * along_t])


def _largest(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    """Of a max pool: whichever pixel is the largest, its jet."""
    parts = argument("input", 0, args, kwargs).chunk(4)
    options = {name: value for name, value in kwargs.items() if name not in {"input", "return_indices"}}
    pooled, places = F.max_pool2d_with_indices(parts[0], *args[1:5], **options)
    found = [part.flatten(2).gather(2, places.flatten(2)).view_as(pooled) for part in parts[1:]]
    return torch.cat([pooled, *found])


def _normalized(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor:
    """Of batch normalization with the statistics of the batch; scale and shift do not move."""
    jet, weight, bias, training, epsilon = (
        argument(name, place, args, kwargs)
        for name, place in (("input", 0), ("weight", 3), ("bias", 4), ("training", 5), ("eps", 7))
    )
    if not training:
        raise NoRule("there is no rule for batch normalization with running statistics")
    rows = jet.movedim(1, -1).reshape(4, -1, jet.shape[1])  # of each part, pixels by channels
    centered = rows - rows.mean(1, keepdim=True)
    value, along_s, along_t, mixed = centered

    product = torch.empty_like(value)

    def inner(one: Tensor, other: Tensor) -> Tensor:
        return torch.mul(one, other, out=product).mean(0)

    # the inverse deviation r = (v + eps) ** -.5, and the derivatives of the variance v
    inverse = (inner(value, value) + epsilon).rsqrt()
    v_s, v_t = 2 * inner(value, along_s), 2 * inner(value, along_t)
    v_st = 2 * (inner(along_s, along_t) + inner(value, mixed))
    r_s, r_t = -(inverse**3) * v_s / 2, -(inverse**3) * v_t / 2
    r_st = -(inverse**3) * v_st / 2 + 3 * inverse**5 * v_s * v_t / 4
    if weight is not None:
        inverse, r_s, r_t, r_st = (one * weight for one in (inverse, r_s, r_t, r_st))
    mixed.mul_(inverse).addcmul_(value, r_st).addcmul_(along_s, r_t).addcmul_(along_t, r_s)
    along_t.mul_(inverse).addcmul_(value, r_t)
    along_s.mul_(inverse).addcmul_(value, r_s)
    value.mul_(inverse)
    if bias is not None:
        value += bias
    normalized: Tensor = centered.view(len(jet), *jet.shape[2:], -1).movedim(-1, 1)
    return normalized
