"""A table as one Arrow record batch, which vouches for itself.

The schema's metadata holds the provenance and every column's axes as JSON, with a checksum over that JSON; among it
is the checksum of every column's values. So a damaged file cannot give a wrong number: the description is checked
when the file is opened, a column's values when they are first read, and nothing more has to be read than is asked for.
The checksums are CRC-32: they guard against damage, not forgery, for whoever can forge a file can forge its checksum.

Missing values are NaN, not Arrow nulls, so that a column is one plain numpy array.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench.files import DataError, replacing
from bench.oracles.axes import Column, Split
from bench.oracles.provenance import Provenance

FORMAT = 1
_DESCRIPTION = b"nasrank"
_CHECKSUM = b"nasrank.crc32"

Values = npt.NDArray[np.float64 | np.int64]


@dataclass(frozen=True)
class Sealed:
    """A record batch and what its metadata says.

    Attributes:
        batch: one Arrow column a table column, all of the same length and without nulls.
        columns: the axes of each, in the batch's order.
        checksums: CRC-32 of the values of each.
        provenance: of the whole table.
    """

    batch: pa.RecordBatch
    columns: tuple[Column, ...]
    checksums: tuple[int, ...]
    provenance: Provenance

    def values(self, place: int) -> Values:
        """The column at this place, read-only and without a copy, `(rows,)`; DataError when it was altered."""
        array = self.batch.column(place)
        raw = np.frombuffer(array.buffers()[1], dtype=np.uint8)[: len(array) * array.type.byte_width]
        if zlib.crc32(raw.data) != self.checksums[place]:
            raise DataError(
                f"column {self.columns[place]} of the compiled table was altered: its values do not have the checksum "
                "recorded. If the table lies in the cache, delete it: it is compiled again from its source."
            )
        values: Values = raw.view(array.type.to_pandas_dtype())
        values.flags.writeable = False  # mapped memory is so already, memory of our own is not
        return values


def seal(columns: Mapping[Column, Values], provenance: Provenance) -> Sealed:
    """Copy arrays, all `(rows,)` float64 or int64, into a record batch with its description."""
    copies = [np.array(values, copy=True) for values in columns.values()]
    description = {
        "format": FORMAT,
        "provenance": asdict(provenance),
        "columns": [
            {
                **asdict(column),
                "unit": column.unit,
                "direction": column.direction,
                "crc32": zlib.crc32(values.tobytes()),
            }
            for column, values in zip(columns, copies, strict=True)
        ],
    }
    text = json.dumps(description, ensure_ascii=False).encode()
    batch = pa.RecordBatch.from_arrays([pa.array(values) for values in copies], names=[str(c) for c in columns])
    batch = batch.replace_schema_metadata({_DESCRIPTION: text, _CHECKSUM: str(zlib.crc32(text))})
    return _describe(batch)


def write(sealed: Sealed, path: Path) -> None:
    """Write an uncompressed Arrow IPC file under `path` in one step, so that it can be memory-mapped."""
    with (
        replacing(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, sealed.batch.schema) as writer,
    ):
        writer.write_batch(sealed.batch)


def open_mapped(path: Path) -> Sealed:
    """Map a file written by `write`; its values stay on disk until they are read.

    Raises:
        DataError: the file is missing, truncated, altered or not one of ours.
    """
    try:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        return _describe(batch)
    except FileNotFoundError:
        raise DataError(f"there is no compiled table at {path}") from None
    except (pa.ArrowException, OSError, ValueError) as reason:
        raise DataError(
            f"{path} is truncated, altered or not a table of this program: {reason}. "
            "If it lies in the cache, delete it: it is compiled again from its source."
        ) from reason


def _describe(batch: pa.RecordBatch) -> Sealed:
    metadata = batch.schema.metadata or {}
    text = metadata.get(_DESCRIPTION)
    if text is None:
        raise DataError("its schema carries no nasrank description")
    if str(zlib.crc32(text)).encode() != metadata.get(_CHECKSUM):
        raise DataError("its description does not have the checksum recorded")
    description = json.loads(text)
    if description["format"] != FORMAT:
        raise DataError(f"it has format {description['format']}, this program reads format {FORMAT}")
    entries: list[dict[str, Any]] = description["columns"]
    columns = tuple(
        Column(
            metric=entry["metric"],
            dataset=entry["dataset"],
            split=None if entry["split"] is None else Split(entry["split"]),
            epochs=entry["epochs"],
            seeds=entry["seeds"],
            derivation=entry["derivation"],
        )
        for entry in entries
    )
    if batch.schema.names != [str(column) for column in columns]:
        raise DataError("its Arrow columns are not the ones described")
    batch.validate()
    checksums = tuple(entry["crc32"] for entry in entries)
    return Sealed(batch, columns, checksums, Provenance(**description["provenance"]))
