"""NATS-Bench's folder as the `.tar` it is published in, read member by member; nothing is extracted.

Headers are read here, a block each, since Python's own reader trusts the sizes they state: of 4 KiB that announce a
name of 3 GiB it reads them all.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.formats.nb201.nats_members import (
    BENCHMARK,
    LARGEST,
    META,
    RECORD,
    Member,
    draft_of_members,
)

_BLOCK = tarfile.BLOCKSIZE
_ZEROS = bytes(_BLOCK)
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)
_NOTES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
"""Entries that say more about the next one: times and owners, or a longer name than any that is read here."""
_LARGEST_NOTE = 64 << 10


def recognises(source: Path) -> bool:
    """An uncompressed tar, by name and by the magic of its first header."""
    if source.suffix != ".tar" or not source.is_file():
        return False
    with source.open("rb") as file:
        return file.read(_BLOCK)[257:262] == b"ustar"


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the archive; DataError also where it holds anything but one folder of them, hidden files aside."""
    try:
        with source.open("rb") as file:
            return draft_of_members(_members(file), workshop)
    except DataError as reason:
        raise DataError(f"{source}: {reason}") from None


def _members(file: BinaryIO) -> Iterator[Member]:
    folders = set()
    for entry, content in _entries(file):
        *folder, name = entry.name.removeprefix("./").split("/")
        if (entry.isdir() and not folder) or name.startswith("."):
            continue  # the folder itself, and what macOS adds to an archive: ._ files and .DS_Store
        if len(folder) != 1 or folder[0] in ("", "..") or not (name == META or RECORD.fullmatch(name)):
            raise DataError(
                f"it holds {describe(entry.name)}; expected are {META} and records such as 000000.pickle.pbz2"
            )
        folders.add(folder[0])
        if entry.type not in _FILES or len(folders) > 1:
            raise DataError(f"its entry {describe(entry.name)} is not an ordinary file of one folder")
        yield name, content


def _entries(file: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Every entry with its content, up to the two blocks of zeros with which an archive that is whole ends."""
    while (block := file.read(_BLOCK)) != _ZEROS:
        try:
            entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as reason:
            raise DataError(f"truncated or altered before byte {file.tell():,}: {printable(reason)}") from None
        largest = _LARGEST_NOTE if entry.type in _NOTES else LARGEST
        if not 0 <= entry.size <= largest:
            raise DataError(f"its entry {describe(entry.name)} has {entry.size:,} bytes, which is not 0 to {largest:,}")
        content = file.read(-(-entry.size // _BLOCK) * _BLOCK)
        if len(content) < entry.size:
            raise DataError(f"truncated within {describe(entry.name)}")
        if entry.type not in _NOTES:
            yield entry, content[: entry.size]
    if file.read(_BLOCK) != _ZEROS:
        raise DataError(f"truncated or altered before byte {file.tell():,}: a single block of zeros is no end")


FORMAT = FORMATS.register(
    Format(
        name=f"{BENCHMARK}-tar",
        version=1,
        words="NATS-Bench's topology space as NATS-tss-v1_0-3ffb9-simple.tar",
        recognises=recognises,
        read=read,
        benchmark=BENCHMARK,
    )
)
