"""Checks on the arrays every ranking function takes, so that a mistake is named where it enters.

`as_floats` is the one way from what a caller has to an array that is computed with. A masked element is a missing one,
as a NaN is: numpy's own conversion would drop the mask and rank what lies beneath it.
"""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.int64]

LARGEST_EXACT = 2**53
"""float64 holds every integer up to this one."""


def paired_arrays(scores: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Scores (n,) and truth (n,) of the same n >= 2 architectures.

    ValueError for any other shape, NaN, infinite and masked elements, and what `as_floats` refuses.
    """
    scores, truth = _finite("scores", scores, ndim=1), _finite("truth", truth, ndim=1)
    if scores.shape != truth.shape:
        raise ValueError(f"scores has {scores.size} values but truth has {truth.size}: both describe the same pool")
    if scores.size < 2:
        raise ValueError(f"a ranking needs at least 2 architectures, got {scores.size}")
    return scores, truth


def seed_rows(name: str, scores: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Scores (seeds, n), one row a training seed, and truth (n,) of the same pool; ValueError otherwise."""
    rows, truth = _finite(name, scores, ndim=2), _finite("truth", truth, ndim=1)
    if rows.shape[0] == 0:
        raise ValueError(f"{name} has no rows: one row a training seed is needed")
    if rows.shape[1] != truth.size:
        raise ValueError(f"{name} scores {rows.shape[1]} architectures but truth has {truth.size}: same pool needed")
    if truth.size < 2:
        raise ValueError(f"a ranking needs at least 2 architectures, got {truth.size}")
    return rows, truth


def finite_points(name: str, values: npt.ArrayLike) -> FloatArray:
    """Points (n, objectives), of which there may be none; ValueError otherwise, and for NaN, infinity and masks."""
    return _finite(name, values, ndim=2)


def group_members(groups: npt.ArrayLike, n: int) -> list[npt.NDArray[np.intp]]:
    """Places of the members of every group, from the group of each of `n` architectures: numbers or texts `(n,)`.

    ValueError for another shape, or what names no group: a masked element, NaN, None.
    """
    array, mask = _with_mask("groups", groups)
    if array.shape != (n,):
        raise ValueError(f"groups must have the shape {(n,)} of the scores, not {array.shape}")
    if np.any(mask) or array.dtype.kind not in "biufUS" or (array.dtype.kind == "f" and np.isnan(array).any()):
        what = (
            "masked elements" if np.any(mask) else f"{array.dtype} with NaN" if array.dtype.kind == "f" else array.dtype
        )
        raise ValueError(f"groups must be numbers or texts, one an architecture, got {what}")
    _, group, sizes = np.unique(array, return_inverse=True, return_counts=True)
    return np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])


def is_constant(values: FloatArray) -> bool:
    """Whether `values` (n,) puts nothing before anything else."""
    return bool(values.min() == values.max())


def top_count(n: int, fraction: float) -> int:
    """How many of `n` architectures the top `fraction` (0 < fraction <= 1) holds, rounded up: 7 of 64 for 0.1."""
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is a share of the pool, 0 < fraction <= 1, got {fraction}")
    return math.ceil(round(fraction * n, 9))  # 0.07 * 100 is 7.000000000000001 in floating point


def whole_number(name: str, value: int, *, low: int, high: int | None = None) -> int:
    """`value` as an int if it is an integer, Python's or numpy's, in [low, high]; ValueError otherwise, so for 2.0."""
    integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not integer or value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be a whole number {limits}, got {value!r}")
    return int(value)


def as_floats(name: str, values: npt.ArrayLike) -> FloatArray:
    """Numbers of any real type as float64, NaN where an element is masked.

    Raises:
        ValueError: rows of different lengths, texts or other things that are no real numbers, or integers so large that
            float64 does not tell them from their neighbours.
    """
    array, mask = _with_mask(name, values)
    if array.dtype.kind == "O":
        array = _of_objects(name, array)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be real numbers, got {array.dtype}")
    if array.dtype.kind in "iu" and array.size and max(-int(array.min()), int(array.max())) > LARGEST_EXACT:
        raise ValueError(f"{name} holds integers beyond 2**53, which float64 does not tell apart")
    floats = np.asarray(array, dtype=np.float64)
    return floats if mask is np.ma.nomask else np.where(mask, np.nan, floats)


def _with_mask(name: str, values: npt.ArrayLike) -> tuple[npt.NDArray[Any], Any]:
    """The plain array and its mask, `nomask` where there is none; also of a list of which some rows are masked."""
    masked = isinstance(values, np.ma.MaskedArray) or (
        isinstance(values, list | tuple) and any(isinstance(one, np.ma.MaskedArray) for one in values)
    )
    try:
        array: npt.NDArray[Any] = np.ma.asarray(values) if masked else np.asarray(values)
    except ValueError as reason:
        raise ValueError(f"{name} is no array of numbers: {reason}") from reason
    return (np.ma.getdata(array), np.ma.getmask(array)) if masked else (array, np.ma.nomask)


def _of_objects(name: str, array: npt.NDArray[Any]) -> FloatArray:
    """Numbers that numpy has no type for, such as fractions; None is none of them."""
    for one in array.flat:
        if not isinstance(one, Real | Decimal):
            raise ValueError(f"{name} must be real numbers, got {type(one).__name__} {one!r:.40}")
    return array.astype(np.float64)


def _finite(name: str, values: npt.ArrayLike, *, ndim: int) -> FloatArray:
    array = as_floats(name, values)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    unusable = np.argwhere(~np.isfinite(array))
    if len(unusable):
        where = ", ".join(map(str, unusable[0]))
        raise ValueError(
            f"{name} holds {len(unusable)} NaN or infinite or masked value(s), the first at position ({where}): "
            "leave those architectures out and report how many there were"
        )
    return array
