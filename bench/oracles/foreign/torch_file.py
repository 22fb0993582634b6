"""The pickle inside a file that torch.save wrote, found without torch.

Since torch 1.6 such a file is a zip archive whose member `<name>/data.pkl` is the object's pickle. Before, and with
`_use_new_zipfile_serialization=False` still, it is five pickles in a row: a magic number, a version, the machine's
type sizes, the object, and the list of the tensors that follow. Objects that hold tensors are not admitted.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_HEAD = 4096  # bytes within which the three leading pickles end; they take about 150
# What opening a damaged archive raises; an altered byte can ask for encryption, or for a later version of the format.
_DAMAGE = (OSError, EOFError, zipfile.BadZipFile, RuntimeError, UnicodeDecodeError, struct.error)
_NO_TENSORS = [pickle.dumps([], protocol) for protocol in range(2, 6)]


def is_torch_file(path: Path) -> bool:
    """Whether a file begins as torch.save begins one, in either form; False for what cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if head.startswith(b"PK\x03\x04"):
        # The first member is the object, and its name stands behind a header of 30 bytes.
        return b"/data.pkl" in head[30 : 30 + int.from_bytes(head[26:28], "little")]
    try:
        magic, _ = inert_pickle.load_first(head)
        return type(magic) is int and magic == _MAGIC
    except PickleError:
        return False


@contextmanager
def open_object(path: Path) -> Iterator[BinaryIO]:
    """The pickle of the object which torch.save wrote to `path`: a stream that ends where it ends.

    Raises:
        DataError: no such file; or it is truncated, altered, foreign, or followed by tensors. An altered archive may
            show only while the stream is read.
    """
    with ExitStack() as opened:
        try:
            stream = _object(path, opened)
        except _DAMAGE as reason:
            raise DataError(f"{path} cannot be opened: {printable(reason)}") from reason
        try:
            yield stream
        except zipfile.BadZipFile as reason:  # its checksum is compared when the end is reached
            raise DataError(f"{path} is altered: {printable(reason)}") from reason


def _object(path: Path, opened: ExitStack) -> BinaryIO:
    file = opened.enter_context(path.open("rb"))
    if file.read(4) != b"PK\x03\x04":
        return io.BufferedReader(_Part(file, *_extent(file, path)))
    archive = opened.enter_context(zipfile.ZipFile(file))
    return cast(BinaryIO, opened.enter_context(archive.open(_member(archive, path))))


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The object's pickle in an archive."""
    members = archive.infolist()
    objects = [
        member for member in members if member.filename.count("/") == 1 and member.filename.endswith("/data.pkl")
    ]
    if len(objects) != 1:
        raise DataError(f"{path} holds {len(objects)} members */data.pkl, a file of torch.save has one")
    folder = objects[0].filename.removesuffix("data.pkl")
    for member in members:
        if not member.filename.startswith(folder):
            raise DataError(
                f"{path} holds {describe(member.filename)} outside of {printable(folder)}; torch.save writes one folder"
            )
        if (
            member.compress_type != zipfile.ZIP_STORED
            or member.compress_size != member.file_size
            or member.flag_bits & 1
        ):
            raise DataError(
                f"{path} holds {describe(member.filename)} compressed or encrypted; torch.save does neither"
            )
        if member.filename.startswith(f"{folder}data/"):
            raise DataError(f"{path} holds tensors ({describe(member.filename)}), which are not admitted")
    return objects[0]


def _extent(file: BinaryIO, path: Path) -> tuple[int, int]:
    """Where the object's pickle begins and ends in a file without an archive."""
    file.seek(0)
    head, start = file.read(_HEAD), 0
    leading = []
    for _ in range(3):
        try:
            value, length = inert_pickle.load_first(head[start:])
        except PickleError as reason:
            raise DataError(f"{path} does not begin as a file of torch.save: {reason}") from None
        leading.append(value)
        start += length
    if leading[:2] != [_MAGIC, _VERSION] or not isinstance(leading[2], dict):
        raise DataError(f"{path} does not begin with the magic number and version {_VERSION} of torch.save")
    size = file.seek(0, io.SEEK_END)
    file.seek(max(start, size - max(map(len, _NO_TENSORS))))
    tail = file.read()
    for ending in _NO_TENSORS:
        if tail.endswith(ending):
            return start, size - len(ending)
    raise DataError(f"{path} does not end with an empty list of tensors: it is truncated, or holds tensors")


class _Part(io.RawIOBase):
    """A part of a file, as a stream of its own."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._file = file
        self._left = end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)
