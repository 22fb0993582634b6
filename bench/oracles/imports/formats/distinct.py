"""The different values of a column, and which of them every row has: of millions of rows, few are different."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MOST = 2**20
"""Different values of a column. There are 423,624 cells of NAS-Bench-101."""

_ROWS = 2**16


def distinct(column: pa.ChunkedArray, name: str) -> tuple[list[Any], npt.NDArray[np.intp]]:
    """Each value of a column once, None where a row has nothing, and for every row its place among them, `(rows,)`.

    Raises:
        ValueError: there are more than `MOST`.
    """
    if pa.types.is_null(column.type):
        return [None], np.zeros(len(column), dtype=np.intp)
    if pa.types.is_nested(column.type):
        return _distinct_lists(column, name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    count = len(encoded.dictionary)
    places = encoded.indices.cast(pa.int64()).fill_null(count).to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(places, minlength=count + 1))  # a dictionary may hold more than a row has
    _bound(len(used), name)
    values = encoded.dictionary.take(pa.array(used[used < count])).to_pylist()
    if len(used) > len(values):
        values.append(None)
    return values, np.searchsorted(used, places)


def _distinct_lists(column: pa.ChunkedArray, name: str) -> tuple[list[Any], npt.NDArray[np.intp]]:
    """Arrow has no dictionaries of lists, such as NASLib's tuples are."""
    known: dict[str, int] = {}
    values: list[Any] = []
    places = np.empty(len(column), dtype=np.intp)
    for start in range(0, len(column), _ROWS):  # of all at once, Python's objects would take gigabytes
        for row, value in enumerate(column.slice(start, _ROWS).to_pylist(), start=start):
            place = known.setdefault(str(value), len(known))
            if place == len(values):
                _bound(place + 1, name)
                values.append(value)
            places[row] = place
    return values, places


def _bound(count: int, name: str) -> None:
    if count > MOST:
        raise ValueError(f"column {name} has more than {MOST:,} different values")
