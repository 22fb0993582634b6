"""Means over seeds of rank correlations with their intervals, for many columns of scores on thousands of architectures.

The part of the pool is the infinitesimal jackknife's (see `nasrank.bench.ranking.influence`) and normal; that of the
seeds is Student's t of their mean, as in `nasrank.bench.ranking.intervals`. Nothing is drawn, so the same numbers give
the same interval, in a hundredth of the time of a bootstrap.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.special import ndtri

from nasrank.bench.ranking import Interval, Metric
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.intervals import Values

CONFIDENCE = 0.95

FEWEST = 10
"""Architectures below which there is no interval."""

_NORMAL = ndtri((np.arange(400) + 0.5) / 400)
"""Quantiles that stand for a normal distribution."""


def mean_over_seeds(rows: FloatArray, truth: FloatArray, metric: Metric) -> Interval:
    """A metric of `rows` `(seeds, n)` against `truth` `(n,)`, mean over seeds, all finite.

    NaN where it is undefined, as of constant scores, or of a top tenth of one architecture; its ends are NaN where its
    influence is, or with fewer than `FEWEST` architectures.
    """
    try:
        observed = np.array([metric(row, truth) for row in rows])
        moved = [metric.influence(row, truth) for row in rows] if metric.influence and truth.size >= FEWEST else []
    except ValueError:  # such as a top tenth of one architecture
        return _none(len(rows), truth.size)
    return _interval(observed, moved, truth.size, metric)


def between_seeds(rows: FloatArray, metric: Metric) -> Interval:
    """A metric between two seeds of `rows` `(seeds, n)`, mean over all pairs; NaN with one seed.

    The interval is over architectures alone.
    """
    pairs = list(combinations(rows, 2))
    if not pairs:
        return _none(len(rows), rows.shape[1])
    observed = np.array([np.mean([metric(first, second) for first, second in pairs])])
    moved = [metric.influence(first, second) for first, second in pairs] if metric.influence else []
    found = _interval(observed, moved if rows.shape[1] >= FEWEST else [], rows.shape[1], metric)
    return Interval(**{**vars(found), "seeds": len(rows)})


def _interval(observed: FloatArray, moved: list[FloatArray], n: int, metric: Metric) -> Interval:
    spread = float(np.sqrt(np.sum(np.mean(moved, axis=0) ** 2))) if moved else np.nan
    resampled = observed[:, None] + spread * _NORMAL
    return Values(observed, resampled).over_seeds(confidence=CONFIDENCE, pool_size=n, bounds=metric.bounds)


def _none(seeds: int, n: int) -> Interval:
    return Interval(np.nan, np.nan, np.nan, CONFIDENCE, seeds, n, 0, 0)
