"""The seed axis: reductions over training runs, of which an architecture may have fewer than another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench.oracles.draft import Values
from bench.oracles.rows import RowNumbers


def mean_over_seeds(columns: Sequence[Values]) -> npt.NDArray[np.float64]:
    """Mean over the seeds that have a value, of columns of one shape; NaN where none has.

    Sums run in the order of the columns, as in the benchmarks' own packages, so that the last bits agree too.
    """
    total = np.zeros(columns[0].shape)
    count = np.zeros(columns[0].shape, dtype=np.int64)
    for values in columns:
        present = ~np.isnan(values)
        np.add(total, values, out=total, where=present)
        count += present
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    mean.flags.writeable = False
    return mean


def any_seed(columns: Sequence[Values], rows: RowNumbers, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """For each of `rows` the value of one seed, drawn uniformly among those it has, `(n,)`.

    Raises:
        ValueError: one of the rows has no seed at all.
    """
    values = np.stack([column[rows] for column in columns], axis=1)
    priority = np.where(np.isnan(values), -1.0, generator.random(values.shape))
    drawn: npt.NDArray[np.float64] = values[np.arange(len(rows)), priority.argmax(axis=1)]
    if np.isnan(drawn).any():
        raise ValueError(f"row {rows[np.isnan(drawn)][0]} has no training run to draw from")
    return drawn
