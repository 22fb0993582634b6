"""The fast path: a dictionary's numbers, read hundreds at a time.

NAS-Bench-201 complete has 700 million instructions, and nearly all belong to dictionaries of floats, such as an
accuracy after each epoch. Within one, the entries look alike to the byte:

    BININT1 17              BINFLOAT 64.5        protocols 2 and up, keys that are small integers
    SHORT_BINUNICODE "x@17" MEMOIZE BINFLOAT ..  protocol 4, a key met for the first time
    BINUNICODE "x@17" BINPUT 30     BINFLOAT ..  protocol 2, the same (LONG_BINPUT from place 256 on)
    BINGET 30               BINFLOAT 64.5        a key met before (LONG_BINGET from place 256 on)

So entries of equal width are rows of a table with fixed columns. A regular expression says how many rows there are,
numpy reads the columns, and texts are looked up a whole column at a time. Everything else is left to the plain path,
which gives the same result.
"""

from __future__ import annotations

import pickle
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nasrank.bench.oracles.foreign.inert_pickle.memo import Memo
from nasrank.bench.oracles.foreign.inert_pickle.source import Source
from nasrank.bench.oracles.foreign.inert_pickle.values import check_keys

_FEWEST = 4  # rows below which the plain path is faster
_LONGEST = 255  # bytes of a text key


Runs = tuple[list[Any], list[float], int]
"""Keys, their values, and how many of the keys have a hash that can be foreseen; see `check_keys`."""

NO_RUNS: Runs = ([], [], 0)


def read_runs(source: Source, memo: Memo) -> Runs:
    """Consume the (key, float) entries ahead as far as they come in runs."""
    keys: list[Any] = []
    values: list[float] = []
    foreseeable = 0
    while (layout := _layout_ahead(source)) and (rows := _rows_ahead(source, layout)) is not None:
        column = rows["key"]
        if layout.key == "text":
            if layout.has_place and not _follow(rows["place"], len(memo.places)):
                break
            keys += memo.remember_texts(column.tobytes(), column.itemsize)
        elif layout.key == "place":
            recalled = [memo.recall(place) for place in column.tolist()]
            foreseeable += check_keys(recalled)
            keys += recalled
        else:
            keys += column.tolist()  # 256 different ones at most: not enough to collide
        values += rows["value"].tolist()
        source.at += rows.nbytes
    return keys, values, foreseeable


@dataclass(frozen=True, slots=True)
class _Layout:
    """How an entry of a run looks: a pattern for the whole run, and the columns of its rows."""

    key: str
    has_place: bool
    run: re.Pattern[bytes]
    row: np.dtype[Any]


@cache
def _layout(key: str, before: bytes, kind: str, after: bytes = b"", place: str = "") -> _Layout:
    """Of entries made of: `before`, a key of this numpy type, `after`, perhaps a place in the memo, and a float."""
    columns = {"before": f"V{len(before)}", "key": kind, "after": f"V{len(after)}", "place": place, "float": "V1"}
    row = np.dtype([(name, code) for name, code in columns.items() if code not in ("", "V0")] + [("value", ">f8")])
    anything = [b"." * np.dtype(code).itemsize if code else b"" for code in (kind, place)]
    entry = re.escape(before) + anything[0] + re.escape(after) + anything[1] + pickle.BINFLOAT + b"." * 8
    return _Layout(key, bool(place), re.compile(b"(?s)(?:%b){%d,}+" % (entry, _FEWEST)), row)


def _layout_ahead(source: Source) -> _Layout | None:
    """The layout that fits the next entry, if one does."""
    data, at = source.data, source.at
    code = data[at : at + 1]
    if code == pickle.BININT1:
        return _layout("integer", code, "u1")
    if code == pickle.BINGET:
        return _layout("place", code, "u1")
    if code == pickle.LONG_BINGET:
        return _layout("place", code, "<u4")
    size = {pickle.SHORT_BINUNICODE: 1, pickle.BINUNICODE: 4}.get(code, 0)
    length = int.from_bytes(data[at + 1 : at + 1 + size], "little")
    if not 0 < length <= _LONGEST:
        return None
    end = at + 1 + size + length
    put, place = data[end : end + 1], {pickle.MEMOIZE: "", pickle.BINPUT: "u1", pickle.LONG_BINPUT: "<u4"}
    return _layout("text", data[at : at + 1 + size], f"V{length}", put, place[put]) if put in place else None


def _rows_ahead(source: Source, layout: _Layout) -> np.ndarray[Any, Any] | None:
    """The rows of this layout that the window holds, or None where they are too few."""
    run = layout.run.match(source.data, source.at)
    if run is None:
        return None
    return np.frombuffer(source.data, layout.row, (run.end() - run.start()) // layout.row.itemsize, source.at)


def _follow(places: np.ndarray[Any, Any], first: int) -> bool:
    """Whether these are the places of the memo from `first` on."""
    return bool((places == np.arange(first, first + len(places))).all())
