"""NATS-Bench's folder as the `.tar` it is published in, read member by member; nothing is extracted."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from bench.files import DataError
from bench.oracles.draft import Draft, Workshop
from bench.oracles.formats.format import Format
from bench.oracles.formats.nb201.nats_members import LARGEST, META, RECORD, Member, draft_of_members

_END = bytes(2 * tarfile.BLOCKSIZE)


def recognises(source: Path) -> bool:
    """An uncompressed tar, by name and by the magic of its first header."""
    if source.suffix != ".tar" or not source.is_file():
        return False
    with source.open("rb") as file:
        return file.read(tarfile.BLOCKSIZE)[257:262] == b"ustar"


def read(source: Path, workshop: Workshop) -> Draft:
    """All records in the archive; DataError also where it holds anything but one folder of them."""
    try:
        with tarfile.open(source, "r:") as archive:
            return draft_of_members(_members(archive), workshop)
    except (DataError, tarfile.TarError, EOFError) as reason:
        raise DataError(f"{source}: {reason}") from None


def _members(archive: tarfile.TarFile) -> Iterator[Member]:
    folders = set()
    for entry in archive:
        *folder, name = entry.name.removeprefix("./").split("/")
        if entry.isdir() and not folder:
            continue
        if len(folder) != 1 or folder[0] in ("", "..") or not (name == META or RECORD.fullmatch(name)):
            raise DataError(f"it holds {entry.name!r}; expected are {META} and records such as 000000.pickle.pbz2")
        folders.add(folder[0])
        if not entry.isreg() or entry.issparse() or entry.size > LARGEST or len(folders) > 1:
            raise DataError(f"its entry {entry.name} is not an ordinary file of one folder, up to {LARGEST:,} bytes")
        content = archive.extractfile(entry)
        assert content is not None  # it is a regular file
        yield name, content.read()
    _check_end(archive)


def _check_end(archive: tarfile.TarFile) -> None:
    """The reader takes a damaged header for the end; an archive that is whole ends with two blocks of zeros."""
    file = archive.fileobj
    assert file is not None
    file.seek(archive.offset)
    if file.read(len(_END)) != _END:
        raise DataError(f"truncated or altered at byte {archive.offset:,}: no further entry, and no end of the archive")


FORMAT = Format(
    name="nats-bench-topology-tar",
    version=1,
    words="NATS-Bench's topology space as NATS-tss-v1_0-3ffb9-simple.tar",
    recognises=recognises,
    read=read,
)
