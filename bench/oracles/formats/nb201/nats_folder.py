"""NATS-Bench's folder `NATS-tss-v1_0-3ffb9-simple`, or part of it: the table holds the architectures that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.files import DataError
from bench.oracles.draft import Draft, Workshop
from bench.oracles.formats.format import Format
from bench.oracles.formats.nb201.nats_members import LARGEST, META, RECORD, Member, draft_of_members


def recognises(source: Path) -> bool:
    """A folder with a record or the list of cells in it."""
    return source.is_dir() and ((source / META).is_file() or any(_records(source)))


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the folder; other files in it are left alone."""
    try:
        return draft_of_members(members(source), workshop)
    except DataError as reason:
        raise DataError(f"{source}: {reason}") from None


def members(folder: Path) -> Iterator[Member]:
    """The list of cells, if it is there, and the records, in the order of their numbers.

    Raises:
        DataError: one is too large.
    """
    meta = folder / META
    for path in ([meta] if meta.is_file() else []) + sorted(_records(folder)):
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is larger than {LARGEST:,} bytes")
        yield path.name, path.read_bytes()


def _records(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if RECORD.fullmatch(path.name))


FORMAT = Format(
    name="nats-bench-topology",
    version=1,
    words="NATS-Bench's topology space as a folder, NATS-tss-v1_0-3ffb9-simple or part of it",
    recognises=recognises,
    read=read,
)
