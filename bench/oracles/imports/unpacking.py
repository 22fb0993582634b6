"""A downloaded archive becomes the folder that it holds: its known members, nothing else, and whole or not at all."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from nasrank.bench.foundation.describing import describe
from nasrank.bench.foundation.files import DataError, check_sha256, unfinished
from nasrank.bench.oracles.imports.sources import Archive, Member
from nasrank.bench.oracles.imports.tar_entries import ORDINARY, entries
from nasrank.bench.oracles.imports.unfolding import Bounded

_HEADERS = 2**20
"""Bytes of an archive beside the contents of its members: headers, notes and padding."""


def unpack(source: Path, archive: Archive, parent: Path) -> Path:
    """Write the folder of a `.tar.gz` under `parent`, where it takes the place of one of that name.

    Raises:
        DataError: the archive holds anything but the known members, each once, or is truncated or altered.
    """
    target = parent / archive.folder
    with unfinished(parent) as here:
        new = here / "new"
        new.mkdir()
        try:
            for member, content in _members(source, archive):
                (new / member.name).write_bytes(content)
                if member.sha256:
                    check_sha256(new / member.name, member.sha256, advice="Delete the archive and fetch it again.")
        except (OSError, EOFError, zlib.error) as reason:
            raise DataError(f"{source} is truncated or altered: {reason}") from None
        except DataError as reason:
            raise DataError(f"{source}: {reason}") from None
        if target.exists():
            target.rename(here / "old")
        new.rename(target)
    return target


def _members(source: Path, archive: Archive) -> Iterator[tuple[Member, bytes]]:
    left = {member.name: member for member in archive.members}
    largest = max(member.size for member in archive.members)
    with gzip.open(source) as stream:
        bounded = Bounded(stream, sum(member.size for member in archive.members) + _HEADERS)
        for entry, content in entries(bounded, largest):
            folder, _, name = entry.name.removeprefix("./").rstrip("/").partition("/")
            if entry.isdir() and (folder, name) == (archive.folder, ""):
                continue
            if entry.type not in ORDINARY or folder != archive.folder or name not in left:
                raise DataError(
                    f"its entry {describe(entry.name)} is none of the files of {archive.folder}/, or there twice"
                )
            member = left.pop(name)
            if len(content) > member.size or (member.sha256 and len(content) < member.size):
                raise DataError(f"{name} has {len(content):,} bytes, known are {member.size:,}")
            yield member, content
        while bounded.read(2**16):  # gzip verifies the checksum of the whole where it ends
            pass
    if left:
        raise DataError(f"it lacks {', '.join(sorted(left))}")
