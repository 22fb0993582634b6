"""How much an Arrow file unfolds to, found without unfolding it.

A compressed buffer begins with its size as it will be, and pyarrow reserves and fills as much. So these sizes are read
first. What says where they stand are FlatBuffers [Arrow]: a table is preceded, at a distance it states itself, by the
list of where its fields are.

References:
    [Arrow] "Arrow Columnar Format", https://arrow.apache.org/docs/format/Columnar.html, Message.fbs and File.fbs.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nasrank.bench.foundation.files import DataError

MOST = 2**30
_RATIO = 64
_MAGIC = b"ARROW1"
_CONTINUES = b"\xff\xff\xff\xff"
_FOOTER_DICTIONARIES, _FOOTER_BATCHES = 2, 3
_MESSAGE_HEADER, _BATCH_BUFFERS, _BATCH_COMPRESSION = 2, 2, 3


def check_size(path: Path) -> None:
    """Refuse a file that is not one record batch, or that unfolds to more than 1 GiB and 64 times its own size.

    Raises:
        DataError: it does, or is no Arrow file at all; without the name of the file.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        try:
            unfolded = sum(_compressed_sizes(file, size))
        except struct.error:
            raise DataError("it is no whole Arrow file") from None
    if unfolded > max(MOST, _RATIO * size):
        raise DataError(f"its {size:,} bytes unfold to {unfolded:,}")


def _compressed_sizes(file: BinaryIO, size: int) -> Iterator[int]:
    """Of every compressed buffer, the size it will have."""
    footer = _footer(file, size)
    root = _root(footer)
    if len(list(_entries(footer, root, _FOOTER_DICTIONARIES, "<qiiq"))):
        raise DataError("it holds dictionaries, which tables of this program do not")
    blocks = list(_entries(footer, root, _FOOTER_BATCHES, "<qiiq"))
    if len(blocks) != 1:
        raise DataError(f"it holds {len(blocks):,} record batches, tables of this program are one")
    ((start, length, _, _),) = blocks
    message = _piece(file, start, length, size)
    message = message[8:] if message.startswith(_CONTINUES) else message[4:]
    header = _field(message, _root(message), _MESSAGE_HEADER)
    if header is None:
        raise DataError("its record batch is empty")
    batch = _follow(message, header)
    if _field(message, batch, _BATCH_COMPRESSION) is None:
        return
    for place, stored in _entries(message, batch, _BATCH_BUFFERS, "<qq"):
        if stored:
            (unfolded,) = struct.unpack("<q", _piece(file, start + length + place, 8, size))
            yield max(unfolded, 0)  # -1 says that this one is not compressed


def _footer(file: BinaryIO, size: int) -> bytes:
    ending = struct.calcsize("<i") + len(_MAGIC)
    length, magic = struct.unpack(f"<i{len(_MAGIC)}s", _piece(file, size - ending, ending, size))
    if magic != _MAGIC:
        raise DataError("it is no whole Arrow file")
    return _piece(file, size - ending - length, length, size)


def _piece(file: BinaryIO, start: int, length: int, size: int) -> bytes:
    if not 0 <= start <= start + length <= size:
        raise DataError("it is no whole Arrow file")
    file.seek(start)
    return file.read(length)


def _root(data: bytes) -> int:
    return _follow(data, 0)


def _follow(data: bytes, place: int) -> int:
    """Where the table or list is that a place refers to."""
    return int(place + struct.unpack_from("<I", data, place)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where the field of this number is, if the table has it."""
    fields = table - struct.unpack_from("<i", data, table)[0]
    slot = 4 + 2 * number
    if slot >= struct.unpack_from("<H", data, fields)[0]:
        return None
    distance: int = struct.unpack_from("<H", data, fields + slot)[0]
    return table + distance if distance else None


def _entries(data: bytes, table: int, number: int, layout: str) -> Iterator[tuple[int, ...]]:
    """The entries, all of this layout, of a field that is a list."""
    field = _field(data, table, number)
    if field is None:
        return
    start = _follow(data, field)
    width = struct.calcsize(layout)
    for entry in range(struct.unpack_from("<I", data, start)[0]):
        yield struct.unpack_from(layout, data, start + 4 + entry * width)
