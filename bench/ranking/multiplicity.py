"""Many differences at once: which are decided when all of a table are looked at.

Were nothing to be found, one interval of 95 % in twenty would exclude 0 all the same. Holm's step-down test [Holm1979]
keeps the chance that any difference of a family is decided wrongly at 1 minus the confidence, without assuming that
they are independent, which rows of a study are not. Its p-values take the resamples of the pool for normal, with as
many more standard errors as the seeds bring: quantiles that far out would need far more resamples than there are.

References:
    [Holm1979] S. Holm. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, stdtr

from nasrank.bench.ranking.intervals import Values

_NODES = np.linspace(-9, 9, 1_801)
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()
"""A standard normal distribution, as values and how likely they are, as far out as large families need."""


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which are rejected by Holm's step-down test at this level, in the order given; NaN is never, and does not count.

    `level` is the chance, such as 0.05, that any is rejected wrongly.
    """
    rejected = [False] * len(p_values)
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    for step, (p, place) in enumerate(known):
        if p > level / (len(known) - step):
            break
        rejected[place] = True
    return rejected


def p_of(difference: Values) -> float:
    """Chance of a difference at least as large, to either side, were there none; NaN where it is undefined."""
    estimate, seeds = abs(float(difference.observed.mean())), len(difference.observed)
    pool = difference.resampled.mean(axis=0)
    pool = pool[np.isfinite(pool)]
    if math.isnan(estimate) or len(pool) < 2:
        return float("nan")
    spread = float(np.std(pool, ddof=1))
    error = math.sqrt(difference.squared_deviations / (seeds - 1) / seeds) if seeds > 1 else 0.0
    if error > 1e-12:
        return float(2 * _WEIGHTS @ stdtr(seeds - 1, (spread * _NODES - estimate) / error))
    if spread < 1e-12:
        return 1.0 if estimate < 1e-12 else 0.0
    return float(2 * ndtr(-estimate / spread))
