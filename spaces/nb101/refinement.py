"""The module hashes of many cells at once, in numpy [Ying2019].

The vertices of all cells are numbered together, seven a cell, and put into the order in which they are computed. What a
vertex digests in a round is a text of hexadecimal digits, `those that feed it|those that it feeds|its own`, so its
length tells how many those are, and texts of one length are digested together. In the first round few of them differ,
and in all others almost all do. A small cell goes through as many rounds as the largest, and is read when its own are
over.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.spaces.nb101.cell import MAX_VERTICES, OPERATIONS, edge_bit
from nasrank.spaces.nb101.md5 import Words, digests
from nasrank.spaces.nb101.texts import Alike, Digested, Keys, Numbers, Together, ascending, fingerprints, messages

Masks: TypeAlias = npt.NDArray[np.uint8]

TEXTS_AT_ONCE = 32_768
"""So many that the calls of numpy hardly count, and what MD5 works on stays in the processor's second cache."""

_LABELS = (*range(len(OPERATIONS)), -1, -2)
_INPUT, _OUTPUT = len(OPERATIONS), len(OPERATIONS) + 1

_RARE = 6
"""Texts of so many digests or more are rare, and digested together; both lengths that there are take four blocks."""

_SLOTS = 19
"""Of 2^19, each holds one text of those that fall into it."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Multiplied by it, texts that differ a little differ in their first bits."""

_MEMBERS = np.array(
    [sorted(range(MAX_VERTICES), key=lambda vertex: not mask >> vertex & 1) for mask in range(1 << MAX_VERTICES)]
).T.copy()
"""The vertices in a mask, then the others, `(7, 128)`."""


class Cells:
    """Cells whose hashes are computed together; the arguments are those of `module_hashes`."""

    def __init__(self, sizes: Numbers, edges: npt.NDArray[np.uint32], operations: Masks) -> None:
        self._sizes = sizes
        self._sources, self._targets = _neighbours(edges)
        feeding, fed = np.bitwise_count(self._sources), np.bitwise_count(self._targets)
        self._kinds = feeding.astype(np.int16) << 3 | fed
        lengths = np.minimum(feeding + fed + 1, _RARE)
        order = np.argsort(lengths.astype(np.int16) << 6 | self._kinds, kind="stable")
        self._vertices = order[np.count_nonzero(lengths == 1) :]
        self._lengths = lengths[self._vertices]
        self._places = np.zeros(len(lengths), dtype=np.int64)
        self._places[self._vertices] = np.arange(len(self._vertices))
        labels = np.zeros((len(sizes), MAX_VERTICES), dtype=np.int64)
        labels[:, 0], labels[:, 1:-1] = _INPUT, operations
        labels[np.arange(len(sizes)), sizes - 1] = _OUTPUT
        degrees = MAX_VERTICES * fed.astype(np.int64) + feeding
        self._starts = (len(_LABELS) * degrees + labels.ravel())[self._vertices]

    def hashes(self) -> npt.NDArray[np.uint8]:
        """One a cell, `(n, 16)`."""
        hashes = np.empty((len(self._sizes), 16), dtype=np.uint8)
        everything = list(self._together(slice(None)))
        before, after = (Digested(self._vertices, self._places) for _ in range(2))
        before.copy(_first_digested(), self._starts)
        for size in range(1, int(self._sizes.max()) + 1):
            (self._first_round if size == 1 else self._round)(everything, before, after)
            if len(cells := np.flatnonzero(self._sizes == size)):
                hashes[cells] = fingerprints(after, MAX_VERTICES * cells, size)
            before, after = after, before
        return hashes

    def _first_round(self, everything: list[Together], before: Digested, after: Digested) -> None:
        """A round in which many vertices have the same text: it is digested for one of them."""
        ranks = _first_ranks().take(self._starts)
        texts = []
        for kind in (kind for together in everything for kind in together.kinds):
            text = np.zeros(len(kind.cells), dtype=np.uint64)
            for places in (kind.sources, kind.targets):
                for column in ascending([ranks.take(column) for column in places]):
                    text = text << np.uint64(8) | column
            texts.append(text)
        alike = _one_of_each(np.concatenate(texts) << np.uint64(8) | ranks)  # a rank tells the numbers of neighbours
        chosen = np.zeros(len(alike), dtype=bool)
        chosen[alike] = True
        self._round(list(self._together(np.flatnonzero(chosen))), before, after)
        after.copy(after, alike)

    def _round(self, everything: list[Together], before: Digested, after: Digested) -> None:
        for together in everything:
            after.write(together.places, digests(messages(together, before)))

    def _together(self, places: slice | Numbers) -> Iterator[Together]:
        lengths = self._lengths[places]
        for length in range(2, _RARE + 1):
            first, end = np.searchsorted(lengths, (length, length + 1)).tolist()
            portions = -(-(end - first) // TEXTS_AT_ONCE)
            for portion in range(portions):
                start = first + (end - first) * portion // portions
                stop = first + (end - first) * (portion + 1) // portions
                some = slice(start, stop) if isinstance(places, slice) else places[start:stop]
                vertices = self._vertices[some]
                kinds = np.split(vertices, np.flatnonzero(np.diff(self._kinds[vertices])) + 1)
                yield Together(some, [self._alike(vertices) for vertices in kinds])

    def _alike(self, vertices: Numbers) -> Alike:
        cells = vertices - vertices % MAX_VERTICES

        def members(masks: Masks) -> list[Numbers]:
            vertices = [cells + _MEMBERS[place].take(masks) for place in range(int(masks[0]).bit_count())]
            return [self._places.take(column) for column in vertices]

        return Alike(cells, members(self._sources[vertices]), members(self._targets[vertices]))


def _one_of_each(texts: Keys) -> Numbers:
    """Of each text, where one like it is: the same place for most that are alike."""
    slots = (texts * _SPREAD >> np.uint64(64 - _SLOTS)).view(np.int64)
    holders = np.empty(1 << _SLOTS, dtype=np.int32)  # half as many bytes stay in the cache
    holders[slots] = np.arange(len(texts), dtype=np.int32)
    found = holders.take(slots).astype(np.int64)
    return np.where(texts.take(found) == texts, found, np.arange(len(texts)))


@cache
def _first_digests() -> Words:
    """Of `(targets, sources, label)`, `(7 * 7 * 5, 4)`."""
    from hashlib import md5  # loads OpenSSL

    counts = range(MAX_VERTICES)
    texts = [str((targets, sources, label)) for targets in counts for sources in counts for label in _LABELS]
    joined = b"".join(md5(text.encode(), usedforsecurity=False).digest() for text in texts)
    return np.frombuffer(joined, dtype="<u4").reshape(-1, 4)


@cache
def _first_digested() -> Digested:
    """The same, ready to be copied."""
    digest = _first_digests().T.copy()
    nowhere = np.zeros(digest.shape[1], dtype=np.int64)
    digested = Digested(nowhere, nowhere)
    digested.write(slice(None), digest)
    return digested


@cache
def _first_ranks() -> Keys:
    """The places of those among themselves when they are sorted."""
    texts = _first_digests().view(">u8")
    ranks = np.empty(len(texts), dtype=np.uint64)
    ranks[np.lexsort(texts.T[::-1])] = np.arange(len(texts), dtype=np.uint64)
    return ranks


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
