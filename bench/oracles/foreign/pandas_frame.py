"""A pickled table of pandas, read as data: pandas is neither imported nor run.

What is read is the layout that pandas 1.3 to 1.5 write: a `DataFrame` that holds a `BlockManager`, made of blocks, each
an array of some columns, and of two axes, the columns' names and the rows' numbers from zero.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import InertCall, InertObject, Named

_FRAME = "pandas.core.frame.DataFrame"
_MANAGER = "pandas.core.internals.managers.BlockManager"
_BLOCK = "pandas.core.internals.blocks.new_block"
_NEW_INDEX = "pandas.core.indexes.base._new_Index"
_NAMES, _NUMBERS = "pandas.core.indexes.base.Index", "pandas.core.indexes.range.RangeIndex"
_PARTIAL, _SLICE = "functools.partial", "builtins.slice"
_CALLS = (_MANAGER, _BLOCK, _NEW_INDEX, _NAMES, _NUMBERS, _PARTIAL, _SLICE)

Array = npt.NDArray[Any]


def columns_of_frame(source: bytes | BinaryIO) -> dict[str, Array]:
    """The columns `(rows,)` of a pickled data frame by name, booleans, integers or floats.

    Args:
        source: the pickle, or a stream that ends with it; compressed ones are given decompressing.

    Raises:
        DataError: it is no pickle of a data frame in the known layout, or holds anything else.
    """
    frame = inert_pickle.load(source, records={_FRAME}, calls=_CALLS, texts=True)
    if not isinstance(frame, InertObject) or frame.kind != _FRAME:
        raise DataError("it is not the pickle of a data frame")
    match frame.state.get("_mgr"):
        case InertCall(function=str(function), arguments=(tuple(blocks), [names, numbers])) if function == _MANAGER:
            return _by_name(blocks, _column_names(names), _row_count(numbers))
    raise _another_layout("it is not made of blocks and two axes")


def _by_name(blocks: tuple[Any, ...], names: list[str], rows: int) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for block in blocks:
        places, array = _block(block)
        if array.shape != (len(places), rows):
            raise DataError(f"{len(places)} columns of {rows:,} rows are of the shape {array.shape}")
        for place, values in zip(places, array, strict=True):
            if not 0 <= place < len(names) or names[place] in columns:
                raise DataError(f"a block holds column {place}, which is there twice or one too many")
            columns[names[place]] = values
    if len(columns) < len(names):
        raise DataError(f"of {len(names)} columns only {len(columns)} have values")
    return columns


def _block(block: Any) -> tuple[range, Array]:
    """Places of the columns of a block, and its values `(columns, rows)`."""
    match block:
        case InertCall(
            function=InertCall(function=str(partial), arguments=(Named(name=made), *_)),
            arguments=(np.ndarray() as array, InertCall(function=str(cut), arguments=(int(a), int(b), int(step)))),
        ) if (partial, made, cut) == (_PARTIAL, _BLOCK, _SLICE) and step and array.dtype != object:
            return range(a, b, step), array
    raise _another_layout("a block is not an array of numbers with the places of its columns")


def _column_names(index: Any) -> list[str]:
    match index:
        case InertCall(function=str(function), arguments=(Named(name=kind), {"data": np.ndarray() as array})) if (
            function,
            kind,
        ) == (_NEW_INDEX, _NAMES) and array.dtype == object:
            names = [str(name) for name in array]
            if len(set(names)) == len(names):
                return names
            raise DataError(f"two columns have one name: {printable(', '.join(names))}")
    raise _another_layout("the names of the columns are not texts")


def _row_count(index: Any) -> int:
    match index:
        case InertCall(
            function=str(function),
            arguments=(Named(name=kind), {"start": 0, "stop": int(rows), "step": 1}),
        ) if (function, kind) == (_NEW_INDEX, _NUMBERS) and rows >= 0:
            return rows
    raise _another_layout("its rows are not numbered from 0 on")


def _another_layout(reason: str) -> DataError:
    return DataError(f"it is not a data frame as pandas 1.3 to 1.5 pickle them: {reason}")
