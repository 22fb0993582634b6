"""The module hashes of many cells at once, in numpy [Ying2019].

The vertices of all cells are numbered together, seven a cell. What a vertex digests in a round is a text of hexadecimal
digits, `those that feed it|those that it feeds|its own`, so its length tells how many those are. Texts that MD5 cuts
into equally many blocks are digested together. A small cell goes through as many rounds as the largest, and is read
when its own are over.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.spaces.nb101.cell import MAX_VERTICES, OPERATIONS, edge_bit
from nasrank.spaces.nb101.md5 import Words, digests

Numbers: TypeAlias = npt.NDArray[np.int64]
Masks: TypeAlias = npt.NDArray[np.uint8]
Keys: TypeAlias = npt.NDArray[np.uint64]

TEXTS_AT_ONCE = 24_576
"""So many that the calls of numpy do not count, and what MD5 works on stays in the processor's cache."""

_LABELS = (*range(len(OPERATIONS)), -1, -2)
_INPUT, _OUTPUT = len(OPERATIONS), len(OPERATIONS) + 1
_BAR, _END = ord("|"), 0x80

_MEMBERS = np.array(
    [sorted(range(MAX_VERTICES), key=lambda vertex: not mask >> vertex & 1) for mask in range(1 << MAX_VERTICES)]
)
"""The vertices in a mask, then the others."""


@dataclass(frozen=True)
class _Alike:
    """Vertices with equally many that feed them, and that they feed; all are arrays of numbers, `(n,)`.

    Attributes:
        cells: the first vertex of the cell of each.
        sources: those that feed them.
        targets: those that they feed.
    """

    vertices: Numbers
    cells: Numbers
    sources: list[Numbers]
    targets: list[Numbers]


@dataclass(frozen=True)
class _Together:
    """Vertices whose texts have the same number of MD5 blocks, by kinds."""

    vertices: Numbers
    blocks: int
    kinds: list[_Alike]


@dataclass(frozen=True)
class _Digested:
    """The digests of all vertices after a round.

    Attributes:
        keys: the first 61 bits of each, by which they are sorted, and in the last three bits which vertex of its cell
            it belongs to. That two of a cell differ, but not in 61 bits, happens once in 10^18 times.
        text: in hexadecimal digits, `(7 n, 8)`.
    """

    keys: Keys
    text: Words

    def sorted(self, cells: Numbers, vertices: list[Numbers]) -> list[Numbers]:
        """The same vertices of each cell in the order of their digests; each array is `(n,)`."""
        if len(vertices) < 2:
            return vertices
        columns = [self.keys.take(column) for column in vertices]
        for end in reversed(range(1, len(columns))):
            for place in range(end):
                pair = columns[place : place + 2]
                columns[place : place + 2] = np.minimum(*pair), np.maximum(*pair)
        return [cells + (column & np.uint64(7)).view(np.int64) for column in columns]


class Cells:
    """Cells whose hashes are computed together; the arguments are those of `module_hashes`."""

    def __init__(self, sizes: Numbers, edges: npt.NDArray[np.uint32], operations: Masks) -> None:
        self._sizes = sizes
        self._sources, self._targets = _neighbours(edges)
        labels = np.zeros((len(sizes), MAX_VERTICES), dtype=np.int64)
        labels[:, 0], labels[:, 1:-1] = _INPUT, operations
        labels[np.arange(len(sizes)), sizes - 1] = _OUTPUT
        degrees = MAX_VERTICES * np.bitwise_count(self._targets) + np.bitwise_count(self._sources)
        starts = len(_LABELS) * degrees.astype(np.int64) + labels.ravel()
        self._starts = np.where(degrees > 0, starts, 0)
        self._vertex = np.tile(np.arange(MAX_VERTICES, dtype=np.uint64), len(sizes))

    def hashes(self) -> npt.NDArray[np.uint8]:
        """One a cell, `(n, 16)`."""
        hashes = np.empty((len(self._sizes), 16), dtype=np.uint8)
        everything = list(self._together(np.flatnonzero(self._sources | self._targets)))
        digested = self._digested(_first_digests().take(self._starts, axis=0))
        for size in range(1, int(self._sizes.max()) + 1):
            state = np.empty((len(self._starts), 4), dtype=np.uint32)
            for together in everything:
                state[together.vertices] = digests(_messages(together, digested)).T
            digested = self._digested(state)
            if len(cells := np.flatnonzero(self._sizes == size)):
                hashes[cells] = _fingerprints(digested, MAX_VERTICES * cells, size)
        return hashes

    def _together(self, vertices: Numbers) -> Iterator[_Together]:
        feeding, fed = np.bitwise_count(self._sources[vertices]), np.bitwise_count(self._targets[vertices])
        blocks = (feeding + fed + 3) // 2
        kind = blocks.astype(np.int16) << 6 | feeding << 3 | fed
        order = np.argsort(kind, kind="stable")
        for count in range(2, 5):
            chosen = order[blocks[order] == count]
            for some in np.array_split(chosen, -(-len(chosen) // TEXTS_AT_ONCE)) if len(chosen) else ():
                kinds = np.split(vertices[some], np.flatnonzero(np.diff(kind[some])) + 1)
                yield _Together(vertices[some], count, [self._alike(vertices) for vertices in kinds])

    def _alike(self, vertices: Numbers) -> _Alike:
        cells = vertices - vertices % MAX_VERTICES

        def members(masks: Masks) -> list[Numbers]:
            return [cells + column for column in _MEMBERS[masks].T[: int(masks[0]).bit_count()]]

        return _Alike(vertices, cells, members(self._sources[vertices]), members(self._targets[vertices]))

    def _digested(self, state: Words) -> _Digested:
        keys = state.view(">u8")[:, 0].astype(np.uint64) & ~np.uint64(7) | self._vertex
        return _Digested(keys, _digits().take(state.view(np.uint16)))


def _fingerprints(digested: _Digested, cells: Numbers, size: int) -> npt.NDArray[np.uint8]:
    """The digests of `['first', 'second', ...]`, all vertices of a cell sorted."""
    rows = np.empty((9 * size + 1, len(cells)), dtype=np.uint32)
    rows[0] = _word(b"['")
    for place, vertices in enumerate(digested.sorted(cells, [cells + vertex for vertex in range(size)])):
        _write(rows, 36 * place + 2, digested.text.take(vertices, axis=0))
        rows[9 * place + 8] |= _word(b"\0\0']" if place == size - 1 else b"\0\0',")
        rows[9 * place + 9] = _word(b" '")
    rows[-1] = _END
    return np.ascontiguousarray(digests(_padded(rows, np.uint32(36 * size))).T).view(np.uint8)


def _messages(together: _Together, digested: _Digested) -> list[Words | None]:
    """The texts of vertices, ready for MD5."""
    count = len(together.vertices)
    rows = np.empty((16 * together.blocks - 7, count), dtype=np.uint32)
    lengths = np.empty(count, dtype=np.uint32)
    start = 0
    for kind in together.kinds:
        stop = start + len(kind.vertices)
        part = rows[:, start:stop]
        length = 0
        for vertices in digested.sorted(kind.cells, kind.sources):
            _write(part, length, digested.text.take(vertices, axis=0))
            length += 32
        part[length // 4] = _BAR
        for vertices in digested.sorted(kind.cells, kind.targets):
            _write(part, length + 1, digested.text.take(vertices, axis=0))
            length += 32
        part[length // 4] |= np.uint32(_BAR << 8)
        _write(part, length + 2, digested.text.take(kind.vertices, axis=0))
        length += 34
        part[length // 4] |= np.uint32(_END << 16)
        part[length // 4 + 1 :] = 0
        lengths[start:stop] = length
        start = stop
    return _padded(rows, lengths)


def _write(rows: Words, start: int, words: Words) -> None:
    """Write eight words of each message from this byte on; where that is within a word, its beginning is written."""
    row, bits = start // 4, 8 * (start % 4)
    if bits == 0:
        rows[row : row + 8] = words.T
        return
    across = np.ascontiguousarray(words.T)
    rows[row] |= across[0] << np.uint32(bits)
    begun = across[1:] << np.uint32(bits)
    across >>= np.uint32(32 - bits)
    np.bitwise_or(begun, across[:-1], rows[row + 1 : row + 8])
    rows[row + 8] = across[-1]


def _padded(rows: Words, lengths: npt.NDArray[np.uint32] | np.uint32) -> list[Words | None]:
    """The words of whole blocks; the rows end in the byte that ends a message, and lengths are in bytes."""
    zeros = -(len(rows) + 2) % 16
    return [*rows, *[None] * zeros, np.broadcast_to(lengths * np.uint32(8), rows.shape[1:]), None]


def _word(text: bytes) -> np.uint32:
    return np.uint32(int.from_bytes(text, "little"))


@cache
def _digits() -> Words:
    """The digits of two bytes, by their value as a little-endian number."""
    pairs = np.frombuffer(bytes(range(256)).hex().encode(), dtype="<u2").astype(np.uint32)
    return (pairs[:, None] << np.uint32(16) | pairs).ravel()


@cache
def _first_digests() -> Words:
    """Of `(targets, sources, label)`, `(7 * 7 * 5, 4)`."""
    from hashlib import md5  # loads OpenSSL

    counts = range(MAX_VERTICES)
    texts = [str((targets, sources, label)) for targets in counts for sources in counts for label in _LABELS]
    joined = b"".join(md5(text.encode(), usedforsecurity=False).digest() for text in texts)
    return np.frombuffer(joined, dtype="<u4").reshape(-1, 4)


def _neighbours(edges: npt.NDArray[np.uint32]) -> tuple[Masks, Masks]:
    """Masks of the vertices that feed each vertex and that each feeds, `(7 n,)`."""
    sources = np.zeros((len(edges), MAX_VERTICES), dtype=np.uint8)
    targets = np.zeros_like(sources)
    for target in range(1, MAX_VERTICES):
        column = edges // np.uint32(edge_bit(0, target)) & np.uint32((1 << target) - 1)
        sources[:, target] = column
        for source in range(target):
            targets[:, source] |= (column >> np.uint32(source) & np.uint32(1)).astype(np.uint8) << np.uint8(target)
    return sources.ravel(), targets.ravel()
