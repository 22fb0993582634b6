"""Any CSV, Parquet or JSON file that a mapping file explains.

A CSV file has a header; a JSON file is a list of objects, one a row, or an object of lists, one a column. Rows stand in
any order and need not name every architecture: what is not there is missing. An architecture may have many rows, as in
a file of training runs, as long as they do not contradict each other.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.draft import Draft, Values, Workshop
from nasrank.bench.oracles.imports.formats.distinct import distinct
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.formats.mapping import FromColumn, Mapping, Measured, load_mapping
from nasrank.bench.oracles.imports.formats.named_rows import NamedRows, name_rows
from nasrank.bench.oracles.imports.formats.numbers import numbers
from nasrank.bench.oracles.imports.formats.sheet import SUFFIXES, read_sheet

MOST_VALUES = 2**26
"""Values of a table: as many columns as that allows for its architectures."""

_MOST_WORDS = 2**12
_LONGEST_REASON = 1000


def format_of(mapping: Path) -> Format:
    """The format of the files that a mapping file explains; its version changes with the mapping.

    Raises:
        ValueError: the mapping file is missing or wrong, or names its table like a reader of published files.
    """
    name = load_mapping(mapping).table.name
    if name in FORMATS:
        raise ValueError(
            f"{mapping}: the table's name {name!r} is that of nasrank's reader of {FORMATS[name].words}; "
            "choose another, such as the source's own"
        )
    return Format(
        name=name,
        version=zlib.crc32(mapping.read_bytes()),
        words=f"a CSV, Parquet or JSON file explained by {mapping.name}",
        recognises=lambda path: path.name.endswith(SUFFIXES),
        read=partial(read, mapping),
    )


def read(mapping: Path, source: Path, workshop: Workshop) -> Draft:
    """Every column of the source that the mapping names.

    Raises:
        DataError: the file lacks one of them, or a row of it names no architecture, contradicts another or has a value
            that its unit does not allow; says which and where.
    """
    explained = load_mapping(mapping)
    sheet = read_sheet(source, needed=explained.names, texts=explained.texts)
    try:
        rows = name_rows(sheet[explained.rows.column], explained)
        columns = _columns(sheet, explained, rows, workshop)
    except (ValueError, pa.ArrowException) as reason:
        raise DataError(f"{source}: {printable(reason, _LONGEST_REASON)}") from reason
    about = explained.table
    return Draft(about.space, columns, about.protocol, about.citation, about.licence, rows.keys)


def _columns(sheet: pa.Table, explained: Mapping, rows: NamedRows, workshop: Workshop) -> dict[Column, Values]:
    columns: dict[Column, Values] = {}
    for done, entry in enumerate(explained.columns, start=1):
        values = numbers(sheet[entry.column], entry)
        for column, lines in _split_by_axes(sheet, entry):
            if column in columns:
                raise ValueError(f"column {entry.column} and one before it in the mapping are both {column}")
            if (len(columns) + 1) * rows.total > MOST_VALUES:
                raise ValueError(f"it has more than {len(columns):,} columns for {rows.total:,} architectures")
            columns[column] = _placed(entry, column, values[lines], lines, rows, workshop)
        workshop.report(done, len(explained.columns))
    return columns


def _split_by_axes(sheet: pa.Table, entry: Measured) -> Iterator[tuple[Column, npt.NDArray[np.intp]]]:
    """The table's columns that one column of the file holds, each with its rows in the file."""
    stated = {axis: _words(sheet, source) for axis, source in entry.from_columns.items()}
    if not stated:
        yield entry.axes({}), np.arange(sheet.num_rows)
        return
    code = np.zeros(sheet.num_rows, dtype=np.int64)
    for words, place in stated.values():
        code = code * len(words) + place
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    in_groups = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    for number in np.argsort(first):
        line = first[number]
        try:
            column = entry.axes({axis: words[place[line]] for axis, (words, place) in stated.items()})
        except ValueError as reason:
            raise ValueError(f"row {line + 1}: {reason}") from reason
        yield column, in_groups[number]


def _words(sheet: pa.Table, source: FromColumn) -> tuple[list[str | int], npt.NDArray[np.intp]]:
    """What a column of the file says of an axis: each word once, and for every row its place among them."""
    values, place = distinct(sheet[source.column], source.column)
    if len(values) > _MOST_WORDS:
        raise ValueError(f"column {source.column} says {len(values):,} different things, admitted are {_MOST_WORDS:,}")
    known: dict[str | int, int] = {}
    meant = []
    for number, stated in enumerate(values):
        word = source.values.get(str(stated), stated)
        if (isinstance(word, str) and word.isdecimal()) or (isinstance(word, float) and word.is_integer()):
            word = int(word)  # columns of numbers with gaps are floats to most programs
        if not isinstance(word, str | int):
            line = int((place == number).argmax())
            raise ValueError(
                f"row {line + 1}: {describe(word)} in column {source.column} does not say what its numbers are of"
            )
        meant.append(known.setdefault(word, len(known)))
    return list(known), np.array(meant, dtype=np.intp)[place]


def _placed(
    entry: Measured,
    column: Column,
    values: npt.NDArray[np.float64],
    lines: npt.NDArray[np.intp],
    rows: NamedRows,
    workshop: Workshop,
) -> Values:
    present = ~np.isnan(values)
    values, lines = values[present], lines[present]
    if not lines.size:
        raise ValueError(f"column {entry.column} holds no value for {column}")
    where = rows.row[lines]
    placed = workshop.empty(rows.total)
    placed[where] = values
    contradicted = np.flatnonzero(placed[where] != values)
    if contradicted.size:
        one = contradicted[0]
        other = np.flatnonzero(where == where[one])[-1]
        raise ValueError(
            f"rows {lines[one] + 1} and {lines[other] + 1} are of the same architecture, but have {values[one]} and "
            f"{values[other]} for {column}. If they are of different seeds, epochs, splits or data sets, the mapping "
            f"must say which column states that"
        )
    whole = column.unit in ("count", "index", "code") and not np.isnan(placed).any()
    return placed.astype(np.int64) if whole else placed
