"""Every metric of every column with its resamples: which way, and how many, by the size of the pool.

| pool | correlations | metrics of the highest scores |
|---|---|---|
| up to `EXACT` | the bootstrap, 1,000 draws | the bootstrap, 200 draws |
| larger | the linearised bootstrap, see `nasrank.bench.ranking.influence` | the same |
| above `_LARGE` | the same, 400 draws | the bootstrap, as few draws as an interval needs |

All columns have the same resamples, drawn in blocks that fit into memory, so that all differences are paired ones. What
a metric of a plugin cannot compute for many resamples at once has 200 draws in a small pool, as the official sparse tau
has, and in a larger one as few as an interval needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nasrank.bench.ranking import METRICS, Metric, fewest_draws, selections
from nasrank.bench.ranking.arrays import CountArray, FloatArray
from nasrank.bench.ranking.intervals import Values
from nasrank.bench.ranking.metrics import best_rank_at
from nasrank.bench.ranking.registry import FEWER_DRAWS

EXACT = 1_000
"""Architectures up to which pairs are resampled: it takes n^2 a draw."""

CONFIDENCE = 0.95

_SEED = 27
_BLOCK_VALUES = 2**23
_DRAWS, _FEWER = 1_000, 400
_LARGE = 100_000

_SELECTIONS = (
    "precision_top10",
    "best_rank_at1",
    "best_rank_at10",
    "regret_at1",
    "regret_at10",
    "surpass_random10",
)
"""Metrics of the highest scores."""

_BEST_RANK_AT_1 = Metric(
    name="best_rank_at1",
    label="true rank of the highest score",
    function=partial(best_rank_at, k=1),
    vectorised=partial(selections.best_rank_of_resamples, k=1),
    most_draws=FEWER_DRAWS,
    higher_is_better=False,
    unit="rank",
    bounds=(1.0, float("inf")),
)


@dataclass(frozen=True)
class Resampling:
    """How the intervals of a metric are made: "bootstrap" or "linearised bootstrap", of so many draws."""

    name: str
    draws: int


@dataclass(frozen=True, eq=False)
class Evaluated:
    """One metric of one column.

    Attributes:
        values: NaN where it is undefined.
        way: how it was resampled.
        reason: why there is no value; empty where there is one.
    """

    values: Values
    way: Resampling
    reason: str = ""


def judged_metrics(*, percent: bool) -> dict[str, Metric]:
    """Every metric that means something for such a truth, in the order of tables."""
    found = {}
    for name, metric in METRICS.items():
        if percent or not metric.truth_in_percent or metric.name.startswith("regret"):
            found[name] = replace(metric, unit=metric.unit if percent or metric.unit != "points" else "")
        if name == "best_rank_at10":
            found[_BEST_RANK_AT_1.name] = _BEST_RANK_AT_1
    return found


def way_of(metric: Metric, n: int) -> Resampling:
    """How a metric is resampled in a pool of `n`."""
    most = _DRAWS if n <= _LARGE else _FEWER
    if n <= EXACT:
        return Resampling("bootstrap", (metric.most_draws or _DRAWS) if metric.vectorised else FEWER_DRAWS)
    if metric.influence is not None:
        return Resampling("linearised bootstrap", most)
    if metric.name in _SELECTIONS:
        return Resampling("bootstrap", FEWER_DRAWS if n <= _LARGE else fewest_draws(CONFIDENCE))
    return Resampling("bootstrap", fewest_draws(CONFIDENCE))


def evaluate(
    scores: Mapping[str, FloatArray], truth: FloatArray, metrics: Mapping[str, Metric]
) -> dict[str, dict[str, Evaluated]]:
    """By column and metric, for `scores` of `(seeds, n)` each against `truth` `(n,)`."""
    n = truth.size
    ways = {name: way_of(metric, n) for name, metric in metrics.items()}
    found = {
        column: {name: _start(rows, truth, metrics[name], ways[name]) for name in metrics}
        for column, rows in scores.items()
    }
    moving = _moving(scores, truth, metrics, found)
    start = 0
    for counts in _blocks(n, max(way.draws for way in ways.values())):
        moved = iter(moving @ counts.T.astype(np.float64))
        for column, rows in scores.items():
            for name, one in found[column].items():
                linearised = _is_linearised(one)
                change = np.stack([next(moved) for _ in rows]) if linearised else None
                some = counts[: max(0, one.way.draws - start)]
                if one.reason or not len(some):
                    continue
                into = one.values.resampled[:, start : start + len(some)]
                if change is not None:
                    into[:] = one.values.observed[:, None] + change[:, : len(some)]
                else:
                    into[:] = [metrics[name].of_resamples(row, truth, some) for row in rows]
        start += len(counts)
    return found


def _is_linearised(one: Evaluated) -> bool:
    return one.way.name != "bootstrap" and not one.reason


def _moving(
    scores: Mapping[str, FloatArray],
    truth: FloatArray,
    metrics: Mapping[str, Metric],
    found: Mapping[str, Mapping[str, Evaluated]],
) -> FloatArray:
    """The influences of whatever is linearised, a row a seed, in the order of columns and metrics: `(rows, n)`."""
    rows = []
    for column, seeds in scores.items():
        for name, one in found[column].items():
            influence = metrics[name].influence
            if _is_linearised(one) and influence is not None:
                rows += [influence(row, truth) for row in seeds]
    return np.stack(rows) if rows else np.empty((0, truth.size))


def _start(rows: FloatArray, truth: FloatArray, metric: Metric, way: Resampling) -> Evaluated:
    """The value on the pool, and room for its resamples."""
    reason, observed = "", np.full(len(rows), np.nan)
    try:
        observed = np.array([metric(row, truth) for row in rows])
        if np.isnan(observed).any():
            reason = "undefined: the scores or the truth are all equal there"
    except ValueError as refusal:  # such as a top tenth of one architecture
        reason = str(refusal)
    return Evaluated(Values(observed, np.full((len(rows), way.draws), np.nan)), way, reason)


def _blocks(n: int, draws: int) -> Iterator[CountArray]:
    """How often each architecture is drawn, `(some, n)`, for all draws; the same for the same n."""
    generator, width = np.random.default_rng(_SEED), max(1, _BLOCK_VALUES // n)
    for start in range(0, draws, width):
        some = min(width, draws - start)
        yield np.stack([np.bincount(generator.integers(n, size=n), minlength=n) for _ in range(some)])
