"""From a network to its computation graph: its forward pass is followed, and nothing is computed.

Tensors of the meta device, which have a shape and no elements, go through the network. Functions that
`nasrank.predictors.transfer.primitives` knows are not even called: it says what they are and what shape they give.
So a graph takes some milliseconds, at any width, and weights are neither needed nor touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nasrank.predictors.transfer.computation_graph import INPUT, OUTPUT, ComputationGraph, Node, Shape
from nasrank.predictors.transfer.primitives import CONSTANT, LIKE, MOVES, PASSES, PRIMITIVES, Call, is_in_place

_FACTORIES = frozenset({torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn})


def trace(network: nn.Module, image: Shape) -> ComputationGraph:
    """The computation graph of a network's forward pass in evaluation mode; the network is left as it is.

    Writing into a part of a tensor is taken for an operation on that part alone.

    Args:
        network: takes images `(batch, channels, height, width)` and gives one tensor. Weights may be anywhere, also
            on the meta device.
        image: channels, height and width of its input.

    Raises:
        ValueError: the output is no single tensor, or does not depend on the input.
    """
    trained = [module for module in network.modules() if module.training]
    recorder = _Recorder(image)
    for module in trained:
        module.training = False
    try:
        with torch.no_grad(), recorder:
            output = network(recorder.input)
    finally:
        for module in trained:
            module.training = True
    return recorder.graph(output)


def without_weights(build: Callable[[], nn.Module]) -> nn.Module:
    """The network that `build` makes, with weights on the meta device: neither memory nor random numbers are used."""
    with _Weightless():
        return build()


class _Weightless(TorchFunctionMode):
    """Puts new tensors on the meta device, and leaves out what would fill them."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _FACTORIES:
            sizes = args or (kwargs["size"],)
            return torch.empty(*sizes, dtype=kwargs.get("dtype"), device="meta")
        filled = args[0] if args else kwargs.get("tensor")
        if isinstance(filled, Tensor) and filled.is_meta and is_in_place(func.__name__, kwargs):
            return filled
        return func(*args, **kwargs)


class _Recorder(TorchFunctionMode):
    """Answers calls with tensors of the right shape, and notes which node each of them is the output of."""

    def __init__(self, image: Shape) -> None:
        super().__init__()
        self.nodes = [Node(INPUT, image, image)]
        self.edges: set[tuple[int, int]] = set()
        self.input = torch.empty((1, *image), device="meta")
        self._owners = {id(self.input): 0}
        self._alive = [self.input]  # so that no other tensor gets its identity

    def graph(self, output: Any) -> ComputationGraph:
        if not isinstance(output, Tensor):
            raise ValueError(f"the network gives {type(output).__name__}, not one tensor")
        if id(output) not in self._owners:
            raise ValueError("the network's output does not depend on its input")
        shape = _sized(output.shape)
        self._add(Node(OUTPUT, shape, shape), [self._owners[id(output)]])
        return ComputationGraph(tuple(self.nodes), tuple(sorted(self.edges)))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        owners, name = self._owners, getattr(func, "__name__", "")
        followed = [one for one in _tensors(args, kwargs) if id(one) in owners]
        if name in MOVES:
            return args[0]
        if followed and name in LIKE:
            return torch.empty(followed[0].shape, device="meta")
        if not followed or name in CONSTANT:
            return func(*args, **kwargs)
        places = list(dict.fromkeys(self._owners[id(one)] for one in followed))
        known = PRIMITIVES.get(name)
        call = known(followed, *args, **kwargs) if known else None
        if call is None:
            result = func(*_on_meta(args), **_on_meta(kwargs))
            given = _tensors((result,), {})
            if not given:  # a size, say
                return result
            if name not in PASSES:
                call = Call("other" if known is None else "slice", tuple(given[0].shape))
            elif len(places) > 1:
                call = Call("other", tuple(given[0].shape))
        else:
            result = torch.empty(call.shape, device="meta") if not call.passes else followed[0].view_as(followed[0])
            given = [result]
        place = places[0]
        if call is not None and not call.passes:
            takes, gives = (_sized(shape, call.channels_last) for shape in (followed[0].shape, call.shape))
            place = self._add(Node(call.operation, takes, gives, call.kernel, call.groups, call.bias), places)
        if is_in_place(name, kwargs) and isinstance(args[0], Tensor):
            result, given = args[0], [args[0]]
        for one in given:
            self._owners[id(one)] = place
            self._alive.append(one)
        return result

    def _add(self, node: Node, sources: Sequence[int]) -> int:
        self.nodes.append(node)
        place = len(self.nodes) - 1
        self.edges.update((source, place) for source in sources)
        return place


def _tensors(values: Iterable[Any], more: Mapping[str, Any]) -> list[Tensor]:
    """All tensors in arguments, and in lists, tuples and dictionaries among them."""
    found: list[Tensor] = []
    for one in (*values, *more.values()):
        if isinstance(one, Tensor):
            found.append(one)
        elif isinstance(one, list | tuple):
            found += _tensors(one, {})
        elif isinstance(one, dict):
            found += _tensors((), one)
    return found


def _on_meta(values: Any) -> Any:
    """The same with tensors of the meta device; numbers in tensors stay, because code may ask for them."""
    if isinstance(values, Tensor):
        return values if values.is_meta or values.ndim == 0 else values.to("meta")
    if isinstance(values, tuple) and hasattr(values, "_fields"):
        return values
    if isinstance(values, list | tuple):
        return type(values)(_on_meta(one) for one in values)
    return {key: _on_meta(one) for key, one in values.items()} if isinstance(values, dict) else values


def _sized(shape: Sequence[int], channels_last: bool = False) -> Shape:
    """Without the batch, as three numbers: further axes count with the third, missing ones are 1."""
    sizes = [int(size) for size in shape[1:]]
    if channels_last:
        sizes = [sizes[-1], *sizes[:-1]]
    padded = [*sizes, 1, 1, 1]
    return padded[0], padded[1], prod(padded[2:])
