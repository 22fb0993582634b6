"""What every column must satisfy before it becomes part of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.draft import Keys, Values
from nasrank.bench.oracles.ask.rows import rows_of

HIGHEST_PERCENTAGE = 100.0 + 1e-4
"""The benchmarks average percentages of batches in single precision, which can come out above 100 by some 1e-7."""

_HIGHEST = {"percent": HIGHEST_PERCENTAGE, "nats": np.inf}  # a loss is infinite where the training diverged


def check_columns(columns: Mapping[Column, Values], space: str, keys: Keys | None) -> None:
    """Refuse arrays of the wrong shape or type, empty ones, and values that their unit does not allow.

    Raises:
        DataError: names the first column that is wrong.
    """
    rows = len(rows_of(space, keys))
    for column, values in columns.items():
        _check(column, values, rows)


def _check(column: Column, values: Values, rows: int) -> None:
    shape = (rows, *column.shape)
    if values.shape != shape or values.dtype not in (np.float64, np.int64):
        raise DataError(f"column {column}: expected float64 or int64 {shape}, not {values.dtype} {values.shape}")
    if not values.flags.c_contiguous:
        raise DataError(f"column {column}: the array is not contiguous")
    lowest, highest = _range(values)
    if np.isnan(lowest):
        raise DataError(f"column {column} holds no value at all")
    if lowest < 0 or highest > _HIGHEST.get(column.unit, np.finfo(np.float64).max):
        raise DataError(f"column {column}: values from {lowest} to {highest} are not in {column.unit}")


def _range(values: Values) -> tuple[float, float]:
    """Smallest and largest value, block by block: a curve of all architectures may be larger than memory."""
    blocks = [values[start : start + 4096] for start in range(0, len(values), 4096)]
    return float(np.fmin.reduce([np.fmin.reduce(block, axis=None) for block in blocks])), float(
        np.fmax.reduce([np.fmax.reduce(block, axis=None) for block in blocks])
    )
