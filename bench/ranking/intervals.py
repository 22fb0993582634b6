"""Confidence intervals of ranking metrics over the pool of architectures and the training seeds.

A reported value is a mean over seeds of a metric on one pool. It would change with another pool and with other seeds;
both have to be in its interval, and the two sources are crossed: every seed scores the same pool.

Pool
    The bootstrap. Each draw resamples the n architectures with replacement, once for all seeds and for both sides of
    a comparison, so that what the sides share (easy pools, ties) cancels in their difference. Undefined draws (NaN, a
    constant side) are left out of the quantiles and counted in `undefined_draws`: never hidden.

Seeds
    Not the bootstrap. A percentile bootstrap of 3 seeds cannot leave the range of the 3 values, and chance puts all 3
    on one side of the answer in 1 of 4 experiments; its variance is too small by 1 / s, a third. A hierarchical
    percentile bootstrap [Owen2007] that promises 95 % held 85 % in our simulation of 1,000 architectures and 3 seeds
    whose tau varies by 0.05, and 78 % at 0.1; the intervals here held 96 % and 95 % (tests/ranking/test_coverage.py
    has a small form of it). Instead of resampling seeds, a Student t variable with s - 1 degrees of freedom is added,
    scaled by the standard error of the seed mean: the standard way to carry a component known from few repetitions
    through a Monte Carlo evaluation of uncertainty [JCGM101, 6.4.9]. Nothing is drawn for it: the ends are quantiles
    of the sum, whose distribution function is that of t averaged over the resamples. With a large pool this is the t
    interval of the seeds, with equal seeds the percentile bootstrap of the pool. The price is width: 4.3 standard
    errors with 3 seeds, 12.7 with 2. Noise that depends on seed and architecture together is counted in both
    sources, so where the pool dominates the intervals are rather too wide than too narrow.

    With one row nothing was repeated and the interval covers the pool alone. That is right for estimators without
    randomness; for anything trained, print `seeds` beside it.

Limits
    Metrics of extremes (`regret_at`, `best_rank_at`, small k) are not smooth in the pool: a resample lacks the pool's
    best architecture in 37 % of the draws, and no bootstrap is consistent there. Read their intervals as a rough scale.

References
----------
[Owen2007] A. B. Owen. The pigeonhole bootstrap. Annals of Applied Statistics 1(2), 2007.
[JCGM101] JCGM 101:2008. Evaluation of measurement data, Supplement 1 to the GUM: propagation of distributions using a
    Monte Carlo method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from nasrank.bench.ranking.arrays import CountArray, FloatArray, as_floats, seed_rows, whole_number
from nasrank.bench.ranking.registry import Metric


@dataclass(frozen=True)
class Interval:
    """A mean over `seeds` runs on `pool_size` architectures with its confidence interval [low, high].

    In the metric's unit. NaN when the metric is undefined for a run, or in all of the `draws`; `undefined_draws` of
    them were.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    seeds: int
    pool_size: int
    draws: int
    undefined_draws: int


@dataclass(frozen=True)
class PairedInterval:
    """The same seeds and pool before and after a change; `delta` is after minus before."""

    metric: str
    before: Interval
    after: Interval
    delta: Interval


@dataclass(frozen=True)
class RunComparison:
    """Two runs with unrelated seeds on the same pool; `difference` is current minus reference, its seeds are both's."""

    metric: str
    reference: Interval
    current: Interval
    difference: Interval


def fewest_draws(confidence: float) -> int:
    """The fewest resamples that put one beyond each end of an interval of this confidence, between 0 and 1."""
    return math.ceil(2 / (1 - confidence))


def bootstrap(
    scores: npt.ArrayLike,
    truth: npt.ArrayLike,
    metric: Metric,
    *,
    draws: int,
    confidence: float,
    generator: np.random.Generator,
) -> Interval:
    """Interval of the mean over seeds of `metric`, for `scores` (seeds, n) against `truth` (n,).

    `confidence` is a probability such as 0.95; ValueError when `draws` cannot resolve it, the arrays do not fit or hold
    NaN, infinite or masked elements, or what is no real number. So it is with the other intervals. Where the metric is
    undefined, as of a constant truth, they are NaN.
    """
    rows, truth = seed_rows("scores", scores, truth)
    plan = Resamples.draw(truth.size, draws, confidence, generator)
    return plan.over_seeds(plan.evaluate(metric, rows, truth), metric.bounds)


def paired_bootstrap(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    truth: npt.ArrayLike,
    metric: Metric,
    *,
    draws: int,
    confidence: float,
    generator: np.random.Generator,
) -> PairedInterval:
    """Intervals before, after and of the paired difference, for (seeds, n) scores against `truth` (n,).

    Row s of `before` and of `after` are the same seed; ValueError when their shapes differ.
    """
    before, truth = seed_rows("before", before, truth)
    after, truth = seed_rows("after", after, truth)
    if before.shape != after.shape:
        raise ValueError(f"before has {len(before)} seeds but after has {len(after)}: a paired difference needs both")
    plan = Resamples.draw(truth.size, draws, confidence, generator)
    first, second = plan.evaluate(metric, before, truth), plan.evaluate(metric, after, truth)
    return PairedInterval(
        metric.name,
        before=plan.over_seeds(first, metric.bounds),
        after=plan.over_seeds(second, metric.bounds),
        delta=plan.over_seeds(second.minus(first), bounds_of_difference(metric)),
    )


def excess_bootstrap(
    gains: npt.ArrayLike,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    truth: npt.ArrayLike,
    metric: Metric,
    *,
    draws: int,
    confidence: float,
    generator: np.random.Generator,
) -> Interval:
    """Interval of how much more a metric gained elsewhere than on the pool.

    `gains` (seeds,) are the differences found elsewhere, such as on the architectures that each seed was trained with;
    what they owe to the choice of these is seen where every seed has others, and only with several seeds. Where one is
    NaN, or masked, so is the interval NaN. `before` and `after` (seeds, n) are scores of the pool, `truth` is (n,).
    ValueError when the shapes do not fit, or a gain is infinite.
    """
    before, truth = seed_rows("before", before, truth)
    after, truth = seed_rows("after", after, truth)
    gains = as_floats("gains", gains)
    if np.isinf(gains).any():
        raise ValueError("gains holds infinite values: only NaN marks a gain that is undefined")
    if not gains.shape == (len(before),) == (len(after),):
        raise ValueError(f"gains {gains.shape}, before and after of {len(before)} and {len(after)} seeds do not fit")
    plan = Resamples.draw(truth.size, draws, confidence, generator)
    on_pool = plan.evaluate(metric, after, truth).minus(plan.evaluate(metric, before, truth))
    low, high = bounds_of_difference(metric)
    excess = Values(gains - on_pool.observed, gains[:, None] - on_pool.resampled)
    return plan.over_seeds(excess, (2 * low, 2 * high))


def compare_runs(
    reference: npt.ArrayLike,
    current: npt.ArrayLike,
    truth: npt.ArrayLike,
    metric: Metric,
    *,
    draws: int,
    confidence: float,
    generator: np.random.Generator,
) -> RunComparison:
    """Intervals of two runs and of their difference, for `reference` (s1, n) and `current` (s2, n), s1 + s2 >= 3.

    The seeds are unrelated, the pool is the same. The question is whether the same code ran twice, in which case both
    runs have one seed variance: it is pooled, with s1 + s2 - 2 degrees of freedom (2.8 instead of 4.3 standard errors
    for 3 seeds each), which is what lets few seeds notice a regression.
    """
    reference, truth = seed_rows("reference", reference, truth)
    current, truth = seed_rows("current", current, truth)
    if len(reference) + len(current) < 3:
        raise ValueError("comparing runs with one seed each says nothing about seeds: one run needs at least 2")
    plan = Resamples.draw(truth.size, draws, confidence, generator)
    first, second = plan.evaluate(metric, reference, truth), plan.evaluate(metric, current, truth)
    return RunComparison(
        metric.name,
        reference=plan.over_seeds(first, metric.bounds),
        current=plan.over_seeds(second, metric.bounds),
        difference=plan.between_runs(first, second, bounds_of_difference(metric)),
    )


@dataclass(frozen=True)
class Values:
    """A metric for every seed on the pool itself, `(seeds,)`, and on its resamples, `(seeds, draws)`.

    Values of one pool have the same resamples in the same order, so that a difference of two is a paired one. One row
    stands beside those of any number of seeds.
    """

    observed: FloatArray
    resampled: FloatArray

    def minus(self, other: Values) -> Values:
        return Values(self.observed - other.observed, self.resampled - other.resampled)

    def first(self, seeds: int) -> Values:
        """Of so many seeds, the first; one row alone, which goes with any seed, stays."""
        return Values(self.observed[:seeds], self.resampled[:seeds])

    @property
    def squared_deviations(self) -> float:
        return float(np.sum((self.observed - self.observed.mean()) ** 2))

    def over_seeds(self, *, confidence: float, pool_size: int, bounds: tuple[float, float]) -> Interval:
        """Of the mean over seeds, on a pool of so many architectures; `bounds` are what it can be at all."""
        seeds = len(self.observed)
        freedom = seeds - 1
        error = math.sqrt(self.squared_deviations / freedom / seeds) if freedom else 0.0
        spread = _Spread(self.resampled.mean(axis=0), error, freedom)
        return spread.interval(float(self.observed.mean()), seeds, confidence, pool_size, bounds)

    def since(self, reference: Values, *, confidence: float, pool_size: int, bounds: tuple[float, float]) -> Interval:
        """Of the difference to an earlier run with unrelated seeds, see `compare_runs`.

        Where neither has several seeds, the interval covers the pool alone.
        """
        first, second = len(reference.observed), len(self.observed)
        freedom = first + second - 2
        pooled = (reference.squared_deviations + self.squared_deviations) / freedom if freedom else 0.0
        estimate = float(self.observed.mean() - reference.observed.mean())
        pool = self.resampled.mean(axis=0) - reference.resampled.mean(axis=0)
        spread = _Spread(pool, math.sqrt(pooled * (1 / first + 1 / second)), freedom)
        return spread.interval(estimate, first + second, confidence, pool_size, bounds)


@dataclass(frozen=True)
class Resamples:
    """The resamples of one pool that everything in a comparison shares.

    Attributes:
        counts: how often each draw holds each architecture, `(draws, n)`.
    """

    counts: CountArray
    confidence: float

    @classmethod
    def draw(cls, n: int, draws: int, confidence: float, generator: np.random.Generator) -> Resamples:
        """Of a pool of `n`; ValueError when `draws` cannot resolve the confidence."""
        if not 0 < confidence < 1:
            raise ValueError(f"confidence is a probability between 0 and 1, such as 0.95, got {confidence}")
        draws = whole_number("draws", draws, low=1)
        fewest = fewest_draws(confidence)
        if draws < fewest:
            raise ValueError(f"{draws} draws leave nothing outside a {confidence:g} interval: use at least {fewest}")
        return cls(generator.multinomial(n, np.full(n, 1 / n), size=draws), confidence)

    def evaluate(self, metric: Metric, rows: FloatArray, truth: FloatArray) -> Values:
        """A metric of `rows` `(seeds, n)` against `truth` `(n,)`."""
        return Values(
            observed=np.array([metric(scores, truth) for scores in rows]),
            resampled=np.array([metric.of_resamples(scores, truth, self.counts) for scores in rows]),
        )

    def over_seeds(self, values: Values, bounds: tuple[float, float], confidence: float | None = None) -> Interval:
        """The interval of their mean over seeds; `bounds` are what it can be at all.

        Args:
            confidence: by default that which the resamples were drawn for; a higher one needs more of them.
        """
        confidence = self.confidence if confidence is None else confidence
        return values.over_seeds(confidence=confidence, pool_size=self.counts.shape[1], bounds=bounds)

    def between_runs(self, reference: Values, current: Values, bounds: tuple[float, float]) -> Interval:
        return current.since(reference, confidence=self.confidence, pool_size=self.counts.shape[1], bounds=bounds)


@dataclass(frozen=True)
class _Spread:
    """How uncertain a mean is: its value on resamples of the pool `(draws,)`, and its standard error over seeds."""

    pool: FloatArray
    error: float
    freedom: int

    def interval(
        self, estimate: float, seeds: int, confidence: float, pool_size: int, bounds: tuple[float, float]
    ) -> Interval:
        draws, defined = len(self.pool), ~np.isnan(self.pool)
        low = high = float("nan")
        if defined.any() and not np.isnan(estimate):
            outside = (1 - confidence) / 2
            tails = (outside, 1 - outside)
            ends = [_quantile_of_sum(self.pool[defined], self.error, self.freedom, tail) for tail in tails]
            # t may step over what the metric can be; cutting it off takes nothing from the coverage.
            low, high = np.clip(ends, *bounds).tolist()
        undefined_draws = draws - int(np.count_nonzero(defined))
        return Interval(estimate, low, high, confidence, seeds, pool_size, draws, undefined_draws)


def _quantile_of_sum(pool: FloatArray, error: float, freedom: int, probability: float) -> float:
    """Of one of the resampled values, all equally likely, plus `error` times Student's t."""
    if error <= 1e-12 * (1 + np.abs(pool).max()):  # rounding of seeds that are equal
        return float(np.quantile(pool, probability))

    def excess(value: float) -> float:
        return float(stdtr(freedom, (value - pool) / error).mean()) - probability

    shift = error * stdtrit(freedom, probability)
    return float(brentq(excess, pool.min() + shift - error, pool.max() + shift + error))


def bounds_of_difference(metric: Metric) -> tuple[float, float]:
    """What a difference of two values of the metric can be."""
    width = metric.bounds[1] - metric.bounds[0]
    return -width, width
