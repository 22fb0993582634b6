"""Small files of invented numbers in every kind, and the mappings that explain them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.imports.formats import extract
from nasrank.spaces import get_space

ABOUT = """
[table]
name = "mine"
space = "nb201"
protocol = "invented"
citation = "nobody"
licence = "none"
[rows]
column = "arch"
notation = "string"
"""
ABOUT_101 = ABOUT.replace("nb201", "nb101").replace('"string"', '"module_hash"')
CELLS = [get_space("nb201").at(position) for position in (3, 15_000, 77, 4_242)]
STRINGS = [str(cell) for cell in CELLS]
HASHES = ["ff" * 16, "0" * 32, "12" * 16, "1234567890" * 3 + "00"]


def entry(column: str = "test", **changes: object) -> str:
    axes: dict[str, object] = {
        "column": column,
        "metric": "accuracy",
        "dataset": "cifar10",
        "split": "test_50k",
        "epochs": 200,
        "seeds": "mean",
        "unit": "percent",
    }
    lines = [f"{key} = {toml(value)}" for key, value in (axes | changes).items() if value is not None]
    return "[[columns]]\n" + "\n".join(lines) + "\n"


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value)


def write_json(columns: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(columns))


def write_json_lines(columns: dict[str, Any], path: Path) -> None:
    """A list of objects; what is missing is left out, so that the first need not have every key."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path.write_text(json.dumps([{key: value for key, value in row.items() if value is not None} for row in rows]))


def write_csv_gz(columns: dict[str, Any], path: Path) -> None:
    with gzip.open(path, "wb") as file:
        pyarrow.csv.write_csv(pa.table(columns), file)


def write_tsv(columns: dict[str, Any], path: Path) -> None:
    pyarrow.csv.write_csv(pa.table(columns), path, pyarrow.csv.WriteOptions(delimiter="\t"))


WRITERS: dict[str, Callable[[dict[str, Any], Path], None]] = {
    ".parquet": lambda columns, path: pyarrow.parquet.write_table(pa.table(columns), path),
    ".csv": lambda columns, path: pyarrow.csv.write_csv(pa.table(columns), path),
    ".csv.gz": write_csv_gz,
    ".tsv": write_tsv,
    ".json": write_json,
    ".list.json": write_json_lines,
}


def read_through(
    folder: Path, columns: dict[str, Any], *entries: str, about: str = ABOUT, suffix: str = ".parquet"
) -> Draft:
    """Write the columns as a file of this kind, and read it through a mapping of these entries."""
    mapping, source = folder / "mine.toml", folder / f"file{suffix}"
    mapping.write_text(about + "".join(entries))
    WRITERS[suffix](columns, source)
    with workshop(folder) as here:
        return extract.format_of(mapping).read(source, here)
