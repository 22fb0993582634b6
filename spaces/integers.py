"""Integers from outside: which option, which position. numpy's integers are integers; nothing is ever rounded to one.

A float, even a whole one, or a truth value in place of an index is a mistake somewhere before: `int` would make an
architecture of it that nobody meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


def is_integer(value: object) -> bool:
    """Whether it is one of Python's integers or numpy's, and no truth value."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def index(value: Any, count: int, place: str, what: str = "index") -> int:
    """`value` as an int in `[0, count)`; ValueError that says what it is and where otherwise.

    Args:
        place: where it stands, the beginning of the message.
        what: what it should be, `index` or `option`.
    """
    if is_integer(value) and 0 <= value < count:
        return int(value)
    raise ValueError(f"{place} {in_words(value)} is not an {what} from 0 to {count - 1}")


def indices(
    values: Iterable[Any], counts: Sequence[int], places: Sequence[str], what: str = "index"
) -> tuple[int, ...]:
    """As many values as there are counts and places, each as `index` has it."""
    chosen = tuple(values)
    for value, count in zip(chosen, counts, strict=True):
        if type(value) is not int or not 0 <= value < count:
            break
    else:
        return chosen
    return tuple(index(value, count, place, what) for value, count, place in zip(chosen, counts, places, strict=True))


def index_array(values: npt.ArrayLike, count: int, what: str) -> IntArray:
    """Integers in `[0, count)` as int64 `(n,)`.

    Raises:
        ValueError: another shape, floats, truth values, masked elements, or a number out of range.
    """
    array = np.asarray(values)
    if not array.size and isinstance(values, list | tuple):  # of which numpy makes floats
        return np.empty(0, dtype=np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{what} must be integers (n,), not {array.dtype} {array.shape}")
    if np.ma.is_masked(values):
        raise ValueError(f"{what} must be integers (n,), but some are masked")
    if array.size and (array.min() < 0 or array.max() >= count):
        raise ValueError(f"{what} from {array.min()} to {array.max()}: there are 0 to {count - 1}")
    return array.astype(np.int64, copy=False)


def refuse_sizes(**sizes: int) -> None:
    """ValueError that names the first of a network's sizes that is no integer or below one."""
    for name, size in sizes.items():
        if not is_integer(size) or size < 1:
            raise ValueError(f"{name} is {in_words(size)}; a network needs at least 1")


def in_words(value: object) -> str:
    """The value, and its type where that is not int."""
    return str(value) if type(value) is int else f"{value!r:.40} ({type(value).__name__})"
