"""Rows that go by NAS-Bench-101's module hashes, see `nasrank.bench.oracles.ask.rows`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.draft import Keys
from nasrank.spaces import get_enumerated
from nasrank.spaces.foreign import space_of
from nasrank.spaces.integers import index_array
from nasrank.spaces.nb101 import cell as nb101
from nasrank.spaces.nb101.hashing import module_hash

if TYPE_CHECKING:
    from nasrank.bench.oracles.ask.rows import RowNumbers, Rows


class ModuleHashes:
    """Rows named by NAS-Bench-101's module hash, 32 hexadecimal digits, in ascending order [Ying2019].

    The hash is the same for isomorphic cells, so it names what the benchmark trained. Cells of the search space are
    found by their hash, and so are their positions, for which all cells are enumerated once.

    References:
        [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
    """

    words = "cells of NAS-Bench-101, by module hash"

    def __init__(self, hashes: Keys) -> None:
        if hashes.ndim != 2 or hashes.shape[1] != 16 or hashes.dtype != np.uint8:
            raise ValueError(f"module hashes must be uint8 (rows, 16), not {hashes.dtype} {hashes.shape}")
        self._keys = _keys(hashes)
        if not (self._keys[:-1] < self._keys[1:]).all():
            raise ValueError("module hashes must be ascending, each once")

    @property
    def positions(self) -> Keys:
        """ValueError when a hash is that of no cell of the space."""
        from nasrank.spaces.nb101.enumeration import enumerated  # all cells: not needed to ask by hash

        return enumerated().find_all(_bytes(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def row(self, architecture: Any) -> int:
        return int(self.find([architecture])[0])

    def find(self, architectures: Sequence[Any]) -> RowNumbers:
        """Of cells, as values or as texts, or of their hashes as texts."""
        hashes = [_hash_of(one) for one in architectures]
        rows = self._rows_of(_keys(np.frombuffer(self._digits(hashes), dtype=np.uint8).reshape(-1, 16)))
        absent = np.flatnonzero(rows < 0)
        if absent.size:
            raise ValueError(f"the table has no cell {architectures[absent[0]]}; it has {len(self):,} cells")
        return rows

    def numbered(self, numbers: RowNumbers) -> RowNumbers:
        positions = index_array(numbers, len(self._by_position), "positions in nb101")
        rows = self._by_position[positions]
        absent = np.flatnonzero(rows < 0)
        if absent.size:
            cell = get_enumerated("nb101").at(int(positions[absent[0]]))
            raise ValueError(f"the table does not have {cell}; it has {len(self):,} cells")
        return rows

    @cached_property
    def _by_position(self) -> npt.NDArray[np.int64]:
        """The row of every cell of the space, `(cells,)`; -1 for those that are not here."""
        from nasrank.spaces.nb101.enumeration import enumerated

        return self._rows_of(_keys(enumerated().hashes))

    def _rows_of(self, keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
        """Where these hashes are, `(n,)`; -1 for those that are not."""
        rows = np.searchsorted(self._keys, keys)
        return np.where(self._keys[np.minimum(rows, len(self) - 1)] == keys, rows, -1)

    def architecture(self, row: int) -> str:
        return bytes(self._keys[row]).ljust(16, b"\0").hex()

    def parse(self, text: str) -> str:
        digits: str = _hash_of(text)
        self._digits([digits])
        return digits.lower()

    def shared(self, other: Rows) -> tuple[RowNumbers, RowNumbers]:
        if isinstance(other, ModuleHashes):  # which needs no enumeration
            return in_both(self._keys, other._keys)
        return in_both(self.positions, other.positions)

    def _digits(self, hashes: Sequence[Any]) -> bytes:
        try:
            joined = bytes.fromhex("".join(hashes))
        except (TypeError, ValueError):
            joined = b""
        if len(joined) != 16 * len(hashes) or any(len(one) != 32 for one in hashes):
            wrong = next(one for one in hashes if not _is_hash(one))
            if owner := space_of(wrong):
                raise ValueError(f"{wrong} is an architecture of {owner}, not of nb101")
            raise ValueError(f"{wrong!r} is not a module hash of NAS-Bench-101: 32 hexadecimal digits")
        return joined


def _hash_of(architecture: Any) -> Any:
    """Of a cell or its text; what is neither stays as it is."""
    if isinstance(architecture, str) and not _is_hash(architecture):
        with suppress(ValueError):
            architecture = nb101.parse(architecture)
    return module_hash(architecture) if isinstance(architecture, nb101.Cell) else architecture


def in_both(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> tuple[RowNumbers, RowNumbers]:
    """Places here and there of what both arrays hold, each once in either, in ascending order."""
    _, first, second = np.intersect1d(here, there, assume_unique=True, return_indices=True)
    return first, second


def _keys(hashes: Keys) -> npt.NDArray[np.bytes_]:
    return np.ascontiguousarray(hashes).view("S16").ravel()


def _bytes(keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.uint8]:
    return keys.view(np.uint8).reshape(-1, 16)


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and len(text) == 32 and set(text.lower()) <= set("0123456789abcdef")
