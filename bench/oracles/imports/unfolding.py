"""How much a compressed file may unfold to: a hundred bytes of bz2 or gzip can be gigabytes."""

from __future__ import annotations

from typing import Protocol

from nasrank.bench.foundation.files import DataError

_ALWAYS = 2**20
_RATIO = 64
"""Published files unfold to 4 times their size, and NATS-Bench's list of cells, the most regular one, to 39 times."""


class Stream(Protocol):
    """What decompresses."""

    def read(self, size: int, /) -> bytes: ...


def most_bytes(compressed: int) -> int:
    """Bytes that so many compressed ones may unfold to."""
    return _ALWAYS + _RATIO * compressed


class Bounded:
    """A decompressing stream that refuses to go on beyond a number of bytes; its `read` raises DataError then."""

    def __init__(self, stream: Stream, most: int) -> None:
        self._stream = stream
        self._most = self._left = most

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise DataError(f"it unfolds to more than {self._most:,} bytes, which no honest file of its size does")
        return piece
