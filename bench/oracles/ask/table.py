"""The table: stand-alone results of many architectures, asked for by named axes.

A table never guesses. Data set, split, epochs and seeds have no defaults; what is not in the table is an error that
lists what is; a missing value is missing, never imputed. What is not stored can be computed in one case only, and says
so: a mean over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask import arrow_file
from nasrank.bench.oracles.ask.arrow_file import Sealed
from nasrank.bench.oracles.ask.axes import Axes, Column, Split, stated
from nasrank.bench.oracles.ask.bound import BoundColumn
from nasrank.bench.oracles.ask.by_position import ByPosition
from nasrank.bench.oracles.ask.checks import check_columns
from nasrank.bench.oracles.ask.draft import Keys, Values
from nasrank.bench.oracles.ask.provenance import Provenance
from nasrank.bench.oracles.ask.rows import Architectures, RowNumbers, Rows, WholeSpace, find_rows, rows_of
from nasrank.bench.oracles.ask.seeds import Masked, any_seed, masked, unmasked
from nasrank.bench.oracles.ask.store import ColumnStore
from nasrank.bench.oracles.ask.summary import Best, ColumnSummary, summarise
from nasrank.spaces import SPACES, Enumerated

if TYPE_CHECKING:
    import pandas as pd


class Table:
    """One immutable table.

    Attributes:
        name: what errors call it.
        columns: everything that is stored.
        means: means over seeds that can be asked for beyond.
        provenance: which file, checksum and protocol the answers come from.
        rows: which architecture each row is about.
    """

    def __init__(self, sealed: Sealed, name: str | None = None) -> None:
        self.name = name or sealed.provenance.recipe
        self.provenance: Provenance = sealed.provenance
        self.rows: Rows = rows_of(sealed.provenance.space, sealed.keys())
        self._store = ColumnStore(sealed, self.name)
        if sealed.batch.num_rows != len(self.rows):
            raise ValueError(f"{sealed.batch.num_rows} rows for {len(self.rows)}: {self.rows.words}")

    @classmethod
    def from_arrays(
        cls,
        columns: Mapping[Column, Values],
        provenance: Provenance,
        keys: Keys | None = None,
    ) -> Table:
        """Build a table from copies of arrays, `(rows,)` or `(rows, points)`, float64 (NaN where missing) or int64.

        What is masked is missing.

        Args:
            keys: what names the rows, see `nasrank.bench.oracles.ask.rows`; None when they are the space's positions.

        Raises:
            ValueError: an array has another shape or type, or values its unit does not allow.
        """
        copies = {column: unmasked(values) for column, values in columns.items()}
        check_columns(copies, provenance.space, keys)
        return cls(arrow_file.seal(copies, provenance, None if keys is None else keys.copy()))

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> Table:
        """Memory-map a table that was compiled or written; DataError when it is missing, truncated or altered.

        Args:
            name: what errors call the table; None for that of the recipe or format that made it.
        """
        sealed = arrow_file.open_mapped(path)
        try:
            SPACES.named(sealed.provenance.space)
        except ValueError as reason:
            raise DataError(f"the table {path} cannot be read: {printable(reason)}") from reason
        try:
            return cls(sealed, name)
        except ValueError as reason:  # of keys that name no rows, or not as many
            raise arrow_file.not_ours(path, reason) from reason

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self.columns)} columns, {self.rows.words}>"

    def write(self, path: Path, *, compressed: bool = False) -> None:
        """Write an Arrow IPC file under `path`, in one step; a compressed one is smaller and cannot be mapped."""
        arrow_file.write(self._store.sealed, path, compressed=compressed)

    def part(self, columns: Sequence[Column]) -> Table:
        """The same rows and provenance with these columns alone, stored or computed."""
        values = {column: self.whole(column) for column in columns}
        sealed = self._store.sealed
        return Table(arrow_file.seal(values, self.provenance, sealed.keys()), self.name)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._store.catalogue.columns

    @property
    def means(self) -> list[Column]:
        return self._store.catalogue.means()

    @property
    def space(self) -> Enumerated[Any]:
        """The search space whose positions are the rows; ValueError when the rows are something else."""
        if type(self.rows) is WholeSpace:
            return self.rows.space
        raise ValueError(f"the rows of this table are {self.rows.words}, not the positions of a search space")

    @overload
    def accuracy(
        self, archs: Architectures, *, dataset: str, split: Split, epochs: int, seeds: Literal["all"]
    ) -> Masked: ...

    @overload
    def accuracy(
        self, archs: Architectures, *, dataset: str, split: Split, epochs: int, seeds: int | str | np.random.Generator
    ) -> npt.NDArray[np.float64]: ...

    def accuracy(
        self, archs: Architectures, *, dataset: str, split: Split, epochs: int, seeds: int | str | np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """Top-1 accuracy in percent at the end of a schedule of `epochs` epochs, `(n,)`.

        Args:
            archs: a sequence of architectures or of their texts, `[one]` for a single one, or an integer array of
                positions in the space. These are not the benchmark's own numbers: `official_positions` has the position
                of each of those.
            seeds: a training seed; "mean" over all seeds an architecture has, or another reduction the table stores;
                "all" for one masked column a seed, `(n, seeds)`, in the order of `seeds_of`; or a generator, to draw
                one of the seeds each architecture has.

        Raises:
            ValueError: the table has no such column, or no value for one of the architectures.
        """
        axes = stated("accuracy", dataset, split, epochs, None)
        if not isinstance(seeds, int | str | np.integer):  # numpy's generators are loaded only when they are met
            if not isinstance(seeds, np.random.Generator):
                raise ValueError(f"seeds are a seed, a reduction, 'all' or a numpy.random.Generator, not {seeds!r}")
            return any_seed(self._store.every_seed(axes, find_rows(self.rows, archs), asked="any"), seeds)
        if seeds == "all":
            return masked(self._store.every_seed(axes, find_rows(self.rows, archs), asked="all"))
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
        """Any metric in its unit at the end of the schedule, `(n,)`, of architectures as `accuracy` takes them.

        An axis left out means a column without that axis, not any of them.

        Raises:
            ValueError: the table has no such column, or no value for one of the architectures.
        """
        axes = _stated(metric, dataset, split, epochs, seeds)
        rows = find_rows(self.rows, archs)
        found = self._store.array(axes, curve=False)[rows]
        self._refuse_missing(axes, rows, found)
        return found

    def curve(
        self, archs: Architectures, *, metric: str, dataset: str, split: Split, epochs: int, seeds: int | str
    ) -> Values:
        """A metric after each epoch of the column's `curve`, `(n, points)`; NaN where a run has no such point.

        `find_curve` with the same axes says which epochs these are.

        Raises:
            ValueError: the table has no such curve, or nothing of it for one of the architectures.
        """
        axes = _stated(metric, dataset, split, epochs, seeds)
        rows = find_rows(self.rows, archs)
        found = self._store.array(axes, curve=True)[rows]
        self._refuse_missing(axes, rows, np.where(np.isnan(found).all(axis=1), np.nan, 0))
        return found

    def official_positions(self, numbers: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Positions in the space of the architectures with these numbers in the benchmark's own files, `(n,)`.

        Of NAS-Bench-201 the two differ: `nasrank tables query 6111` and the benchmark's own programs, which call it
        `arch_index`, ask by such a number, and integers in Python are positions.

        Args:
            numbers: whole numbers `(n,)`, or a single one.

        Raises:
            ValueError: the table does not record the official index, or has no architecture of such a number.
        """
        from nasrank.bench.oracles.ask.overview import OFFICIAL_INDEX  # which needs this module

        asked = np.atleast_1d(np.asarray(numbers))
        if asked.ndim != 1 or (asked.size and asked.dtype.kind not in "iu"):
            raise ValueError(f"official indices are whole numbers (n,), not {asked.dtype} {asked.shape}")
        if OFFICIAL_INDEX not in self.columns:
            raise ValueError(f"{self.name} does not record official indices: give architectures or their texts")
        recorded = self.whole(OFFICIAL_INDEX)
        ascending = np.argsort(recorded, kind="stable")
        places = np.searchsorted(recorded, asked, sorter=ascending)
        rows = ascending[np.minimum(places, len(ascending) - 1)]
        if (absent := recorded[rows] != asked).any():
            raise ValueError(f"{self.name} has no architecture of official index {asked[absent][0]}")
        return self.rows.positions[rows].astype(np.int64)

    def masked(self, archs: Architectures, column: Column | str) -> np.ma.MaskedArray[Any, Any]:
        """The values of a column with the missing ones masked, `(n,)` or `(n, points)`; the column as of `whole`."""
        return masked(self.whole(column)[find_rows(self.rows, archs)])

    def whole(self, column: Column | str) -> Values:
        """A column in order of the rows, `(rows,)` or `(rows, points)`: a read-only view, with NaN where missing.

        Args:
            column: as a value, or as it prints, such as "accuracy/cifar10/test_50k/200/mean"; a curve as a value only.

        Raises:
            ValueError: the table has no such column.
        """
        column = self._column(column)
        return self._store.array(column.axes, curve=column.curve is not None)

    def to_frame(
        self, columns: Sequence[Column | str] | None = None, archs: Architectures | None = None
    ) -> pd.DataFrame:
        """Columns as a pandas data frame: a row an architecture, under its text, NaN where a value is missing.

        Args:
            columns: as values, or as they print, such as "accuracy/cifar10/test_50k/200/mean"; by default everything
                that is stored, but for curves.
            archs: by default every row of the table.

        Raises:
            ValueError: the table has no such column or architecture, or a column is a curve.
        """
        from nasrank.bench.oracles.ask.frame import frame_of  # pandas, which opening a table does not need

        return frame_of(self, columns, archs)

    def over(self, space: Enumerated[Any], column: Column | str) -> ByPosition:
        """A column by position in a space that holds the table's own: of every position, or of those of the rows.

        The latter where the space is too large to be listed. It is NaN where there is no row, or nothing finite in it;
        ValueError for a curve.
        """
        column = self._column(column)
        if column.curve is not None:
            raise ValueError(f"{column} is a curve: it has no one value of an architecture")
        rows, values = self.rows.positions.astype(np.int64), np.asarray(self.whole(column), dtype=np.float64)
        places = rows if self.provenance.space == space.name else space.positions_of(rows)
        finite = np.where(np.isfinite(values), values, np.nan)
        if not space.listable:
            order = np.argsort(places)
            return ByPosition(finite[order], places[order])
        found = np.full(len(space), np.nan)
        found[places] = finite
        return ByPosition(found)

    def bind(
        self,
        *,
        metric: str,
        dataset: str | None,
        split: Split | None = None,
        epochs: int | None = None,
        seeds: int | str | None = None,
    ) -> BoundColumn:
        """One column as a function of one architecture: the fastest way to ask many single questions."""
        column = self.find(metric=metric, dataset=dataset, split=split, epochs=epochs, seeds=seeds)
        return BoundColumn(column, self.rows, self.whole(column))

    def best(
        self,
        *,
        metric: str,
        dataset: str | None,
        split: Split | None = None,
        epochs: int | None = None,
        seeds: int | str | None = None,
    ) -> Best:
        """The architecture whose value is highest, or lowest where lower is better, among those that have one."""
        column = self.find(metric=metric, dataset=dataset, split=split, epochs=epochs, seeds=seeds)
        if column.direction == "none":
            raise ValueError(f"of {metric} neither more nor less is better")
        values = self.whole(column)
        row = int(np.nanargmax(values) if column.direction == "higher" else np.nanargmin(values))
        return Best(self.rows.architecture(row), float(values[row]))

    def seeds_of(self, *, metric: str, dataset: str, split: Split, epochs: int) -> tuple[int, ...]:
        """The seeds of which there are columns, ascending; not every architecture has all of them."""
        columns = self._store.catalogue.seeds(_stated(metric, dataset, split, epochs, None), curve=False)
        return tuple(int(column.seeds) for column in columns if column.seeds is not None)

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
        return self._store.column(_stated(metric, dataset, split, epochs, seeds), curve=False)

    def find_curve(self, *, metric: str, dataset: str, split: Split, epochs: int, seeds: int | str) -> Column:
        """The same for a curve; the column's `curve` holds the epochs."""
        return self._store.column(_stated(metric, dataset, split, epochs, seeds), curve=True)

    def describe(self) -> list[ColumnSummary]:
        """Coverage and range of every stored column."""
        return [summarise(column, self.whole(column)) for column in self.columns]

    def verify(self) -> None:
        """Read every column and compare it with its checksum; DataError names the first altered one."""
        for place in range(len(self.columns)):
            self._store.sealed.values(place)

    def _column(self, column: Column | str) -> Column:
        if isinstance(column, Column):
            return column
        from nasrank.bench.oracles.ask.overview import column_of_text  # which needs this module

        return column_of_text(self, column)

    def _refuse_missing(self, axes: Axes, rows: RowNumbers, found: Values) -> None:
        missing = np.isnan(found)
        if missing.any():
            first = int(rows[missing][0])
            present = self._store.seeds_present(axes, first)
            raise ValueError(
                f"{'/'.join(str(axis) for axis in axes if axis is not None)} is missing for {missing.sum()} of "
                f"{len(rows)} architectures, the first being {self.rows.architecture(first)}, which has seeds "
                f"{', '.join(present) or 'none'}"
            )


def _stated(metric: str, dataset: str | None, split: Split | None, epochs: int | None, seeds: int | str | None) -> Axes:
    """The axes of a question; ValueError where the metric is the text of a whole column."""
    if isinstance(metric, str) and "/" in metric:
        raise ValueError(
            f"metric={metric!r} is the text of a whole column: give each axis by its name, metric="
            f"{metric.partition('/')[0]!r}, dataset=..., or the text to whole(), masked() or to_frame()"
        )
    return stated(metric, dataset, split, epochs, seeds)
