"""Which of two columns ranks better: paired differences, decided with a correction for how many there are.

The interval of a difference is its own, uncorrected. Whether it is *decided* is Holm's step-down test over all
differences of a report, see `nasrank.bench.ranking.multiplicity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from nasrank.bench.judging.resampling import CONFIDENCE, Evaluated
from nasrank.bench.ranking import Metric
from nasrank.bench.ranking.intervals import bounds_of_difference
from nasrank.bench.ranking.multiplicity import holm, p_of


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
