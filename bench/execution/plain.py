"""Values as JSON that says what they are, for machines that share nothing but files.

Nothing is pickled: whoever can write to a folder that others read can hand them values, but no code. Reading gives
scalars, lists, tuples, dictionaries, paths, arrays, and objects of classes of nasrank or of a plugin that the reader
has loaded himself, each made by its own validation. What is written reads back equal, floats to the last bit.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import os
import struct
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.describing import describe

_OURS = "nasrank"


def named(name: str) -> Any:
    """What `module:name` names: something at the top of a module of nasrank or of a plugin that is loaded.

    Raises:
        ValueError: the module is another one, or has nothing of this name; none but nasrank's own are imported for it.
    """
    module, colon, attribute = name.partition(":")
    if module == _OURS or module.startswith(f"{_OURS}."):
        try:
            import_module(module)
        except ImportError:
            raise ValueError(f"there is no module {describe(module)}") from None
    elif not (plugins.is_loaded(module) and module in sys.modules):
        raise ValueError(f"{describe(module)} is no module of nasrank, nor of a plugin that is loaded")
    found = getattr(sys.modules[module], attribute, None) if colon and attribute.isidentifier() else None
    if found is None or getattr(found, "__module__", None) != module or found.__qualname__ != attribute:
        raise ValueError(f"{describe(module)} defines no {describe(attribute)}")
    return found


def name_of(thing: Any) -> str:
    """The name by which `named` finds a class or a function; ValueError where it does not."""
    name = f"{thing.__module__}:{thing.__qualname__}"
    if named(name) is not thing:
        raise ValueError(f"{name} is defined twice")
    return name


class Plain:
    """To JSON values and back.

    Attributes:
        root: a folder that writer and reader share, perhaps under different names: paths in it are written relative to
            it. Other paths are written in full.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100 - symbolic links may differ between machines

    def encode(self, value: Any) -> Any:
        """Plain values that `json.dumps` takes; ValueError for what cannot be sent, which the message describes."""
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"$float": struct.pack(">d", value).hex()}
        if kind is list:
            return [self.encode(one) for one in value]
        if kind is tuple:
            return {"$tuple": [self.encode(one) for one in value]}
        if kind is dict:
            return self._of_dictionary(value)
        if isinstance(value, Path):
            return self._of_path(value)
        if kind is np.ndarray or isinstance(value, np.generic):
            return {"$array" if kind is np.ndarray else "$scalar": _of_array(np.asarray(value))}
        return self._of_object(value)

    def decode(self, content: Any) -> Any:
        """The value of what `encode` gave; ValueError for anything else."""
        try:
            return self._decoded(content)
        except ValueError:
            raise
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        except (TypeError, KeyError, AttributeError, IndexError, EOFError, OSError, struct.error) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def _of_dictionary(self, value: dict[Any, Any]) -> Any:
        if strange := [key for key in value if type(key) is not str]:
            raise ValueError(f"a dictionary with the key {describe(strange[0])} cannot be sent: keys are texts")
        if any(key.startswith("$") for key in value):
            return {"$items": [[key, self.encode(one)] for key, one in value.items()]}
        return {key: self.encode(one) for key, one in value.items()}

    def _of_path(self, value: Path) -> Any:
        full = Path(os.path.abspath(value))  # noqa: PTH100
        if full.is_relative_to(self.root):
            return {"$shared_path": full.relative_to(self.root).as_posix()}
        return {"$path": str(full)}

    def _of_object(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, BaseModel):
            content = value.model_dump(mode="json")
            if _validated(kind, content) != value:
                raise ValueError(f"a {kind.__name__} cannot be sent: it would not be read back as it is")
            return {"$model": name_of(kind), "value": self.encode(content)}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {"$named": name_of(kind), "value": [self.encode(one) for one in value]}
        if _has_json(kind):
            return {"$object": name_of(kind), "value": self.encode(value.to_json())}
        if _is_frozen(kind):
            given = {field.name: self.encode(getattr(value, field.name)) for field in _given(kind)}
            return {"$fields": name_of(kind), "value": given}
        raise ValueError(f"a {kind.__module__}.{kind.__qualname__} cannot be sent to another machine")

    def _decoded(self, content: Any) -> Any:
        if isinstance(content, list):
            return [self._decoded(one) for one in content]
        if not isinstance(content, dict):
            return content
        marks = [key for key in content if key.startswith("$")]
        if not marks:
            return {key: self._decoded(one) for key, one in content.items()}
        mark, value = marks[0], content[marks[0]]
        if mark in _CLASSES and content.keys() == {mark, "value"}:
            allowed, make = _CLASSES[mark]
            kind = named(value)
            if not (isinstance(kind, type) and allowed(kind)):
                raise ValueError(f"{value} is no class that is sent as {mark}")
            return make(kind, self._decoded(content["value"]))
        if len(content) != 1 or mark in _CLASSES:
            raise ValueError(f"{mark} has the keys {describe(list(content))}")
        return self._of_mark(mark, value)

    def _of_mark(self, mark: str, value: Any) -> Any:
        match mark:
            case "$float":
                return struct.unpack(">d", bytes.fromhex(value))[0]
            case "$tuple":
                return tuple(self._decoded(one) for one in _list(value))
            case "$items":
                return {str(key): self._decoded(one) for key, one in _list(value)}
            case "$path":
                return Path(value)
            case "$shared_path":
                return self.root / value
            case "$array":
                return _array(value)
            case "$scalar":
                return _array(value)[()]
        raise ValueError(f"{describe(mark)} marks nothing that is known")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{describe(value)} is no list")
    return value


def _of_array(array: np.ndarray[Any, Any]) -> str:
    file = io.BytesIO()
    try:
        np.save(file, array, allow_pickle=False)
    except ValueError:
        raise ValueError("an array of objects cannot be sent") from None
    return base64.b64encode(file.getvalue()).decode("ascii")


def _array(text: str) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.load(io.BytesIO(base64.b64decode(text, validate=True)), allow_pickle=False)
    return array


def _validated(kind: type[BaseModel], content: Any) -> BaseModel:
    return kind.model_validate_json(json.dumps(content), strict=True)


def _has_json(kind: type) -> bool:
    return callable(getattr(kind, "to_json", None)) and callable(getattr(kind, "from_json", None))


def _is_frozen(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def _given(kind: type) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(kind) if field.init]


def _of_fields(kind: type, value: Any) -> Any:
    if (expected := {field.name for field in _given(kind)}) != set(value):
        raise ValueError(f"a {kind.__name__} has the fields {', '.join(sorted(expected))}")
    return kind(**value)


_CLASSES: dict[str, tuple[Callable[[type], bool], Callable[[Any, Any], Any]]] = {
    "$model": (lambda kind: issubclass(kind, BaseModel), _validated),
    "$named": (lambda kind: issubclass(kind, tuple) and hasattr(kind, "_fields"), lambda kind, value: kind(*value)),
    "$object": (_has_json, lambda kind, value: kind.from_json(value)),
    "$fields": (_is_frozen, _of_fields),
}
"""By mark: which classes are sent so, and how one is made of the value."""
