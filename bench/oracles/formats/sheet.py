"""Somebody's own columns of numbers and texts, read from CSV, Parquet or JSON."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from bench.files import DataError

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".json")


def read_sheet(path: Path, *, needed: Collection[str], texts: Collection[str]) -> pa.Table:
    """The needed columns of a file.

    Args:
        texts: those of them that are texts even where every one looks like a number, as some hashes do.

    Raises:
        DataError: the file is malformed, of another kind, empty, or lacks a column; lists those it has.
    """
    try:
        if path.name.endswith(".parquet"):
            sheet = _parquet(path, needed)
        elif path.name.endswith((".csv", ".csv.gz")):
            sheet = _csv(path, texts)
        elif path.name.endswith(".json"):
            sheet = _json(path)
        else:
            raise DataError(f"{path} is no CSV, Parquet or JSON file: its name ends in none of {', '.join(SUFFIXES)}")
    except (pa.ArrowException, OSError, ValueError, RecursionError) as reason:
        if isinstance(reason, DataError):
            raise
        raise DataError(f"{path} is truncated, altered or malformed: {reason}") from reason
    _require(path, needed, sheet.column_names)
    if not sheet.num_rows:
        raise DataError(f"{path} has no rows")
    return sheet.select(sorted(needed))


def _parquet(path: Path, needed: Collection[str]) -> pa.Table:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        _require(path, needed, file.schema_arrow.names)
        return file.read(columns=sorted(needed))


def _csv(path: Path, texts: Collection[str]) -> pa.Table:
    import pyarrow.csv

    types = dict.fromkeys(texts, pa.string())
    return pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=types))


def _json(path: Path) -> pa.Table:
    content = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(content, list) and all(isinstance(line, dict) for line in content):
        names = dict.fromkeys(name for line in content for name in line)
        content = {name: [line.get(name) for line in content] for name in names}
    if not isinstance(content, dict) or not all(isinstance(values, list) for values in content.values()):
        raise DataError(f"{path} is neither a list of objects nor an object of lists")
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in content.items()})


def _require(path: Path, needed: Collection[str], names: list[str]) -> None:
    for name in sorted(needed):
        if name not in names:
            raise DataError(f"{path} has no column {name}; it has {', '.join(names)}")
        if names.count(name) > 1:
            raise DataError(f"{path} has {names.count(name)} columns {name}")
