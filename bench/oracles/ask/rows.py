"""The rows of a table: which architecture each is about, and where an architecture is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.draft import Keys
from nasrank.bench.oracles.ask.module_hashes import ModuleHashes, in_both
from nasrank.spaces import Enumerated, get_enumerated
from nasrank.spaces.integers import index_array

RowNumbers = npt.NDArray[np.integer[Any]]

Architectures = Sequence[Any] | RowNumbers
"""Architectures as values, as texts in a notation that the space parses, or as an integer array, which is the fast way.

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

    def __init__(self, space: Enumerated[Any]) -> None:
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
        if type(architecture) is not self.space.value_type and isinstance(architecture, int | np.generic):
            raise ValueError(f"{architecture!r} is not an architecture: give positions as an integer numpy array")
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
        return in_both(self.positions, other.positions)


class PartOfSpace(WholeSpace):
    """Rows that are some positions of a search space, ascending: of a source that does not hold the whole of it."""

    def __init__(self, space: Enumerated[Any], positions: Keys) -> None:
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


def find_rows(rows: Rows, architectures: Architectures) -> RowNumbers:
    """Where architectures are, as values, texts or positions, `(n,)`; ValueError when one is none, or not here."""
    if isinstance(architectures, np.ndarray):
        return rows.numbered(architectures)
    if isinstance(architectures, str) or not isinstance(architectures, Sequence):
        raise ValueError(
            f"{architectures!r:.200} is not a sequence of architectures: give [architecture] for a single one"
        )
    return rows.find(architectures)


def row_of(rows: Rows, architecture: Any) -> int:
    """Where an architecture is, given as a value, a text or its position; ValueError when it is none, or not here."""
    if type(architecture) is int or isinstance(architecture, np.integer):
        return int(rows.numbered(np.array([architecture]))[0])
    return rows.row(architecture)


def rows_of(space: str, keys: Keys | None) -> Rows:
    """The rows of a table, from what names them: module hashes, positions, or nothing for all positions."""
    if keys is None:
        return WholeSpace(get_enumerated(space))
    return ModuleHashes(keys) if keys.dtype == np.uint8 else PartOfSpace(get_enumerated(space), keys)
