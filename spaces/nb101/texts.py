"""What MD5 digests when many cells are hashed: texts of hexadecimal digits as words, and their digests as digits again.

Vertices are known by their places in the order in which they are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.spaces.nb101.cell import MAX_VERTICES
from nasrank.spaces.nb101.md5 import Words, aligned, digests

Numbers: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.uint64]

_BAR, _END = ord("|"), 0x80


@dataclass(frozen=True)
class Alike:
    """Vertices with equally many that feed them, and that they feed; all are arrays of numbers, `(n,)`.

    Attributes:
        cells: the first vertex of the cell of each.
        sources: where those that feed them are.
        targets: where those that they feed are.
    """

    cells: Numbers
    sources: list[Numbers]
    targets: list[Numbers]


@dataclass(frozen=True)
class Together:
    """Vertices whose texts are digested together, by kinds: all of them of one length, or rare ones."""

    places: slice | Numbers
    kinds: list[Alike]


class Digested:
    """The digests of all vertices after a round, in the order in which they are computed.

    Attributes:
        keys: the first 61 bits of each, by which they are sorted, and in the last three bits which vertex of its cell
            it belongs to. That two of a cell differ, but not in 61 bits, happens once in 10^18 times.
        text: in hexadecimal digits, `(m, 8)`.
        places: where each of the `7 n` vertices is among them.
    """

    def __init__(self, vertices: Numbers, places: Numbers) -> None:
        self._vertex = (vertices % MAX_VERTICES).view(np.uint64)
        self.places = places
        self.keys = np.empty(len(vertices), dtype=np.uint64)
        self.text = np.empty((len(vertices), 8), dtype=np.uint32)

    def write(self, places: slice | Numbers, digest: Words) -> None:
        """Keep the digests `(4, k)` of the vertices that are there: what is done with them is done in the cache."""
        first, second = digest[:2].byteswap().astype(np.uint64)
        first <<= np.uint64(32)
        first |= second
        first &= ~np.uint64(7)
        self.keys[places] = first | self._vertex[places]
        for column, words in zip(self.text.T, _digits(digest), strict=True):
            column[places] = words

    def copy(self, other: Digested, places: Numbers) -> None:
        """Give every vertex the digest that is there in the other, which may be this one."""
        self.keys = other.keys.take(places) & ~np.uint64(7) | self._vertex
        self.text = other.text.take(places, axis=0)

    def sorted(self, cells: Numbers, places: list[Numbers]) -> list[Numbers]:
        """The same places for each cell in the order of their digests; each array is `(n,)`."""
        if len(places) < 2:
            return places
        columns = [self.keys.take(column) for column in places]
        if len(places) == 2:  # faster, and most have no more
            right = np.less(*columns)
            return [np.where(right, *places), np.where(right, *reversed(places))]
        return [self.places.take(cells + (column & np.uint64(7)).view(np.int64)) for column in ascending(columns)]


def ascending(columns: list[Keys]) -> list[Keys]:
    """The same columns `(n,)`, each row of them sorted."""
    for end in reversed(range(1, len(columns))):
        for place in range(end):
            pair = columns[place : place + 2]
            columns[place : place + 2] = np.minimum(*pair), np.maximum(*pair)
    return columns


def fingerprints(digested: Digested, cells: Numbers, size: int) -> npt.NDArray[np.uint8]:
    """The digests of `['first', 'second', ...]`, all vertices of a cell sorted."""
    rows = aligned(9 * size + 1, len(cells))
    rows[0] = _word(b"['")
    vertices = [digested.places.take(cells + vertex) for vertex in range(size)]
    for place, where in enumerate(digested.sorted(cells, vertices)):
        _write(rows, 36 * place + 2, digested.text.take(where, axis=0))
        rows[9 * place + 8] |= _word(b"\0\0']" if place == size - 1 else b"\0\0',")
        rows[9 * place + 9] = _word(b" '")
    words = _padded([*rows[:-1], _END], 36 * size)
    return np.ascontiguousarray(digests(words).T).view(np.uint8)


def messages(together: Together, digested: Digested) -> list[Words | int]:
    """The texts of vertices, ready for MD5."""
    own = digested.text[together.places]
    longest = max(len(kind.sources) + len(kind.targets) + 1 for kind in together.kinds)
    rows = aligned(8 * longest + 1, len(own))
    lengths = np.empty(len(own), dtype=np.uint32)
    start = 0
    for kind in together.kinds:
        stop = start + len(kind.cells)
        part = rows[:, start:stop]
        length = 0
        for places in digested.sorted(kind.cells, kind.sources):
            _write(part, length, digested.text.take(places, axis=0))
            length += 32
        part[length // 4] = _BAR
        for places in digested.sorted(kind.cells, kind.targets):
            _write(part, length + 1, digested.text.take(places, axis=0))
            length += 32
        part[length // 4] |= np.uint32(_BAR << 8)
        _write(part, length + 2, own[start:stop])
        length += 34
        part[length // 4] |= np.uint32(_END << 16)
        part[length // 4 + 1 :] = 0
        lengths[start:stop] = length
        start = stop
    return _padded(list(rows), length if (lengths == length).all() else lengths)


def _write(rows: Words, start: int, words: Words) -> None:
    """Write eight words of each message from this byte on; where that is within a word, its beginning is written."""
    row, bits = start // 4, 8 * (start % 4)
    if bits == 0:
        rows[row : row + 8] = words.T
        return
    across = words.T.copy()  # the words are shifted in place
    rows[row] |= across[0] << np.uint32(bits)
    inside = rows[row + 1 : row + 8]
    np.left_shift(across[1:], np.uint32(bits), inside)
    across >>= np.uint32(32 - bits)
    inside |= across[:-1]
    rows[row + 8] = across[-1]


def _padded(words: list[Words | int], lengths: Words | int) -> list[Words | int]:
    """The words of whole blocks; the given ones end in the byte that ends a message, and lengths are in bytes."""
    return [*words, *[0] * (-(len(words) + 2) % 16), lengths * 8, 0]


def _word(text: bytes) -> np.uint32:
    return np.uint32(int.from_bytes(text, "little"))


def _digits(digest: Words) -> Words:
    """The hexadecimal digits `(8, n)` of digests `(4, n)`: two words for each, the four digits of a word at once."""
    digits = np.empty((4, 2, digest.shape[1]), dtype=np.uint32)
    carried = np.empty(digits.shape[1:], dtype=np.uint32)
    for word, both in zip(digest, digits, strict=True):
        np.bitwise_and(word, _word(b"\xff\xff"), both[0])
        np.right_shift(word, np.uint32(16), both[1])
        np.left_shift(both, np.uint32(8), carried)  # one byte into the lower half, the other into the upper
        both |= carried
        both &= _word(b"\xff\0\xff\0")
        np.right_shift(both, np.uint32(4), carried)  # the upper four bits of each come first
        carried &= _word(b"\x0f\0\x0f\0")
        both &= _word(b"\x0f\0\x0f\0")
        both <<= np.uint32(8)
        both |= carried
        np.add(both, _word(b"\x06\x06\x06\x06"), carried)  # from ten on that is sixteen or more
        carried >>= np.uint32(4)
        carried &= _word(b"\x01\x01\x01\x01")
        carried *= np.uint32(ord("a") - ord("9") - 1)
        both += carried
        both += _word(b"0000")
    return digits.reshape(8, -1)
