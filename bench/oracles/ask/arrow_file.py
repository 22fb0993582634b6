"""A table as one Arrow record batch, which vouches for itself.

The schema's metadata holds the provenance and every column's axes as JSON, with a checksum over that JSON; among it
is the checksum of every column's values. So a damaged file cannot give a wrong number: the description is checked
when the file is opened, a column's values when they are first read, and nothing more has to be read than is asked for.
A curve is one Arrow list of numbers a row.
The checksums are CRC-32: they guard against damage, not forgery, for whoever can forge a file can forge its checksum.

Missing values are written as NaN, not as Arrow nulls, so that a column is one plain numpy array.
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

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.files import DataError, replacing
from nasrank.bench.oracles.ask.arrow_description import described
from nasrank.bench.oracles.ask.arrow_size import check_size
from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.draft import Keys, Values
from nasrank.bench.oracles.ask.provenance import Provenance

FORMAT = 2
_DESCRIPTION = b"nasrank"
_CHECKSUM = b"nasrank.crc32"
_KEYS = "keys"
_AGAIN = "Make it again: import its source once more, or delete it if nasrank compiled it by itself."


@dataclass(frozen=True)
class Sealed:
    """A record batch and what its metadata says.

    Attributes:
        batch: one Arrow column a table column, all of the same length; then the rows' keys, if any.
        columns: the axes of each, in the batch's order.
        checksums: CRC-32 of the values of each, and of the keys.
        provenance: of the whole table.
    """

    batch: pa.RecordBatch
    columns: tuple[Column, ...]
    checksums: tuple[int, ...]
    provenance: Provenance

    def values(self, place: int) -> Values:
        """The column at this place, read-only and without a copy, `(rows,)` or `(rows, points)`.

        Raises:
            DataError: it was altered.
        """
        column, array = self.columns[place], self.batch.column(place)
        flat = array if column.curve is None else array.values
        raw = self._checked(flat, place, f"column {column}")
        values: Values = raw.view(flat.type.to_pandas_dtype()).reshape(len(array), *column.shape)
        return _with_nan(values, array, flat) if array.null_count or flat.null_count else values

    def keys(self) -> Keys | None:
        """What names the rows, where they are not the positions of a whole space."""
        if self.batch.num_columns == len(self.columns):
            return None
        array = self.batch.column(len(self.columns))
        raw = self._checked(array, -1, "the column of keys")
        return raw.reshape(-1, 16) if pa.types.is_fixed_size_binary(array.type) else raw.view(np.int64)

    def _checked(self, array: pa.Array, place: int, what: str) -> npt.NDArray[np.uint8]:
        raw = np.frombuffer(array.buffers()[1], dtype=np.uint8)[: len(array) * array.type.byte_width]
        if zlib.crc32(raw.data) != self.checksums[place]:
            raise DataError(
                f"{what} of the compiled table was altered: its values do not have the checksum recorded. {_AGAIN}"
            )
        raw.flags.writeable = False  # mapped memory is so already, memory of our own is not
        return raw


def _with_nan(values: Values, array: pa.Array, flat: pa.Array) -> Values:
    """NaN where Arrow says that there is nothing, as another program than this may do: not what lies beneath."""
    found = values.astype(np.float64)
    found[array.is_null().to_numpy(zero_copy_only=False)] = np.nan
    found[flat.is_null().to_numpy(zero_copy_only=False).reshape(found.shape)] = np.nan
    found.flags.writeable = False
    return found


def seal(columns: Mapping[Column, Values], provenance: Provenance, keys: Keys | None = None) -> Sealed:
    """Wrap arrays, `(rows,)` or `(rows, points)`, contiguous and not to be changed any more, with their description."""
    arrays = {str(column): _arrow(values) for column, values in columns.items()}
    description = {
        "format": FORMAT,
        "provenance": asdict(provenance),
        "columns": [_entry(column, values) for column, values in columns.items()],
    }
    if keys is not None:
        kind = pa.binary(16) if keys.dtype == np.uint8 else pa.int64()
        arrays[_KEYS] = pa.Array.from_buffers(kind, len(keys), [None, pa.py_buffer(keys)])
        description["keys"] = {"crc32": zlib.crc32(keys.data)}
    text = json.dumps(description, ensure_ascii=False).encode()
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
    batch = batch.replace_schema_metadata({_DESCRIPTION: text, _CHECKSUM: str(zlib.crc32(text))})
    return _describe(batch)


def _arrow(values: Values) -> pa.Array:
    flat = pa.array(values.reshape(-1))
    return flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _entry(column: Column, values: Values) -> dict[str, Any]:
    curve = column.curve
    return {
        "metric": column.metric,
        "dataset": column.dataset,
        "split": column.split,
        "epochs": column.epochs,
        "seeds": column.seeds,
        "curve": None if curve is None else [curve.start, curve.stop, curve.step],
        "derivation": column.derivation,
        "unit": column.unit,
        "direction": column.direction,
        "crc32": zlib.crc32(values.data),
    }


def write(sealed: Sealed, path: Path, *, compressed: bool = False) -> None:
    """Write an Arrow IPC file under `path` in one step.

    Args:
        compressed: for a file to hand on; it has to be read as a whole, where another is memory-mapped.
    """
    options = pa.ipc.IpcWriteOptions(compression="zstd" if compressed else None)
    with (
        replacing(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, sealed.batch.schema, options=options) as writer,
    ):
        writer.write_batch(sealed.batch)


def open_mapped(path: Path) -> Sealed:
    """Map a file written by `write`; its values stay on disk until they are read, if it is not compressed.

    Raises:
        DataError: the file is missing, truncated, altered or not one of ours.
    """
    try:
        check_size(path)
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        return _describe(batch)
    except FileNotFoundError:
        raise DataError(f"there is no compiled table at {path}") from None
    except (pa.ArrowException, OSError, ValueError) as reason:
        raise not_ours(path, reason) from reason


def not_ours(path: Path, reason: Exception) -> DataError:
    """What is said of a file that is no intact table of this program."""
    return DataError(f"{path} is truncated, altered or not a table of this program: {printable(reason)}. {_AGAIN}")


def _describe(batch: pa.RecordBatch) -> Sealed:
    metadata = batch.schema.metadata or {}
    text = metadata.get(_DESCRIPTION)
    if text is None:
        raise DataError("its schema carries no nasrank description")
    if str(zlib.crc32(text)).encode() != metadata.get(_CHECKSUM):
        raise DataError("its description does not have the checksum recorded")
    columns, checksums, provenance, has_keys = described(text, FORMAT)
    names = [str(column) for column in columns] + [_KEYS] * has_keys
    if batch.schema.names != names:
        raise DataError("its Arrow columns are not the ones described")
    _check_types(batch, columns)
    batch.validate()
    return Sealed(batch, columns, checksums, provenance)


def _check_types(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> None:
    """Whether every column is of numbers, as many a row as its axes say, and the keys of hashes or positions."""
    numbers = (pa.float64(), pa.int64())
    for column, field in zip(columns, batch.schema, strict=False):
        held = field.type
        if column.curve is not None and pa.types.is_fixed_size_list(held) and held.list_size == len(column.curve):
            held = held.value_type
        elif column.curve is not None:
            raise DataError(f"its Arrow column {column} is not of {len(column.curve)} numbers a row")
        if held not in numbers:
            raise DataError(f"its Arrow column {column} holds {printable(held)}, not 64-bit numbers")
    if len(batch.schema) > len(columns):
        keys = batch.column(len(columns))
        if keys.type not in (pa.binary(16), pa.int64()) or keys.null_count:
            raise DataError("its column of keys is not of module hashes or positions, one for every row")
    if not batch.num_rows:
        raise DataError("it has no rows")
