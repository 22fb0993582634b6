"""Numpy's scalars and arrays of numbers, built from what their pickles call without letting numpy unpickle anything."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nasrank.bench.oracles.foreign.inert_pickle.limits import BLOCK, PickleError
from nasrank.bench.oracles.foreign.inert_pickle.values import Named, NumberType, is_constant

_CODES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
_TEXTS = "O8"  # of objects, all of which must turn out to be texts
_NO_PARTS = (None, None, None, -1, -1, 0)  # no subtype, no names, no fields, no size, no alignment, no flags
_DIMENSIONS = 32


def number_type(arguments: tuple[Any, ...]) -> NumberType:
    """What `numpy.dtype(code, align, copy)` makes, before it is given its state."""
    if not is_constant(arguments) or len(arguments) != 3 or arguments[0] not in _CODES:
        raise PickleError(f"a numpy type other than {', '.join(sorted(_CODES))}")
    return NumberType(arguments[0])


def number_or_text_type(arguments: tuple[Any, ...]) -> NumberType:
    """The same, where arrays of objects are admitted that are texts."""
    if is_constant(arguments) and len(arguments) == 3 and arguments[0] == _TEXTS:
        return NumberType(_TEXTS)
    return number_type(arguments)


def complete_type(kind: NumberType, state: Any) -> None:
    """Give a type the byte order which its state says."""
    if kind.code == _TEXTS:
        if kind.order or not is_constant(state) or state != (3, "|", *_NO_PARTS[:-1], 63):
            raise PickleError("a numpy type's state is not that of plain objects")
        kind.order = "|"
        return
    orders = ("|",) if kind.code.endswith("1") else ("<", ">")
    if kind.order or not is_constant(state) or state not in [(3, order, *_NO_PARTS) for order in orders]:
        raise PickleError("a numpy type's state is not that of plain numbers")
    kind.order = state[1]


def scalar(arguments: tuple[Any, ...]) -> bool | int | float:
    """The Python number of a numpy scalar, from its type and bytes."""
    match arguments:
        case (NumberType() as kind, bytes(raw)):
            dtype = _dtype(kind)
            if len(raw) == dtype.itemsize:
                value: bool | int | float = np.frombuffer(raw, dtype)[0].item()
                return value
            raise PickleError(f"a numpy scalar of {dtype} has {len(raw):,} bytes instead of {dtype.itemsize}")
    raise PickleError("a numpy scalar is not given by a type of numbers and bytes")


def empty_array(arguments: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """What numpy's `_reconstruct` makes: an array which `fill` completes."""
    match arguments:
        case (Named(name="numpy.ndarray"), tuple(), bytes() | str()):  # a shape and a type that do not matter
            return np.empty(0, np.int8)
    raise PickleError("numpy's _reconstruct is called for something that is not a plain array")


def fill(array: np.ndarray[Any, Any], state: Any) -> None:
    """Give an array its type, shape and values."""
    match state:
        case (int(), (int(length),), NumberType(code="O8", order="|"), bool(), list(texts)):
            if array.ndim != 1 or array.size:
                raise PickleError("a numpy array is filled twice")
            if length != len(texts) or not all(type(text) is str for text in texts):
                raise PickleError(f"a numpy array of {length:,} objects holds something else than as many texts")
            array.__setstate__((1, (length,), np.dtype(object), False, texts))  # type: ignore[arg-type]
        case (int(), tuple(shape), NumberType() as kind, bool(by_columns), bytes(raw)):
            dtype = _dtype(kind)
            if array.ndim != 1 or array.size:
                raise PickleError("a numpy array is filled twice")
            if len(shape) > _DIMENSIONS or not all(type(length) is int and 0 <= length <= BLOCK for length in shape):
                raise PickleError("a numpy array's shape is not a short tuple of lengths")
            if math.prod(filter(None, shape)) > BLOCK:  # numpy multiplies the lengths even where one is zero
                raise PickleError(f"a numpy array has the shape {shape}")
            if math.prod(shape) * dtype.itemsize != len(raw):
                raise PickleError(f"a numpy array of shape {shape} and {dtype} has {len(raw):,} bytes")
            array.__setstate__((1, shape, dtype, by_columns, raw))  # type: ignore[arg-type]
        case _:
            raise PickleError("a numpy array is not given by a shape, a type of numbers and bytes")


def _dtype(kind: NumberType) -> np.dtype[Any]:
    if not kind.order:
        raise PickleError("a numpy type is used before its state is known")
    if kind.code == _TEXTS:
        raise PickleError("numpy objects are given by something else than a list of texts")
    return np.dtype(kind.order + kind.code)
