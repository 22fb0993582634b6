"""TFRecord files without TensorFlow: framing read and every checksum verified.

A record is the length of its data as a uint64, the masked CRC-32C of those eight bytes, the data, and the masked
CRC-32C of the data, all little-endian [TFRecord]. There is no header and no end mark, so a file cut between two records
cannot be told from a shorter file; cut anywhere else, or altered in any bit, it is refused by record and byte.

References:
    [TFRecord] "TFRecord and tf.train.Example", https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nasrank.bench.foundation.files import DataError

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_LONGEST = 1 << 20
"""Bytes of the longest record read: an announced length is no reason to reserve memory."""


@dataclass(frozen=True)
class Span:
    """Consecutive records of a file.

    Attributes:
        first: number of the first, counted from 0 at the head of the file.
        records: how many there are.
        start: byte at which the first begins.
        stop: byte after the last.
    """

    first: int
    records: int
    start: int
    stop: int


def masked_crc32c(data: bytes) -> int:
    """The checksum TFRecord stores: CRC-32C, rotated and offset so that checksums of checksums behave."""
    try:
        import google_crc32c  # where a file is read, not where a compiled table is opened
    except ImportError as reason:
        raise DataError("reading a TFRecord file takes two more packages: pip install 'nasrank[nb101]'") from reason
    checksum: int = google_crc32c.value(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def spans(path: Path, size: int) -> list[Span]:
    """Cut a file into spans of about `size` bytes, reading and verifying only the lengths of its records.

    Raises:
        DataError: a length is altered or longer than 1 MiB, or the last record is truncated.
    """
    found = []
    end = path.stat().st_size
    number = first = start = offset = 0
    with path.open("rb") as file:
        while offset < end:
            offset += _HEADER.size + _length(file, path, number, offset) + _CHECKSUM.size
            if offset > end:
                raise _damaged(path, number, file.tell() - _HEADER.size, f"truncated: the file ends at byte {end:,}")
            number += 1
            file.seek(offset)
            if offset - start >= size or offset == end:
                found.append(Span(first, number - first, start, offset))
                first, start = number, offset
    return found


def records(path: Path, span: Span) -> Iterator[bytes]:
    """The data of every record of a span, both checksums verified.

    Raises:
        DataError: a record is truncated, altered or longer than 1 MiB; says which and at which byte.
    """
    with path.open("rb") as file:
        file.seek(span.start)
        offset = span.start
        for number in range(span.first, span.first + span.records):
            yield (data := _record(file, path, number, offset))
            offset += _HEADER.size + len(data) + _CHECKSUM.size


def first_record(path: Path) -> bytes | None:
    """What would be the data of the first record, unverified, or None where there is none: a look at a foreign file."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            length = _HEADER.unpack(header)[0] if len(header) == _HEADER.size else 0
            return file.read(length) if 0 < length <= _LONGEST else None
    except OSError:
        return None


def _record(file: BinaryIO, path: Path, number: int, offset: int) -> bytes:
    length = _length(file, path, number, offset)
    data = file.read(length)
    checksum = file.read(_CHECKSUM.size)
    if len(checksum) < _CHECKSUM.size:
        raise _damaged(path, number, offset, f"truncated: the file ends at byte {file.tell():,}")
    if _CHECKSUM.unpack(checksum)[0] != masked_crc32c(data):
        raise _damaged(path, number, offset, f"altered: its {length:,} bytes of data do not have the CRC-32C recorded")
    return data


def _length(file: BinaryIO, path: Path, number: int, offset: int) -> int:
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise _damaged(path, number, offset, f"truncated: the file ends at byte {offset + len(header):,}")
    length, checksum = _HEADER.unpack(header)
    if checksum != masked_crc32c(header[:8]):
        raise _damaged(path, number, offset, "altered, or not of a TFRecord file: its length has another CRC-32C")
    if length > _LONGEST:
        raise _damaged(path, number, offset, f"not a result: it announces {length:,} bytes, more than {_LONGEST:,}")
    return int(length)


def _damaged(path: Path, number: int, offset: int, reason: str) -> DataError:
    return DataError(f"{path}: record {number:,} at byte {offset:,} is {reason}")
