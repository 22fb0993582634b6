"""What changes while a super-net trains, taken out of the objects that hold it, and put back into ones made anew.

A snapshot is a plain value, which JSON can hold, and named tensors. Objects are gone through by their attributes, so
that a strategy or a term need not list its own: whatever it holds is kept, and what cannot be kept is refused when the
snapshot is taken. What never changes once it was made, such as spaces and settings, is left to whoever makes it anew. A
class of which some attributes never change, such as one that holds images, names in `changing` those that do.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, MutableMapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeAlias

import numpy as np
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import SubSpace

Plain: TypeAlias = Any
"""A value that JSON can hold."""

Tensors: TypeAlias = MutableMapping[str, Tensor]

_SERIES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


def take(value: Any, tensors: Tensors, name: str) -> Plain:
    """A value as it is now.

    Args:
        tensors: what the value holds of them is added, under names that begin with its own.
        name: of the value, for those and for messages.

    Raises:
        ValueError: it holds something that a snapshot cannot keep; the message says where.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return {"number": [value.dtype.str, value.item()]}
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": [name, value.device.type]}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        tensors[name] = torch.from_numpy(np.ascontiguousarray(value)).clone()
        return {"array": name}
    if type(value).__name__ in _SERIES and type(value) is type(_SERIES[type(value).__name__]([])):
        members = sorted(value) if isinstance(value, set | frozenset) else value
        return {type(value).__name__: [take(one, tensors, f"{name}.{place}") for place, one in enumerate(members)]}
    if isinstance(value, dict):
        pairs = [[take(key, tensors, name), take(one, tensors, f"{name}.{key}")] for key, one in value.items()]
        return {"dict": pairs}
    if isinstance(value, np.random.Generator):
        return {"numpy_generator": value.bit_generator.state}
    if isinstance(value, torch.Generator):
        tensors[name] = value.get_state()
        return {"torch_generator": name}
    if isinstance(value, torch.optim.Optimizer):
        return {"optimizer": _take_optimizer(value, tensors, name)}
    if isinstance(value, nn.Module):
        return {"module": _take_module(value, tensors, name)}
    if isinstance(value, type | FunctionType | MethodType | BuiltinFunctionType | BaseModel | SearchSpace | SubSpace):
        return {"constant": type(value).__name__}
    if _is_frozen(value):
        return {"constant": type(value).__name__}
    if not _is_its_attributes(value):
        raise ValueError(f"a checkpoint cannot keep {name}, which is a {type(value).__name__}")
    return {"object": {key: take(one, tensors, f"{name}.{key}") for key, one in _attributes(value).items()}}


def put(value: Any, plain: Plain, tensors: Mapping[str, Tensor]) -> Any:
    """What a snapshot says, in place of a value that was made anew.

    It is that value wherever others may hold it too: generators, parameters, optimizers and objects change in place.
    """
    if not isinstance(plain, dict):
        return plain
    ((kind, content),) = plain.items()
    if kind == "number":
        return np.dtype(content[0]).type(content[1])
    if kind == "tensor":
        return _put_tensor(value, content[0], content[1], tensors)
    if kind == "array":
        return tensors[content].numpy().copy()
    if kind in _SERIES:
        known = list(value) if isinstance(value, list | tuple) else []
        known += [None] * (len(content) - len(known))
        members = [put(one, other, tensors) for one, other in zip(known, content, strict=False)]
        if isinstance(value, list):
            value[:] = members
            return value
        return _SERIES[kind](members)
    if kind == "dict":
        there = value if isinstance(value, dict) else {}
        found = {key: put(there.get(key), one, tensors) for key, one in _pairs(content, tensors)}
        there.clear()
        there.update(found)
        return there
    if value is None:
        raise ValueError(f"a snapshot has a {kind.replace('_', ' ')} where what is made anew has nothing")
    if kind == "numpy_generator":
        value.bit_generator.state = content
    elif kind == "torch_generator":
        value.set_state(tensors[content])
    elif kind == "optimizer":
        _put_optimizer(value, content, tensors)
    elif kind == "module":
        _put_module(value, content, tensors)
    elif kind == "object":
        for key, one in content.items():
            setattr(value, key, put(getattr(value, key, None), one, tensors))
    return value


def _pairs(content: list[list[Plain]], tensors: Mapping[str, Tensor]) -> list[tuple[Any, Plain]]:
    return [(put(None, key, tensors), one) for key, one in content]


def _is_frozen(value: Any) -> bool:
    """Whether it is a dataclass none of whose attributes can be set."""
    settings = getattr(type(value), "__dataclass_params__", None)
    return settings is not None and bool(settings.frozen)


def _is_its_attributes(value: Any) -> bool:
    """Whether an object is nothing but its attributes, as those of plain classes are."""
    if hasattr(type(value), "changing"):
        return True
    try:
        made, arguments, state, members, items = (*value.__reduce_ex__(2), None, None, None)[:5]
    except TypeError:  # it cannot be copied
        return False
    plain = made is copyreg.__newobj__ and arguments == (type(value),)  # type: ignore[attr-defined]
    return plain and members is None and items is None and (state is None or isinstance(state, dict))


def _attributes(value: Any) -> dict[str, Any]:
    changing = getattr(type(value), "changing", None)
    return vars(value) if changing is None else {key: getattr(value, key) for key in changing}


def _put_tensor(value: Any, name: str, device: str, tensors: Mapping[str, Tensor]) -> Tensor:
    found = tensors[name]
    if not (isinstance(value, Tensor) and value.requires_grad and value.is_leaf):
        return found.clone().to(device)
    with torch.no_grad():
        value.copy_(found)
    return value


def _take_module(module: nn.Module, tensors: Tensors, name: str) -> Plain:
    """Weights, buffers and the generators that its parts draw from."""
    for key, weights in module.state_dict().items():
        tensors[f"{name}.{key}"] = weights.detach().cpu().contiguous().clone()
    streams = _generators(module)
    for key, generator in streams.items():
        tensors[f"{name}.{key}"] = generator.get_state()
    return {"name": name, "generators": list(streams)}


def _put_module(module: nn.Module, content: Plain, tensors: Mapping[str, Tensor]) -> None:
    """In place, so that weights lie in memory as the module laid them out."""
    name = content["name"]
    with torch.no_grad():
        for key, weights in module.state_dict(keep_vars=True).items():
            weights.copy_(tensors[f"{name}.{key}"])
    streams = _generators(module)
    for key in content["generators"]:
        streams[key].set_state(tensors[f"{name}.{key}"])


def _generators(module: nn.Module) -> dict[str, torch.Generator]:
    return {
        f"{path}.{key}" if path else key: one
        for path, part in module.named_modules()
        for key, one in vars(part).items()
        if isinstance(one, torch.Generator)
    }


def _take_optimizer(optimizer: torch.optim.Optimizer, tensors: Tensors, name: str) -> Plain:
    """Of each weight, by its place among all of them, what the optimizer knows of it; and its settings."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    known = [
        [place, {key: take(one, tensors, f"{name}.{place}.{key}") for key, one in optimizer.state[weight].items()}]
        for place, weight in enumerate(weights)
        if optimizer.state.get(weight)
    ]
    groups = [
        {key: take(one, tensors, f"{name}.{key}") for key, one in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]
    return {"known": known, "groups": groups}


def _put_optimizer(optimizer: torch.optim.Optimizer, content: Plain, tensors: Mapping[str, Tensor]) -> None:
    """What is of the shape of a weight lies in memory as that does."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    optimizer.state.clear()
    for place, state in content["known"]:
        weight = weights[place]
        for key, plain in state.items():
            found = put(None, plain, tensors)
            if isinstance(found, Tensor) and found.shape == weight.shape and found.dim():
                found = torch.empty_like(weight, dtype=found.dtype, requires_grad=False).copy_(found)
            optimizer.state[weight][key] = found
    for group, settings in zip(optimizer.param_groups, content["groups"], strict=True):
        group |= {key: put(None, plain, tensors) for key, plain in settings.items()}
