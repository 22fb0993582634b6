"""Somebody's own columns of numbers and texts, read from CSV, TSV, Parquet or JSON.

How much a file may hold is known before it is read, from its size or from what it says of itself: a few hundred
kilobytes of Parquet or gzip can be tens of millions of rows. Reading takes about 2 GiB at the most.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa

from nasrank.bench.foundation.describing import listed, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports.unfolding import Bounded

_SEPARATED = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}

SUFFIXES = (*_SEPARATED, ".parquet", ".json")

ROWS = 2**23
"""Rows of a file. NAS-Bench-101 with a row for every training run has 5 million."""

VALUES = 2**26
"""Values in the columns needed."""

COLUMNS = 2**12
"""Columns of a file, needed or not."""

PARQUET_BYTES = 2**30
"""Of the columns needed, uncompressed."""

CSV_BYTES = 2**28
"""Uncompressed."""

JSON_BYTES = 2**26
"""Each of them can take 30 in memory."""

_LINE = re.compile(rb"[^\r\n]+")


def read_sheet(path: Path, *, needed: Collection[str], texts: Collection[str]) -> pa.Table:
    """The needed columns of a file.

    Args:
        texts: those of them that are texts even where every one looks like a number, as some hashes do.

    Raises:
        DataError: the file is malformed, of another kind, empty, too large, or lacks a column; lists those it has.
    """
    try:
        if path.name.endswith(".parquet"):
            sheet = _parquet(path, needed)
        elif path.name.endswith(tuple(_SEPARATED)):
            sheet = _csv(path, texts)
        elif path.name.endswith(".json"):
            sheet = _json(path, needed)
        else:
            raise DataError(
                f"{path} is no CSV, TSV, Parquet or JSON file: its name ends in none of {', '.join(SUFFIXES)}"
            )
    except DataError:
        raise
    except (pa.ArrowException, OSError, EOFError, zlib.error, ValueError, OverflowError, RecursionError) as reason:
        raise DataError(f"{path} is truncated, altered or malformed: {printable(reason)}") from reason
    _require(path, needed, sheet.column_names)
    if not sheet.num_rows:
        raise DataError(f"{path} has no rows")
    _bound(path, sheet.num_rows, ROWS, "rows")
    return sheet.select(sorted(needed))


def numbers_by_name(path: Path) -> dict[str, float] | None:
    """What a JSON file holds that is an object of numbers alone, null for none; None where it is another.

    Raises:
        DataError: it is missing, too large or malformed.
    """
    try:
        content = _parsed(path)
    except DataError:
        raise
    except (OSError, ValueError, RecursionError) as reason:
        raise DataError(f"{path} is truncated, altered or malformed: {printable(reason)}") from reason
    if not isinstance(content, dict) or not content:
        return None
    if not all(one is None or type(one) in (int, float) for one in content.values()):
        return None
    _bound(path, len(content), ROWS, "numbers")
    return {name: math.nan if one is None else one for name, one in content.items()}


def columns_in(path: Path) -> list[str]:
    """Names of all columns of a file, in its order; DataError as of `read_sheet`."""
    try:
        if path.name.endswith(".parquet"):
            import pyarrow.parquet

            with pyarrow.parquet.ParquetFile(path, thrift_container_size_limit=2**17) as file:
                names = list(file.schema_arrow.names)
        elif path.name.endswith(tuple(_SEPARATED)):
            names = _names_of_csv(path)
        elif path.name.endswith(".json"):
            content = _parsed(path)
            lines = content if isinstance(content, list) else [content]
            names = list(dict.fromkeys(name for line in lines if isinstance(line, dict) for name in line))
        else:
            raise DataError(f"{path} is no file of columns: its name ends in none of {', '.join(SUFFIXES)}")
    except DataError:
        raise
    except (pa.ArrowException, OSError, EOFError, zlib.error, ValueError, OverflowError, RecursionError) as reason:
        raise DataError(f"{path} is truncated, altered or malformed: {printable(reason)}") from reason
    _bound(path, len(names), COLUMNS, "columns")
    return names


def _names_of_csv(path: Path) -> list[str]:
    import pyarrow.csv

    header = _LINE.search(_content(path))
    separator = _separator(path)
    _bound(path, header[0].count(separator.encode()) + 1 if header else 0, COLUMNS, "columns")
    if header is None:
        raise DataError(f"{path} has no rows")
    options = pyarrow.csv.ParseOptions(delimiter=separator)
    names: list[str] = pyarrow.csv.read_csv(pa.BufferReader(header[0] + b"\n"), parse_options=options).column_names
    return names


def _parquet(path: Path, needed: Collection[str]) -> pa.Table:
    """Texts stay encoded by a dictionary: a file can hold a long one once, and say that every row has it."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path, thrift_container_size_limit=2**17) as file:
        schema, metadata = file.schema_arrow, file.metadata
        _require(path, needed, schema.names)
        _bound(path, metadata.num_rows, ROWS, "rows")
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
        wanted = [chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] in needed]
        _bound(path, sum(group.num_rows for group in groups), ROWS, "rows")
        _bound(path, sum(chunk.num_values for chunk in wanted), VALUES, "values in the columns needed")
        _bound(path, sum(chunk.total_uncompressed_size for chunk in wanted), PARQUET_BYTES, "bytes to unfold to")
    encoded = [name for name in needed if pa.types.is_string(schema.field(name).type)]
    with pyarrow.parquet.ParquetFile(path, read_dictionary=encoded, page_checksum_verification=True) as file:
        return file.read(columns=sorted(needed))


def _csv(path: Path, texts: Collection[str]) -> pa.Table:
    import pyarrow.csv

    content, separator = _content(path), _separator(path)
    _bound(path, max(content.count(b"\n"), content.count(b"\r")) - 1, ROWS, "rows")
    header = _LINE.search(content)
    _bound(path, header[0].count(separator.encode()) + 1 if header else 0, COLUMNS, "columns")
    types = dict.fromkeys(texts, pa.string())
    return pyarrow.csv.read_csv(
        pa.BufferReader(content),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types),
    )


def _content(path: Path) -> bytes:
    if path.name.endswith(".gz"):
        with gzip.open(path) as stream:
            return _whole(Bounded(stream, CSV_BYTES))
    _bound(path, path.stat().st_size, CSV_BYTES, "bytes")
    return path.read_bytes()


def _separator(path: Path) -> str:
    return next(separator for suffix, separator in _SEPARATED.items() if path.name.endswith(suffix))


def _whole(stream: Bounded) -> bytes:
    pieces = []
    while piece := stream.read(2**20):
        pieces.append(piece)
    return b"".join(pieces)


def _json(path: Path, needed: Collection[str]) -> pa.Table:
    content = _parsed(path)
    if isinstance(content, list) and all(isinstance(line, dict) for line in content):
        _require(path, needed, dict.fromkeys(name for line in content for name in line))
        content = {
            name: [line.get(name) for line in content] for name in needed
        }  # every row may have others of its own
    if not isinstance(content, dict) or not all(isinstance(values, list) for values in content.values()):
        raise DataError(f"{path} is neither a list of objects nor an object of lists")
    _require(path, needed, content.keys())
    return pa.table({name: pa.array(content[name], from_pandas=True) for name in needed})


def _parsed(path: Path) -> Any:
    _bound(path, path.stat().st_size, JSON_BYTES, "bytes")
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose names are to be different; else the last one would win without a word."""
    content = dict(pairs)
    if len(content) < len(pairs):
        ((again, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"an object has the name {printable(again)} twice")
    return content


def _require(path: Path, needed: Collection[str], names: Collection[str]) -> None:
    for name in sorted(needed):
        if name not in names:
            raise DataError(f"{path} has no column {name}; it has {listed(names)}")
        if isinstance(names, list) and names.count(name) > 1:
            raise DataError(f"{path} has {names.count(name)} columns {name}")


def _bound(path: Path, count: int, most: int, what: str) -> None:
    if count > most:
        raise DataError(f"{path} has {count:,} {what}, admitted are {most:,}")
