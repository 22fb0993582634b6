"""Pickled data frames in the layout of pandas 1.3 to 1.5, written without pandas, whole or with one thing changed."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Name:
    """Is pickled as the class or function of this name, which need not exist."""

    module: str
    name: str


@dataclass(frozen=True, eq=False)
class Call:
    """Is pickled as the outcome of a call, with what it is given beside."""

    function: Any
    arguments: tuple[Any, ...]
    state: Any = None


@dataclass(frozen=True, eq=False)
class New:
    """Is pickled as an object of a class, with its attributes."""

    kind: Name
    state: dict[str, Any]


class Writer(pickle._Pickler):
    """Python's own pickler, which writes names that it cannot import."""

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        match obj:
            case Name(module, name):
                super().save(module)
                super().save(name)
                self.write(pickle.STACK_GLOBAL)
            case Call(function, arguments, state):
                self.save(function)
                self.save(arguments)
                self.write(pickle.REDUCE)
                self._build(state)
            case New(kind, state):
                self.save(kind)
                self.save(())
                self.write(pickle.NEWOBJ)
                self._build(state)
            case _:
                super().save(obj, save_persistent_id)

    def _build(self, state: Any) -> None:
        if state is not None:
            self.save(state)
            self.write(pickle.BUILD)


BLOCK = Name("pandas.core.internals.blocks", "new_block")
MANAGER = Name("pandas.core.internals.managers", "BlockManager")
FRAME = Name("pandas.core.frame", "DataFrame")
NEW_INDEX = Name("pandas.core.indexes.base", "_new_Index")
INDEX, RANGE = Name("pandas.core.indexes.base", "Index"), Name("pandas.core.indexes.range", "RangeIndex")
PARTIAL, SLICE = Name("functools", "partial"), Name("builtins", "slice")


def written(thing: Any) -> bytes:
    stream = io.BytesIO()
    Writer(stream, 4).dump(thing)
    return stream.getvalue()


def array_of(values: np.ndarray) -> Call:
    """As numpy before 2 pickled an array of numbers."""
    code, order = values.dtype.str[1:], values.dtype.str[0]
    kind = Call(Name("numpy", "dtype"), (code, False, True), (3, order, None, None, None, -1, -1, 0))
    return _array(values.shape, kind, values.tobytes())


def texts(names: list[Any], count: int | None = None) -> Call:
    """An array of objects that are texts, or are to be taken for some."""
    kind = Call(Name("numpy", "dtype"), ("O8", False, True), (3, "|", None, None, None, -1, -1, 63))
    return _array((len(names) if count is None else count,), kind, names)


def _array(shape: tuple[int, ...], kind: Call, content: Any) -> Call:
    made = (Name("numpy", "ndarray"), (0,), b"b")
    return Call(Name("numpy.core.multiarray", "_reconstruct"), made, (1, shape, kind, False, content))


def block(values: Any, places: slice) -> Call:
    make = Call(PARTIAL, (BLOCK,), (BLOCK, (), {"ndim": 2}, None))
    return Call(make, (values, Call(SLICE, (places.start, places.stop, places.step))))


def names_of(columns: list[str]) -> Call:
    return Call(NEW_INDEX, (INDEX, {"data": texts(columns), "name": None}))


def numbers_to(rows: int) -> Call:
    return Call(NEW_INDEX, (RANGE, {"name": None, "start": 0, "stop": rows, "step": 1}))


def frame_of(blocks: tuple[Any, ...], axes: list[Any]) -> New:
    beside = {"_typ": "dataframe", "_metadata": [], "attrs": {}, "_flags": {"allows_duplicate_labels": True}}
    return New(FRAME, {"_mgr": Call(MANAGER, (blocks, axes)), **beside})


def frame(columns: Mapping[str, np.ndarray]) -> New:
    """A frame with a block for each column."""
    blocks = tuple(block(array_of(one[None]), slice(place, place + 1, 1)) for place, one in enumerate(columns.values()))
    return frame_of(blocks, [names_of(list(columns)), numbers_to(len(next(iter(columns.values()))))])
