"""What a Parquet file of proxies' scores says of itself: how it was made, and which end of each column is better.

`nasrank score` writes it, as JSON under one key of the file's metadata. Others may, too: `columns` by name, with
`higher_is_better` of each, suffices for `nasrank rank`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse

KEY = "nasrank.scores"
"""Of the metadata."""

ARCHITECTURE, SEED, NOT_MEASURED = "architecture", "seed", "not_measured"
"""Columns that are no scores; the last says why values of a row are missing."""

_MOST_METADATA = 2**20


def about_scores(path: Path) -> dict[str, Any] | None:
    """What the file says of itself; None when it is no Parquet file or says nothing.

    Raises:
        DataError: it is missing or malformed, or what it says is.
    """
    if not path.name.endswith(".parquet"):
        return None
    try:
        metadata = pa.parquet.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError) as reason:
        raise DataError(f"{path} is missing, truncated, altered or malformed: {printable(reason)}") from reason
    if (text := metadata.get(KEY.encode())) is None:
        return None
    try:
        if len(text) > _MOST_METADATA:
            raise ValueError(f"it has {len(text):,} bytes")
        about: dict[str, Any] = parse(text.decode("utf-8"))
        for name, column in about["columns"].items():
            if type(column["higher_is_better"]) is not bool:
                raise ValueError(f"it does not say which end of {name} is better")
    except (ValueError, KeyError, TypeError, AttributeError) as reason:
        raise DataError(f"{path}: what it says of its scores is malformed: {printable(reason)}") from reason
    return about
