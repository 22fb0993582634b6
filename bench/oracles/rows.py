"""The rows of a table: which architecture each is about, and where an architecture is found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bench.oracles.draft import Keys
from spaces import SearchSpace, get_space
from spaces.foreign import space_of
from spaces.integers import index_array
from spaces.nb101 import cell as nb101
from spaces.nb101.hashing import module_hash

RowNumbers = npt.NDArray[np.integer[Any]]

Architectures = Sequence[Any] | RowNumbers
"""Architectures as values, or as an integer array, which is the fast way.

The integers are positions in the search space, in every table: whether it has the whole of the space or a part of it,
and whatever its rows go by. They are never rows.
"""


class Rows(Protocol):
    """One architecture a row."""

    @property
    def words(self) -> str:
        """What the rows are, a few words."""

    @property
    def positions(self) -> Keys:
        """Of every row's architecture in the search space, int64 `(rows,)`."""

    def __len__(self) -> int: ...

    def row(self, architecture: Any) -> int:
        """Where this architecture is; ValueError when it is none, or not here."""

    def find(self, architectures: Sequence[Any]) -> RowNumbers:
        """Where all of these are, `(n,)`."""

    def numbered(self, numbers: RowNumbers) -> RowNumbers:
        """Where the architectures at these positions of the space are, `(n,)`; ValueError for what is no position."""

    def architecture(self, row: int) -> Any:
        """Whom this row is about; its text is in the benchmark's own notation."""

    def parse(self, text: str) -> Any:
        """The architecture a text stands for; ValueError when it stands for none."""

    def shared(self, other: Rows) -> tuple[RowNumbers, RowNumbers]:
        """Rows here and there of the architectures that both have, in ascending order; both of the same space."""


class WholeSpace:
    """Rows that are the positions of a search space."""

    def __init__(self, space: SearchSpace[Any]) -> None:
        self.space = space

    @property
    def positions(self) -> Keys:
        """Of every row, `(rows,)`, ascending."""
        return np.arange(len(self.space))

    @property
    def words(self) -> str:
        return f"every architecture of {self.space.name}, by position"

    def __len__(self) -> int:
        return len(self.space)

    def row(self, architecture: Any) -> int:
        if type(architecture) is not self.space.value_type and isinstance(architecture, str | int | np.generic):
            raise ValueError(
                f"{architecture!r} is not an architecture: read texts with space.parse(), and give positions as an "
                "integer numpy array"
            )
        return self.space.position(architecture)

    def find(self, architectures: Sequence[Any]) -> RowNumbers:
        return np.fromiter((self.row(one) for one in architectures), dtype=np.int64, count=len(architectures))

    def numbered(self, numbers: RowNumbers) -> RowNumbers:
        return index_array(numbers, len(self.space), f"positions in {self.space.name}")

    def architecture(self, row: int) -> Any:
        return self.space.at(row)

    def parse(self, text: str) -> Any:
        return self.space.parse(text)

    def shared(self, other: Rows) -> tuple[RowNumbers, RowNumbers]:
        return _shared(self.positions, other.positions)


class PartOfSpace(WholeSpace):
    """Rows that are some positions of a search space, ascending: of a source that does not hold the whole of it."""

    def __init__(self, space: SearchSpace[Any], positions: Keys) -> None:
        super().__init__(space)
        if positions.ndim != 1 or not (positions[:-1] < positions[1:]).all():
            raise ValueError("positions must be (rows,) and ascending, each once")
        if len(positions) and not 0 <= positions[0] <= positions[-1] < len(space):
            raise ValueError(f"positions from {positions[0]} to {positions[-1]}: {space.name} has {len(space):,}")
        self._positions = positions
        self._row = {position: row for row, position in enumerate(positions.tolist())}

    @property
    def positions(self) -> Keys:
        return self._positions

    @property
    def words(self) -> str:
        return f"{len(self):,} of the {len(self.space):,} architectures of {self.space.name}, by position"

    def __len__(self) -> int:
        return len(self._positions)

    def row(self, architecture: Any) -> int:
        row = self._row.get(super().row(architecture))
        if row is None:
            raise ValueError(f"the table does not have {architecture}; it has {self.words}")
        return row

    def numbered(self, numbers: RowNumbers) -> RowNumbers:
        numbers = super().numbered(numbers)
        rows = np.searchsorted(self._positions, numbers)
        absent = np.flatnonzero(self._positions[np.minimum(rows, len(self) - 1)] != numbers)
        if absent.size:
            self.row(self.space.at(int(numbers[absent[0]])))  # which says that it is not here
        return rows

    def architecture(self, row: int) -> Any:
        return self.space.at(int(self._positions[row]))


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
        from spaces.nb101.enumeration import enumerated  # all cells: not needed to ask by hash

        return enumerated().find_all(_bytes(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def row(self, architecture: Any) -> int:
        return int(self.find([architecture])[0])

    def find(self, architectures: Sequence[Any]) -> RowNumbers:
        """Of cells, or of their hashes as texts."""
        hashes = [module_hash(one) if isinstance(one, nb101.Cell) else one for one in architectures]
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
            cell = get_space("nb101").at(int(positions[absent[0]]))
            raise ValueError(f"the table does not have {cell}; it has {len(self):,} cells")
        return rows

    @cached_property
    def _by_position(self) -> npt.NDArray[np.int64]:
        """The row of every cell of the space, `(cells,)`; -1 for those that are not here."""
        from spaces.nb101.enumeration import enumerated

        return self._rows_of(_keys(enumerated().hashes))

    def _rows_of(self, keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
        """Where these hashes are, `(n,)`; -1 for those that are not."""
        rows = np.searchsorted(self._keys, keys)
        return np.where(self._keys[np.minimum(rows, len(self) - 1)] == keys, rows, -1)

    def architecture(self, row: int) -> str:
        return bytes(self._keys[row]).ljust(16, b"\0").hex()

    def parse(self, text: str) -> str:
        self._digits([text])
        return text.lower()

    def shared(self, other: Rows) -> tuple[RowNumbers, RowNumbers]:
        if isinstance(other, ModuleHashes):  # which needs no enumeration
            return _shared(self._keys, other._keys)
        return _shared(self.positions, other.positions)

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


def _shared(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> tuple[RowNumbers, RowNumbers]:
    _, first, second = np.intersect1d(here, there, assume_unique=True, return_indices=True)
    return first, second


def _keys(hashes: Keys) -> npt.NDArray[np.bytes_]:
    return np.ascontiguousarray(hashes).view("S16").ravel()


def _bytes(keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.uint8]:
    return keys.view(np.uint8).reshape(-1, 16)


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and len(text) == 32 and set(text.lower()) <= set("0123456789abcdef")


def find_rows(rows: Rows, architectures: Architectures) -> RowNumbers:
    """Where architectures are, given as values or as positions, `(n,)`; ValueError when one is none, or not here."""
    if isinstance(architectures, np.ndarray):
        return rows.numbered(architectures)
    if not isinstance(architectures, Sequence):
        raise ValueError(f"{architectures!r} is not a sequence of architectures: give [architecture] for a single one")
    return rows.find(architectures)


def row_of(rows: Rows, architecture: Any) -> int:
    """Where an architecture is, given as a value or as its position; ValueError when it is none, or not here."""
    if type(architecture) is int or isinstance(architecture, np.integer):
        return int(rows.numbered(np.array([architecture]))[0])
    return rows.row(architecture)


def rows_of(space: str, keys: Keys | None) -> Rows:
    """The rows of a table, from what names them: module hashes, positions, or nothing for all positions."""
    if keys is None:
        return WholeSpace(get_space(space))
    return ModuleHashes(keys) if keys.dtype == np.uint8 else PartOfSpace(get_space(space), keys)
