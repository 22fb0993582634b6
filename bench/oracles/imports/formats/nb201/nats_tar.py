"""NATS-Bench's folder as the `.tar` it is published in, read member by member; nothing is extracted."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nasrank.bench.foundation.describing import describe
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
from nasrank.bench.oracles.imports.tar_entries import ORDINARY, entries


def recognises(source: Path) -> bool:
    """An uncompressed tar, by name and by the magic of its first header."""
    if source.suffix != ".tar" or not source.is_file():
        return False
    with source.open("rb") as file:
        return file.read(tarfile.BLOCKSIZE)[257:262] == b"ustar"


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the archive; DataError also where it holds anything but one folder of them, hidden files aside."""
    try:
        with source.open("rb") as file:
            return draft_of_members(_members(file), workshop)
    except DataError as reason:
        raise DataError(f"{source}: {reason}") from None


def _members(file: BinaryIO) -> Iterator[Member]:
    folders = set()
    for entry, content in entries(file, LARGEST):
        *folder, name = entry.name.removeprefix("./").split("/")
        if (entry.isdir() and not folder) or name.startswith("."):
            continue  # the folder itself, and what macOS adds to an archive: ._ files and .DS_Store
        if len(folder) != 1 or folder[0] in ("", "..") or not (name == META or RECORD.fullmatch(name)):
            raise DataError(
                f"it holds {describe(entry.name)}; expected are {META} and records such as 000000.pickle.pbz2"
            )
        folders.add(folder[0])
        if entry.type not in ORDINARY or len(folders) > 1:
            raise DataError(f"its entry {describe(entry.name)} is not an ordinary file of one folder")
        yield name, content


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
