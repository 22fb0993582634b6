"""The columns of a table by their axes: what is stored, and the means over seeds that can be computed from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.arrow_file import Sealed
from nasrank.bench.oracles.ask.axes import Axes, Column
from nasrank.bench.oracles.ask.catalogue import Catalogue
from nasrank.bench.oracles.ask.draft import Values
from nasrank.bench.oracles.ask.rows import RowNumbers
from nasrank.bench.oracles.ask.seeds import mean_over_seeds


class ColumnStore:
    """Immutable columns; each is read, and compared with its checksum, when it is first asked for.

    Attributes:
        sealed: the Arrow batch they lie in.
        catalogue: which columns there are.
    """

    def __init__(self, sealed: Sealed, owner: str) -> None:
        self.sealed = sealed
        self.catalogue = Catalogue(sealed.columns, owner)
        self._read: dict[tuple[Axes, bool], Values] = {}

    def array(self, axes: Axes, *, curve: bool) -> Values:
        """A column, `(rows,)` or `(rows, points)`, read-only, NaN where missing; ValueError when there is none."""
        known = self._read.get((axes, curve))
        if known is None:
            place = self.catalogue.place(axes, curve=curve)
            known = self._mean(axes, curve=curve) if place is None else self.sealed.values(place)
            self._read[axes, curve] = known
        return known

    def column(self, axes: Axes, *, curve: bool) -> Column:
        """What `array` gives for the same axes."""
        place = self.catalogue.place(axes, curve=curve)
        if place is not None:
            return self.catalogue.columns[place]
        seeds = self.catalogue.seeds(axes, curve=curve) if axes[-1] == "mean" else []
        if not seeds:
            raise self.catalogue.absent(axes, curve=curve)
        among = ", ".join(str(column.seeds) for column in seeds)
        return replace(seeds[0], seeds="mean", derivation=f"mean over those of the seeds {among} an architecture has")

    def every_seed(self, axes: Axes, rows: RowNumbers, *, asked: str) -> npt.NDArray[np.float64]:
        """One column a seed, `(n, seeds)`, NaN where there is no run.

        Args:
            asked: what stood on the seed axis, for the ValueError when there are no single seeds.
        """
        columns = self.catalogue.seeds(axes, curve=False)
        if not columns:
            raise self.catalogue.absent((*axes[:-1], asked), curve=False)
        return np.stack([self.array(column.axes, curve=False)[rows] for column in columns], axis=1)

    def seeds_present(self, axes: Axes, row: int) -> list[str]:
        """The seeds and reductions of which this row has a value, the other axes being the same."""
        alike = [one for one in self.catalogue.columns if one.axes[:-1] == axes[:-1] and one.curve is None]
        return [str(one.seeds) for one in alike if not np.isnan(self.array(one.axes, curve=False)[row])]

    def _mean(self, axes: Axes, *, curve: bool) -> Values:
        column = self.column(axes, curve=curve)
        seeds = self.catalogue.seeds(column.axes, curve=curve)
        return mean_over_seeds([self.array(one.axes, curve=curve) for one in seeds])
