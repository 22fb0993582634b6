"""What a column of somebody's scores holds: architectures, numbers, labels or texts, whatever it came as."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasrank.bench.foundation.describing import printable
from nasrank.bench.oracles.imports.formats.distinct import distinct
from nasrank.bench.ranking.arrays import LARGEST_EXACT, FloatArray, as_floats

_NO = {"", "0", "false", "no", "none", "nan"}
"""Words for what has no label."""


def architectures_of(column: Any, name: str) -> list[Any] | npt.NDArray[np.int64]:
    """Integers where all are, also written as texts; else what there is."""
    values = plain(column)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return values.astype(np.int64)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        usable = np.abs(values) < LARGEST_EXACT
        if np.all(~usable | (values == np.rint(values))):  # integers with gaps are floats to most programs
            return np.where(usable, values, -1).astype(np.int64)
        raise ValueError(f"column {printable(name)} names no architectures: it holds fractions")
    entries = list(values)
    if any(isinstance(one, list | dict | bool) for one in entries):
        raise ValueError(f"column {printable(name)} names no architectures: it holds lists or truth values")
    if entries and all(isinstance(one, str) and one.isdecimal() and len(one) < 16 for one in entries):
        return np.array(entries, dtype=np.int64)
    if entries and all(isinstance(one, int | np.integer) and abs(int(one)) < 2**62 for one in entries):
        return np.array(entries, dtype=np.int64)
    return entries


def plain(column: Any) -> Any:
    """An array where it has one of numbers, else a list."""
    if isinstance(column, pa.ChunkedArray):
        if _is_numeric(column):
            return column.to_numpy()
        if pa.types.is_nested(column.type):
            raise ValueError(f"a column holds {printable(column.type)}, neither texts nor numbers")
        values, place = distinct(column, "of texts")  # each once: a file can have a long one in every row
        return [values[one] for one in place.tolist()]
    if hasattr(column, "dtype"):
        array = np.asarray(column)
        return array if array.dtype.kind in "iuf" else array.tolist()
    return list(column)


def _is_numeric(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_integer(column.type) or pa.types.is_floating(column.type))


def numbers_of(column: Any) -> FloatArray | None:
    """As float64, NaN where there is nothing; None where it holds something else."""
    if isinstance(column, pa.ChunkedArray) and not _is_numeric(column):
        return None
    values = plain(column)
    if isinstance(values, np.ndarray):
        return as_floats("scores", column if isinstance(column, np.ma.MaskedArray) else values)
    if not all(
        one is None or (isinstance(one, int | float | np.number) and not isinstance(one, bool)) for one in values
    ):
        return None
    if all(one is None for one in values):
        return None
    return as_floats("scores", [np.nan if one is None else one for one in values])


def labels_of(column: Any) -> FloatArray:
    """Of each row, 0 or NaN for none; a text is 1 unless it says no."""
    values = plain(column)
    if isinstance(values, np.ndarray):
        return np.asarray(values, dtype=np.float64)
    marks = [0.0 if one is None else one for one in values]
    if any(isinstance(one, str) for one in marks):
        return np.array([float(str(one).strip().lower() not in _NO) for one in marks])
    return as_floats("labels", marks)
