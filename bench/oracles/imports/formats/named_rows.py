"""Which architecture every row of somebody's own file is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasrank.bench.foundation.describing import describe
from nasrank.bench.oracles.ask.draft import Keys
from nasrank.bench.oracles.imports.formats.distinct import distinct
from nasrank.bench.oracles.imports.formats.mapping import Mapping, Notation
from nasrank.spaces import Enumerated, get_enumerated
from nasrank.spaces.nb201 import cell as nb201

_LONGEST = 200  # characters of a tuple
_LONGEST_TEXT = 10_000
_HASH = re.compile("[0-9a-f]{32}")
_TUPLE = re.compile(r"[\[(]?\s*\d(?:\s*,\s*\d)*\s*,?\s*[\])]?")


@dataclass(frozen=True)
class NamedRows:
    """The rows of a file and those of the table they belong to.

    Attributes:
        row: of the table, for every row of the file.
        total: rows of the table.
        keys: what names the table's rows, see `nasrank.bench.oracles.ask.rows`; None where the file names them itself.
    """

    row: npt.NDArray[np.intp]
    total: int
    keys: Keys | None


def name_rows(column: pa.ChunkedArray, explained: Mapping) -> NamedRows:
    """Look every name up; ValueError says which row names no architecture."""
    names, place = distinct(column, explained.rows.column)
    if explained.rows.notation == "module_hash":
        found = _read(_module_hash, names, place)
        hashes, row = np.unique(np.array(found, dtype="S32"), return_inverse=True)
        digits = np.frombuffer(bytes.fromhex(b"".join(hashes).decode()), dtype=np.uint8)
        return NamedRows(row[place], len(hashes), digits.reshape(-1, 16))
    space = get_enumerated(explained.table.space)
    parse = _PARSERS.get(explained.rows.notation) or partial(_string, space)
    named = [space.position(cell) for cell in _read(parse, names, place)]
    positions, row = np.unique(np.array(named, dtype=np.int64)[place], return_inverse=True)
    return NamedRows(row, len(positions), None if len(positions) == len(space) else positions)


def _read(parse: Callable[[Any], Any], names: list[Any], place: npt.NDArray[np.intp]) -> list[Any]:
    """What each of these names means, of which every row has the one in its place."""
    found = []
    for number, name in enumerate(names):
        try:
            found.append(parse(name))
        except ValueError as reason:
            line = int((place == number).argmax())
            raise ValueError(f"row {line + 1} names no architecture: {reason}") from reason
    return found


def _string(space: Enumerated[Any], name: Any) -> Any:
    if not isinstance(name, str) or len(name) > _LONGEST_TEXT:
        like = (
            "the benchmark's string |operation~0|+..." if space.name == "nb201" else f"the text of one of {space.name}"
        )
        raise ValueError(f"{describe(name)} is not {like}")
    return space.parse(name)


def _module_hash(name: Any) -> str:
    if not isinstance(name, str) or not _HASH.fullmatch(name.lower()):
        raise ValueError(f"{describe(name)} is not a module hash of 32 hexadecimal digits")
    return name.lower()


def _naslib(edge_order: nb201.EdgeOrder, name: Any) -> nb201.Cell:
    if isinstance(name, str) and len(name) <= _LONGEST and _TUPLE.fullmatch(name.strip()):
        name = [int(digit) for digit in re.findall(r"\d", name)]
    if not isinstance(name, list) or len(name) > _LONGEST or not all(isinstance(value, int) for value in name):
        raise ValueError(f"{describe(name)} is not a tuple of NASLib such as (4, 0, 3, 1, 4, 3)")
    return nb201.from_naslib(name, edge_order=edge_order)


_PARSERS: dict[Notation, Callable[[Any], nb201.Cell]] = {
    "naslib_by_source": lambda name: _naslib("by_source", name),
    "naslib_by_target": lambda name: _naslib("by_target", name),
}
