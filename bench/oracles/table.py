"""The table: stand-alone results of every architecture of a space, asked for by named axes.

A table never guesses. Data set, split, epochs and seeds have no defaults; what is not in the table is an error that
lists what is; a missing value is missing, never imputed. Rows are the positions of the space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.oracles import arrow_file
from bench.oracles.arrow_file import Sealed, Values
from bench.oracles.axes import Column, Split
from bench.oracles.provenance import Provenance
from spaces import SearchSpace, get_space

Architectures = Sequence[Any] | npt.NDArray[np.integer[Any]]
"""Architectures as values, or as an integer array of their positions in the space, which is the fast way."""


@dataclass(frozen=True)
class Summary:
    """What one column holds.

    Attributes:
        present: number of architectures with a value.
        lowest: smallest value, in the column's unit.
        highest: largest value.
    """

    column: Column
    present: int
    lowest: float
    highest: float


class Table:
    """One immutable column store.

    Attributes:
        columns: everything that can be asked for.
        provenance: which file, checksum and protocol the answers come from.
        space: the search space whose positions are the rows.
    """

    def __init__(self, sealed: Sealed) -> None:
        self.columns: tuple[Column, ...] = sealed.columns
        self.provenance: Provenance = sealed.provenance
        self.space: SearchSpace[Any] = get_space(sealed.provenance.space)
        self._sealed = sealed
        self._place = {column.axes: place for place, column in enumerate(sealed.columns)}
        self._read: dict[int, Values] = {}
        if sealed.batch.num_rows != len(self.space):
            raise ValueError(f"{sealed.batch.num_rows} rows for {len(self.space)} architectures of {self.space.name}")
        if len(self._place) != len(self.columns):
            raise ValueError("two columns of one table have the same axes")

    @classmethod
    def from_arrays(cls, columns: Mapping[Column, Values], provenance: Provenance) -> Table:
        """Build a table from arrays `(len(space),)` in position order, float64 (NaN where missing) or int64.

        Raises:
            ValueError: an array has another shape or type, or values its unit does not allow.
        """
        rows = len(get_space(provenance.space))
        for column, values in columns.items():
            _check(column, values, rows)
        return cls(arrow_file.seal(columns, provenance))

    @classmethod
    def open(cls, path: Path) -> Table:
        """Memory-map a table that `write` wrote; DataError when it is missing, truncated or altered."""
        return cls(arrow_file.open_mapped(path))

    def write(self, path: Path) -> None:
        """Write an Arrow IPC file under `path`, in one step."""
        arrow_file.write(self._sealed, path)

    def accuracy(
        self, archs: Architectures, *, dataset: str, split: Split, epochs: int, seeds: int | str
    ) -> npt.NDArray[np.float64]:
        """Top-1 accuracy in percent, `(n,)`.

        Args:
            epochs: length of the training schedule.
            seeds: a training seed, or a named reduction such as "mean".

        Raises:
            ValueError: the table has no such column, or no value for one of the architectures.
        """
        found = self.values(archs, metric="accuracy", dataset=dataset, split=split, epochs=epochs, seeds=seeds)
        return found.astype(np.float64, copy=False)

    def values(
        self,
        archs: Architectures,
        *,
        metric: str,
        dataset: str | None,
        split: Split | None = None,
        epochs: int | None = None,
        seeds: int | str | None = None,
    ) -> Values:
        """Any metric in its unit, `(n,)`; an axis left out means a column without that axis, not any of them.

        Raises:
            ValueError: the table has no such column, or no value for one of the architectures.
        """
        column = self.find(metric=metric, dataset=dataset, split=split, epochs=epochs, seeds=seeds)
        positions = self._positions(archs)
        found: Values = self.whole(column)[positions]
        if found.dtype.kind == "f":
            missing = np.isnan(found)
            if missing.any():
                raise ValueError(self._missing(column, positions, missing))
        return found

    def masked(self, archs: Architectures, column: Column) -> np.ma.MaskedArray[Any, Any]:
        """The values of one of `columns` with the missing ones masked, `(n,)`."""
        return np.ma.masked_invalid(self.whole(column)[self._positions(archs)])

    def whole(self, column: Column) -> Values:
        """One of `columns` in position order, `(len(space),)`: a read-only view, with NaN where missing."""
        place = self._locate(column.axes)
        if place not in self._read:
            self._read[place] = self._sealed.values(place)
        return self._read[place]

    def find(
        self,
        *,
        metric: str,
        dataset: str | None,
        split: Split | None = None,
        epochs: int | None = None,
        seeds: int | str | None = None,
    ) -> Column:
        """The column with exactly these axes; ValueError says which axis fails and what the table has there."""
        return self.columns[self._locate((metric, dataset, split, epochs, seeds))]

    def describe(self) -> list[Summary]:
        """Coverage and range of every column."""
        summaries = []
        for column in self.columns:
            present = self.whole(column)
            present = present[~np.isnan(present)]
            summaries.append(Summary(column, len(present), float(present.min()), float(present.max())))
        return summaries

    def verify(self) -> None:
        """Read every column and compare it with its checksum; DataError names the first altered one."""
        for place in range(len(self.columns)):
            self._sealed.values(place)

    def _locate(self, axes: tuple[str, str | None, Split | None, int | None, int | str | None]) -> int:
        place = self._place.get(axes)
        if place is None:
            raise ValueError(self._absent(axes))
        return place

    def _positions(self, archs: Architectures) -> npt.NDArray[np.integer[Any]]:
        if isinstance(archs, np.ndarray) and archs.dtype.kind in "iu":
            if archs.ndim != 1:
                raise ValueError(f"positions must have one axis, not shape {archs.shape}")
            if archs.size and (archs.min() < 0 or archs.max() >= len(self.space)):
                raise ValueError(
                    f"positions from {archs.min()} to {archs.max()}: {self.space.name} has 0 to {len(self.space) - 1}"
                )
            return archs
        for arch in archs:
            if isinstance(arch, str | int | np.generic):
                raise ValueError(
                    f"{arch!r} is not an architecture: read texts with space.parse(), and give positions as an "
                    "integer numpy array"
                )
        return np.fromiter((self.space.position(arch) for arch in archs), dtype=np.int64, count=len(archs))

    def _absent(self, axes: tuple[object, ...]) -> str:
        left = list(self.columns)
        stated: list[str] = []
        for name, wanted in zip(("metric", "dataset", "split", "epochs", "seeds"), axes, strict=True):
            known = sorted({str(getattr(column, name)) for column in left})
            left = [column for column in left if getattr(column, name) == wanted]
            if not left:
                given = f" for {', '.join(stated)}" if stated else ""
                return f"{self.provenance.recipe} has no {name} {str(wanted)!r}{given}; it has {', '.join(known)}"
            stated.append(f"{name} {wanted}")
        raise AssertionError("every axis matched, so the column is not absent")

    def _missing(self, column: Column, positions: npt.NDArray[np.integer[Any]], missing: npt.NDArray[np.bool_]) -> str:
        first = int(positions[missing][0])
        others = [other for other in self.columns if other.axes[:-1] == column.axes[:-1]]
        present = [str(other.seeds) for other in others if not np.isnan(self.whole(other)[first])]
        return (
            f"{column} is missing for {missing.sum()} of {len(positions)} architectures, the first being "
            f"{self.space.at(first)}, which has seeds {', '.join(present) or 'none'}"
        )


def _check(column: Column, values: Values, rows: int) -> None:
    if values.shape != (rows,) or values.dtype not in (np.float64, np.int64):
        raise ValueError(f"column {column}: expected float64 or int64 ({rows},), not {values.dtype} {values.shape}")
    present = values[~np.isnan(values)]
    if not present.size:
        raise ValueError(f"column {column} holds no value at all")
    highest = 100.0 if column.unit == "percent" else np.finfo(np.float64).max
    if present.min() < 0 or present.max() > highest:
        raise ValueError(f"column {column}: values from {present.min()} to {present.max()} are not in {column.unit}")
