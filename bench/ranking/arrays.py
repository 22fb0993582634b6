"""Checks on the arrays every ranking function takes, so that a mistake is named where it enters."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CountArray = npt.NDArray[np.int64]


def paired_arrays(scores: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Scores (n,) and truth (n,) of the same n >= 2 architectures; ValueError for any other shape, NaN or infinity."""
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


def is_constant(values: FloatArray) -> bool:
    """Whether `values` (n,) puts nothing before anything else."""
    return bool(values.min() == values.max())


def top_count(n: int, fraction: float) -> int:
    """How many of `n` architectures the top `fraction` (0 < fraction <= 1) holds, rounded up: 7 of 64 for 0.1."""
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is a share of the pool, 0 < fraction <= 1, got {fraction}")
    return math.ceil(round(fraction * n, 9))  # 0.07 * 100 is 7.000000000000001 in floating point


def whole_number(name: str, value: int, *, low: int, high: int | None = None) -> int:
    """`value` as an int if it is a whole number in [low, high]; ValueError otherwise."""
    if value != int(value) or value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be a whole number {limits}, got {value}")
    return int(value)


def _finite(name: str, values: npt.ArrayLike, *, ndim: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    unusable = np.argwhere(~np.isfinite(array))
    if len(unusable):
        where = ", ".join(map(str, unusable[0]))
        raise ValueError(
            f"{name} holds {len(unusable)} NaN or infinite value(s), the first at position ({where}): "
            "leave those architectures out and report how many there were"
        )
    return array
