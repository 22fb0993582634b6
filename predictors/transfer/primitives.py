"""Which primitive operation a call of a function of torch is, and what shape it gives.

A rule has the arguments of the function, after those of them that are followed from the network's input. It gives None
where it does not apply; then the function is called, and what it is stays open.
"""

# ruff: noqa: ARG001  (rules have the arguments of the functions that they stand for)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias

from torch import Tensor

from nasrank.predictors.transfer.computation_graph import (
    ADDITION,
    CONVOLUTION,
    DEPTHWISE,
    LINEAR,
    NORMALIZATION,
    TRANSPOSED,
    ZERO,
)


@dataclass(frozen=True)
class Call:
    """What a call is: an operation that gives this shape with its batch, or one that passes its input on.

    Where `channels_last`, those of its input and output are the last axis; else the one behind the batch.
    """

    operation: str
    shape: Sequence[int]
    kernel: tuple[int, int] = (0, 0)
    groups: int = 1
    bias: bool = False
    passes: bool = False
    channels_last: bool = False


Followed: TypeAlias = Sequence[Tensor]
Rule: TypeAlias = Callable[..., Call | None]

MOVES = frozenset({"to", "cpu", "cuda", "float", "half", "double", "bfloat16", "type", "requires_grad_"})
"""Functions that give the same numbers on another device or in another precision."""

LIKE = frozenset({"zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like"})
"""Functions that give a tensor of the same shape, which does not depend on what is in theirs."""

CONSTANT = frozenset(
    {"new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "size", "dim", "numel", "is_contiguous", "stride"}
)
"""Other functions of a tensor that do not depend on what is in it."""

PASSES = frozenset(
    {"dropout", "dropout2d", "alpha_dropout", "feature_dropout", "contiguous", "clone", "detach"}
    | {"view", "reshape", "flatten", "unflatten", "permute", "transpose", "squeeze", "unsqueeze", "expand", "movedim"}
    | {"view_as", "channel_shuffle", "__get__", "identity", "pad", "neg", "type_as", "expand_as"}
)
"""Functions that move elements at most: no node of the graph."""


def is_in_place(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a call changes its first argument and gives it back."""
    ours = name.endswith("_") and not name.endswith("__")
    return ours or (name.startswith("__i") and name != "__invert__") or arguments.get("inplace") is True


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    first, *rest = value
    return int(first), int(rest[0] if rest else 1)


def _windows(sizes: Sequence[int], kernel: Any, stride: Any, padding: Any, dilation: Any, *, up: bool) -> list[int]:
    """How many windows of a kernel there are along each axis; `up`, whether the last may lie partly outside."""
    found = []
    for axis, size in enumerate(sizes):
        side, step, border, spread = (_pair(value)[axis] for value in (kernel, stride, padding, dilation))
        steps = (size + 2 * border - spread * (side - 1) - 1) / step
        count = (ceil(steps) if up else int(steps // 1)) + 1
        if up and (count - 1) * step >= size + border:  # as torch has it: a window must begin inside
            count -= 1
        found.append(count)
    return found


def _convolution(
    followed: Followed,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Call | None:
    if any(one is weight for one in followed) or input.ndim != 4:
        return None
    outputs, _, *kernel = weight.shape
    if padding == "same":
        sizes = list(input.shape[2:])
    else:
        border = 0 if padding == "valid" else padding
        sizes = _windows(input.shape[2:], tuple(kernel), stride, border, dilation, up=False)
    kind = DEPTHWISE if groups > 1 and groups == input.shape[1] else CONVOLUTION
    return Call(kind, (len(input), outputs, *sizes), _pair(kernel), groups, bias is not None)


def _transposed(
    followed: Followed,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Call:
    _, outputs, *kernel = weight.shape
    sizes = [
        (size - 1) * _pair(stride)[axis]
        - 2 * _pair(padding)[axis]
        + _pair(dilation)[axis] * (kernel[axis] - 1)
        + _pair(output_padding)[axis]
        + 1
        for axis, size in enumerate(input.shape[2:])
    ]
    return Call(TRANSPOSED, (len(input), outputs * groups, *sizes), _pair(kernel), groups, bias is not None)


def _linear(followed: Followed, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Call | None:
    """Of images with their channels last it is a convolution, and said to be one."""
    if any(one is weight for one in followed):
        return None
    shape = (*input.shape[:-1], weight.shape[0])
    pointwise = input.ndim == 4
    kind, kernel = (CONVOLUTION, (1, 1)) if pointwise else (LINEAR, (0, 0))
    return Call(kind, shape, kernel, bias=bias is not None, channels_last=True)


def _batch_norm(
    followed: Followed,
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Tensor | None = None,
    bias: Any = None,
    *_: Any,
    **__: Any,
) -> Call:
    return Call(NORMALIZATION, input.shape, bias=weight is not None)


def _other_norm(
    followed: Followed,
    input: Tensor,
    _: Any = None,
    weight: Tensor | None = None,
    *__: Any,
    **___: Any,
) -> Call:
    return Call(NORMALIZATION, input.shape, bias=weight is not None)


def _layer_norm(
    followed: Followed,
    input: Tensor,
    _: Any = None,
    weight: Tensor | None = None,
    *__: Any,
    **___: Any,
) -> Call:
    """Over the last axis, which has the channels of a token."""
    return Call(NORMALIZATION, input.shape, bias=weight is not None, channels_last=True)


def _average_pool(
    followed: Followed,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    *_: Any,
    **__: Any,
) -> Call:
    sizes = _windows(input.shape[2:], kernel_size, stride or kernel_size, padding, 1, up=ceil_mode)
    return Call("average pooling", (*input.shape[:2], *sizes), _pair(kernel_size))


def _max_pool(
    followed: Followed,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Call | None:
    if return_indices:
        return None
    sizes = _windows(input.shape[2:], kernel_size, stride or kernel_size, padding, dilation, up=ceil_mode)
    return Call("max pooling", (*input.shape[:2], *sizes), _pair(kernel_size))


def _adaptive_pool(followed: Followed, input: Tensor, output_size: Any) -> Call | None:
    sizes = [size if size is not None else input.shape[2 + axis] for axis, size in enumerate(_pair(output_size))]
    kernel = _pair([ceil(size / max(1, count)) for size, count in zip(input.shape[2:], sizes, strict=True)])
    if sizes == [1, 1]:
        return Call("global mean", (*input.shape[:2], 1, 1))
    return Call("average pooling", (*input.shape[:2], *sizes), kernel)


def _mean(followed: Followed, input: Tensor, dim: Any = None, keepdim: bool = False, **_: Any) -> Call | None:
    axes = {axis % input.ndim for axis in ([dim] if isinstance(dim, int) else dim or range(input.ndim))}
    if input.ndim == 3 and axes == {1} and not keepdim:  # of tokens
        return Call("global mean", (len(input), input.shape[2]), channels_last=True)
    if input.ndim < 3 or axes != set(range(2, input.ndim)):
        return None
    return Call("global mean", (*input.shape[:2], *((1,) * (input.ndim - 2) if keepdim else ())))


def _add(followed: Followed, first: Any, second: Any, *_: Any, **__: Any) -> Call:
    if not isinstance(first, Tensor) or not isinstance(second, Tensor) or len({id(one) for one in followed}) < 2:
        return _passed(followed)  # twice itself, or a constant more, which the next bias could be, too
    return Call(ADDITION, _broadcast(first, second))


def _multiply(followed: Followed, first: Any, second: Any, *_: Any, **__: Any) -> Call:
    factor = second if isinstance(first, Tensor) else first
    if not isinstance(factor, Tensor):
        return Call(ZERO, followed[0].shape) if factor == 0 else _passed(followed)
    return Call("product", _broadcast(first, second)) if len(followed) > 1 else _passed(followed)


def _divide(followed: Followed, first: Any, second: Any, *_: Any, **__: Any) -> Call | None:
    return None if isinstance(second, Tensor) and len(followed) > 1 else _passed(followed)


def _concatenate(followed: Followed, tensors: Sequence[Tensor], dim: int = 0, **_: Any) -> Call:
    shape = list(tensors[0].shape)
    shape[dim] = sum(one.shape[dim] for one in tensors)
    return Call("concatenation", shape)


def _passed(followed: Followed) -> Call:
    return Call("", followed[0].shape, passes=True)


def _broadcast(first: Tensor, second: Tensor) -> Sequence[int]:
    if first.shape == second.shape:
        return first.shape
    longest = max(first.ndim, second.ndim)
    shapes = [(*(1,) * (longest - one.ndim), *one.shape) for one in (first, second)]
    return [max(sizes) for sizes in zip(*shapes, strict=True)]


def _unary(operation: str) -> Rule:
    def rule(followed: Followed, *_: Any, **__: Any) -> Call:
        return Call(operation, followed[0].shape)

    return rule


def _part(followed: Followed, *_: Any, **__: Any) -> None:
    """A part of a tensor, or several: which shapes they have is asked of torch."""


_ACTIVATIONS = {
    **{name: name for name in ("relu", "silu", "tanh", "sigmoid", "gelu", "softmax")},
    "relu_": "relu",
    **dict.fromkeys(("relu6", "hardtanh", "leaky_relu", "elu", "selu", "celu", "prelu"), "other activation"),
    **dict.fromkeys(("hardswish", "hardsigmoid", "mish", "softplus", "logsigmoid", "clamp"), "other activation"),
}

PRIMITIVES: Mapping[str, Rule] = {
    **{name: _unary(operation) for name, operation in _ACTIVATIONS.items()},
    **{name: _unary("zero") for name in ("zero_",)},
    **dict.fromkeys(("conv2d", "_conv2d"), _convolution),
    "conv_transpose2d": _transposed,
    "linear": _linear,
    **dict.fromkeys(("batch_norm", "instance_norm"), _batch_norm),
    "group_norm": _other_norm,
    "layer_norm": _layer_norm,
    "avg_pool2d": _average_pool,
    **dict.fromkeys(("max_pool2d", "_max_pool2d", "boolean_dispatch"), _max_pool),
    "adaptive_avg_pool2d": _adaptive_pool,
    "mean": _mean,
    **dict.fromkeys(("add", "add_", "__add__", "__radd__", "__iadd__", "sub", "__sub__", "__rsub__", "sub_"), _add),
    **dict.fromkeys(("mul", "mul_", "__mul__", "__rmul__", "__imul__", "multiply"), _multiply),
    **dict.fromkeys(("div", "div_", "__truediv__", "__itruediv__"), _divide),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenate),
    **dict.fromkeys(("__getitem__", "chunk", "split", "narrow", "unbind", "select", "index_select"), _part),
    **dict.fromkeys(("matmul", "__matmul__", "bmm"), lambda followed, *_, **__: None),
}
"""By the name of the function."""
