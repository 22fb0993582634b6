"""The bytes of a pickle, read from a stream a chunk at a time."""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

from nasrank.bench.oracles.foreign.inert_pickle.limits import BYTES, CHUNK, STREAM, PickleError


class Source:
    """A window on the stream: `data[at:]` is read from the stream but not yet consumed."""

    def __init__(self, stream: bytes | BinaryIO) -> None:
        self._file = io.BytesIO(stream) if isinstance(stream, bytes) else stream
        self.data = b""
        self.at = 0
        self.passed = 0  # bytes of the stream before `data`
        self.freed = 0  # bytes of the stream that do not count towards the limit, as what they made was let go

    @property
    def position(self) -> int:
        """Bytes consumed since the stream was handed over."""
        return self.passed + self.at

    def take(self, count: int) -> bytes:
        """The next bytes; PickleError where the stream ends before them."""
        end = self.at + count
        if end > len(self.data):
            self._fill(count)
            end = count
            if end > len(self.data):
                raise PickleError(f"truncated: {count:,} bytes wanted, {len(self.data):,} left")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def skip(self, byte: bytes) -> bool:
        """Consume the next byte if it is this one and in the window."""
        found = self.data[self.at : self.at + 1] == byte
        self.at += found
        return found

    def line(self, longest: int) -> bytes:
        """The bytes up to the next line feed, without it; PickleError where there is none within `longest` bytes."""
        if len(self.data) - self.at <= longest:
            self._fill(longest + 1)
        end = self.data.find(b"\n", self.at, self.at + longest + 1)
        if end < 0:
            raise PickleError(f"a name does not end within {longest} bytes")
        piece = self.data[self.at : end]
        self.at = end + 1
        return piece

    def exhausted(self) -> bool:
        """Whether the stream ends here. It is asked once more, which lets archives check their checksums."""
        return self.at == len(self.data) and not self._read()

    def _fill(self, wanted: int) -> None:
        """Move the window on: it holds `wanted` bytes from `at` on, and at least a chunk, unless the stream ends."""
        pieces = [self.data[self.at :]]
        self.passed += self.at
        self.at = 0
        held = len(pieces[0])
        while held < max(wanted, CHUNK) and (piece := self._read()):
            pieces.append(piece)
            held += len(piece)
        self.data = b"".join(pieces)
        if self.passed > STREAM:
            raise PickleError(f"it is longer than {STREAM:,} bytes")
        if self.passed - self.freed > BYTES:
            raise PickleError(f"an object, or an entry read by itself, is longer than {BYTES:,} bytes")

    def _read(self) -> bytes:
        try:
            return self._file.read(CHUNK)
        except (OSError, EOFError, zlib.error) as reason:  # what bz2, gzip and zip raise for damaged or cut streams
            raise PickleError(f"the stream cannot be read further: {reason}") from reason
