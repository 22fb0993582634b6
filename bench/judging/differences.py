"""Which of two columns ranks better: paired differences, decided with a correction for how many there are.

The interval of a difference is its own, uncorrected. Whether it is *decided* is Holm's step-down test [Holm1979] over
all differences of a report: the chance that any of them is decided wrongly is at most 1 minus the confidence. Its
p-values take the resamples for normal, with as many more standard errors as the seeds bring, for quantiles that far out
would need far more resamples than there are.

References:
    [Holm1979] S. Holm. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from nasrank.bench.judging.resampling import CONFIDENCE, Evaluated
from nasrank.bench.ranking import Metric
from nasrank.bench.ranking.intervals import Values, bounds_of_difference

_NODES = ndtri((np.arange(2_000) + 0.5) / 2_000)
"""A standard normal distribution, as equally likely values."""


@dataclass(frozen=True)
class PairedDifference:
    """First minus second, in a metric, on the same architectures, resamples and seeds.

    Attributes:
        baseline: whether the second is one.
        low: and `high`: the uncorrected interval.
        p: of no difference, two-sided.
        decided: by Holm's test over all differences of the report.
        decided_alone: by its own interval.
    """

    first: str
    second: str
    baseline: bool
    metric: str
    value: float
    low: float
    high: float
    p: float
    decided: bool
    decided_alone: bool


def differences(
    evaluated: Mapping[str, Mapping[str, Evaluated]], baselines: Sequence[str], metric: Metric, pool_size: int
) -> tuple[PairedDifference, ...]:
    """Of every two columns, and of every column and baseline; those that are undefined are left out."""
    columns = [name for name in evaluated if name not in baselines]
    pairs = [*combinations(columns, 2), *((name, other) for name in columns for other in baselines)]
    found = []
    for first, second in pairs:
        one, other = (evaluated[name][metric.name] for name in (first, second))
        if one.reason or other.reason:
            continue
        values = one.values.minus(other.values)
        interval = values.over_seeds(confidence=CONFIDENCE, pool_size=pool_size, bounds=bounds_of_difference(metric))
        found.append(
            PairedDifference(
                first,
                second,
                second in baselines,
                metric.name,
                interval.estimate,
                interval.low,
                interval.high,
                p_of(values),
                decided=False,
                decided_alone=bool(interval.low > 0 or interval.high < 0),
            )
        )
    decided = holm([one.p for one in found], 1 - CONFIDENCE)
    return tuple(replace(one, decided=verdict) for one, verdict in zip(found, decided, strict=True))


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which are rejected by Holm's step-down test at this level, in the order given."""
    rejected = [False] * len(p_values)
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        if p_values[place] > level / (len(p_values) - step):
            break
        rejected[place] = True
    return rejected


def p_of(values: Values) -> float:
    """Chance of a difference at least as large, to either side, were there none."""
    estimate, seeds = abs(float(values.observed.mean())), len(values.observed)
    pool = values.resampled.mean(axis=0)
    spread = float(np.std(pool[np.isfinite(pool)], ddof=1))
    error = math.sqrt(values.squared_deviations / (seeds - 1) / seeds) if seeds > 1 else 0.0
    if error > 1e-12:
        return float(2 * stdtr(seeds - 1, (spread * _NODES - estimate) / error).mean())
    if spread < 1e-12:
        return 1.0 if estimate < 1e-12 else 0.0
    return float(2 * ndtr(-estimate / spread))
