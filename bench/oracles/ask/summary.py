"""What a column holds: its coverage, its range, its best architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.draft import Values


@dataclass(frozen=True)
class ColumnSummary:
    """What one column holds.

    Attributes:
        present: number of architectures with a value; of a curve, with a point of it.
        lowest: smallest value, in the column's unit.
        highest: largest value.
    """

    column: Column
    present: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class Best:
    """The best architecture by one column; of several that tie, the first in the order of the table."""

    architecture: Any
    value: float


def summarise(column: Column, values: Values) -> ColumnSummary:
    """Coverage and range of a column, `(rows,)` or `(rows, points)`."""
    there = ~np.isnan(values)
    present = values[there]
    covered = there if values.ndim == 1 else there.any(axis=1)
    return ColumnSummary(column, int(covered.sum()), float(present.min()), float(present.max()))
