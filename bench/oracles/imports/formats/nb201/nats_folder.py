"""NATS-Bench's folder `NATS-tss-v1_0-3ffb9-simple`, or part of it: the table holds the architectures that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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


def recognises(source: Path) -> bool:
    """A folder with a record or the list of cells in it."""
    return source.is_dir() and any(_ours(source))


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the folder; other files in it are left alone."""
    try:
        return draft_of_members(members(source), workshop)
    except DataError as reason:
        raise DataError(f"{source}: {reason}") from None


def files(folder: Path) -> list[Path]:
    """The records and the list of cells, if it is there; whatever else is in the folder is none of them.

    Raises:
        DataError: a folder, or a link to nothing, has the name of one of these.
    """
    found = sorted(_ours(folder))
    for path in found:
        if not path.is_file():
            raise DataError(f"{path} is not a file")
    return found


def members(folder: Path) -> Iterator[Member]:
    """Names and contents of the files.

    Raises:
        DataError: one is too large, or not a file.
    """
    for path in files(folder):
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is larger than {LARGEST:,} bytes")
        yield path.name, path.read_bytes()


def _ours(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.name == META or RECORD.fullmatch(path.name))


FORMAT = FORMATS.register(
    Format(
        name=BENCHMARK,
        version=1,
        words="NATS-Bench's topology space as a folder, NATS-tss-v1_0-3ffb9-simple or part of it",
        recognises=recognises,
        read=read,
        files=files,
    )
)
