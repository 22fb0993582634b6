"""The seed axis: reductions over training runs, of which an architecture may have fewer than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.draft import Values

Masked = np.ma.MaskedArray[Any, np.dtype[np.float64]]


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


def any_seed(values: npt.NDArray[np.float64], generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """For each architecture the value of one seed, drawn uniformly among those it has, `(n,)`.

    Args:
        values: one column a seed, `(n, seeds)`, NaN where there is no run.

    Raises:
        ValueError: one of the architectures has no run at all.
    """
    priority = np.where(np.isnan(values), -1.0, generator.random(values.shape))
    drawn: npt.NDArray[np.float64] = values[np.arange(len(values)), priority.argmax(axis=1)]
    if np.isnan(drawn).any():
        raise ValueError(f"architecture {np.flatnonzero(np.isnan(drawn))[0]} of those asked for has no training run")
    return drawn


def unmasked(values: Values) -> Values:
    """A copy that owns its numbers, float64 with NaN where an element of a masked array is masked."""
    if np.ma.is_masked(values):
        return np.ma.array(values, dtype=np.float64).filled(np.nan)
    return np.array(values, copy=True)


def masked(values: Values) -> Masked:
    """The same values with the missing ones masked; infinite ones are values."""
    return np.ma.masked_where(np.isnan(values), values)
