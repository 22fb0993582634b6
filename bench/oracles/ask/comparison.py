"""How far two measurements of the same architectures agree; the noise ceiling of a truth is such an agreement."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.rows import RowNumbers
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.arrays import FloatArray

RANKING = {"tau": 2, "spearman": 2, "tau_top50": 3, "tau_top10": 11}
"""The metrics of a comparison, and the fewest architectures each is defined on."""


@dataclass(frozen=True)
class Difference:
    """One architecture's two values, in the columns' unit."""

    architecture: Any
    first: float
    second: float


@dataclass(frozen=True)
class ColumnComparison:
    """Two columns over the architectures that have a value in both.

    Attributes:
        architectures: number of them.
        only_first: architectures with a value in the first alone, and so on for the second.
        infinite: how many have a value in both of which one at least is infinite, as where training diverged; all that
            follows is of the others.
        equal: how many have the very same value.
        ranking: metrics of `nasrank.bench.ranking.METRICS`, the second column taken as scores and the first as the
            truth, of both the better end first; NaN where one is undefined, as on constant columns or very
            few architectures.
        mean_difference: mean of second - first, in the columns' unit.
        mean_absolute_difference: mean of the absolute differences.
        largest: the largest absolute differences, the largest first.
    """

    first: Column
    second: Column
    architectures: int
    only_first: int
    only_second: int
    infinite: int
    equal: int
    ranking: dict[str, float]
    mean_difference: float
    mean_absolute_difference: float
    largest: tuple[Difference, ...]


def agreement(first: FloatArray, second: FloatArray, metrics: Iterable[str]) -> dict[str, float]:
    """How well `second`, taken as scores, ranks like `first`, `(n,)` each, by `nasrank.bench.ranking.METRICS`."""
    return {name: METRICS[name](second, first) for name in metrics}


def compare(
    first: Table, second: Table, first_column: Column, second_column: Column, *, largest: int = 10
) -> ColumnComparison:
    """Compare a column of one table with a column of another, or of the same.

    Raises:
        ValueError: the columns have different units or better ends, the tables are about different spaces, or fewer
            than two architectures have a finite value in both.
    """
    if first_column.unit != second_column.unit:
        raise ValueError(f"{first_column} is in {first_column.unit}, {second_column} in {second_column.unit}")
    if first_column.direction != second_column.direction:
        raise ValueError(f"of {first_column} and {second_column}, one is better the higher it is, the other is not")
    here, there = _shared(first, second)
    a = np.asarray(first.whole(first_column), dtype=np.float64)
    b = np.asarray(second.whole(second_column), dtype=np.float64)
    both = ~np.isnan(a[here]) & ~np.isnan(b[there])
    shared = int(both.sum())
    finite = both & np.isfinite(a[here]) & np.isfinite(b[there])
    count = int(finite.sum())
    if count < 2:
        raise ValueError(f"{count} architectures have both {first_column} and {second_column}: nothing to compare")
    x, y, rows = a[here][finite], b[there][finite], here[finite]
    better = -1 if first_column.direction == "lower" else 1
    defined = [name for name, fewest in RANKING.items() if count >= fewest]
    order = np.argsort(-np.abs(y - x), kind="stable")[:largest]
    return ColumnComparison(
        first=first_column,
        second=second_column,
        architectures=shared,
        only_first=int((~np.isnan(a)).sum()) - shared,
        only_second=int((~np.isnan(b)).sum()) - shared,
        infinite=shared - count,
        equal=int((x == y).sum()),
        ranking=dict.fromkeys(RANKING, math.nan) | agreement(better * x, better * y, defined),
        mean_difference=float((y - x).mean()),
        mean_absolute_difference=float(np.abs(y - x).mean()),
        largest=tuple(
            Difference(first.rows.architecture(int(rows[place])), float(x[place]), float(y[place])) for place in order
        ),
    )


def shared_columns(first: Table, second: Table) -> list[Column]:
    """The columns, curves aside, with the very same axes in both, that two architectures at least have in both.

    They are in the first table's order; a mean over seeds that one table stores and the other can compute counts.
    """
    here, there = _shared(first, second)
    found = []
    for column in dict.fromkeys((*first.columns, *first.means)):
        if column.curve is None and _has(second, column) and _has(first, column):
            both = ~np.isnan(first.whole(column)[here]) & ~np.isnan(second.whole(column)[there])
            if both.sum() >= 2:
                found.append(column)
    return found


def _has(table: Table, column: Column) -> bool:
    metric, dataset, split, epochs, seeds = column.axes
    try:
        table.find(metric=metric, dataset=dataset, split=split, epochs=epochs, seeds=seeds)
    except ValueError:
        return False
    return True


def _shared(first: Table, second: Table) -> tuple[RowNumbers, RowNumbers]:
    """Rows of the first and of the second table that are about the same architectures."""
    if first.provenance.space != second.provenance.space:
        raise ValueError(f"one table is about {first.provenance.space}, the other about {second.provenance.space}")
    return first.rows.shared(second.rows)
