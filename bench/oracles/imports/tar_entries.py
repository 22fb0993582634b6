"""The entries of a tar, read one after the other; nothing is extracted.

Headers are read here, a block each, since Python's own reader trusts the sizes they state: of 4 KiB that announce a
name of 3 GiB it reads them all.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports.unfolding import Stream

ORDINARY = (tarfile.REGTYPE, tarfile.AREGTYPE)
"""Types of the entries that are files, and no links or devices."""

_BLOCK = tarfile.BLOCKSIZE
_ZEROS = bytes(_BLOCK)
_NOTES = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
"""Entries that say more about the next one: times and owners, or a longer name than any that is read here."""
_LARGEST_NOTE = 64 << 10


def entries(stream: Stream, largest: int) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Every entry with its content, up to the two blocks of zeros with which an archive that is whole ends.

    Args:
        stream: the archive, decompressing where it is compressed.
        largest: bytes that an entry may have.

    Raises:
        DataError: the archive is truncated or altered, or an entry is larger.
    """
    at = 0
    while (block := stream.read(_BLOCK)) != _ZEROS:
        at += _BLOCK
        try:
            entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as reason:
            raise DataError(f"truncated or altered before byte {at:,}: {printable(reason)}") from None
        most = _LARGEST_NOTE if entry.type in _NOTES else largest
        if not 0 <= entry.size <= most:
            raise DataError(f"its entry {describe(entry.name)} has {entry.size:,} bytes, which is not 0 to {most:,}")
        size = -(-entry.size // _BLOCK) * _BLOCK
        content = stream.read(size)
        at += size
        if len(content) < entry.size:
            raise DataError(f"truncated within {describe(entry.name)}")
        if entry.type not in _NOTES:
            yield entry, content[: entry.size]
    if stream.read(_BLOCK) != _ZEROS:
        raise DataError(f"truncated or altered before byte {at + 2 * _BLOCK:,}: a single block of zeros is no end")
