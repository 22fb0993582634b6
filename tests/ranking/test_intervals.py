"""What an interval is made of: pairing, the pool, the seeds, undefined draws."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.ranking import (
    METRICS,
    Interval,
    Metric,
    bootstrap,
    compare_runs,
    excess_bootstrap,
    metrics,
    paired_bootstrap,
)

TAU = METRICS["tau"]
SETTINGS = {"draws": 400, "confidence": 0.95}


def runs(seeds: int, n: int, noise: float, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth (n,) and scores (seeds, n) that follow it through noise that all seeds share for the larger part."""
    generator = np.random.default_rng(seed)
    truth, shared = generator.normal(size=(2, n))
    return truth, truth + noise * (shared + 0.3 * generator.normal(size=(seeds, n)))


def test_estimates_are_means_over_seeds() -> None:
    truth, before = runs(3, 60, 2.0, seed=0)
    after = before + truth
    result = paired_bootstrap(before, after, truth, TAU, **SETTINGS, generator=np.random.default_rng(0))
    first = np.mean([stats.kendalltau(row, truth).statistic for row in before])
    second = np.mean([stats.kendalltau(row, truth).statistic for row in after])
    assert result.metric == "tau"
    assert (result.before.estimate, result.after.estimate) == pytest.approx((first, second))
    assert result.delta.estimate == pytest.approx(second - first)
    for interval in (result.before, result.after, result.delta):
        assert interval.low < interval.estimate < interval.high
        assert (interval.seeds, interval.pool_size, interval.draws, interval.undefined_draws) == (3, 60, 400, 0)


def test_the_same_generator_gives_the_same_interval() -> None:
    truth, scores = runs(3, 50, 1.0, seed=1)
    first, again, other = (
        bootstrap(scores, truth, TAU, **SETTINGS, generator=np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_pairing_takes_what_both_sides_share_out_of_the_difference() -> None:
    truth, before = runs(3, 200, 1.0, seed=2)
    after = before + 0.05 * truth
    result = paired_bootstrap(before, after, truth, TAU, **SETTINGS, generator=np.random.default_rng(0))
    assert width(result.delta) < width(result.before) / 4


def test_nothing_changed_means_a_difference_of_exactly_nothing() -> None:
    truth, scores = runs(3, 50, 1.0, seed=3)
    delta = paired_bootstrap(scores, scores, truth, TAU, **SETTINGS, generator=np.random.default_rng(0)).delta
    assert (delta.low, delta.estimate, delta.high) == (0.0, 0.0, 0.0)


class TestExcess:
    def test_over_nothing_is_the_difference_on_the_pool_mirrored(self) -> None:
        truth, before = runs(3, 60, 2.0, seed=4)
        after = before + truth
        pair, excess = paired_bootstrap, excess_bootstrap
        delta = pair(before, after, truth, TAU, **SETTINGS, generator=np.random.default_rng(0)).delta
        found = excess(np.zeros(3), before, after, truth, TAU, **SETTINGS, generator=np.random.default_rng(0))
        assert (found.estimate, found.low, found.high) == pytest.approx((-delta.estimate, -delta.high, -delta.low))

    def test_of_a_pool_that_did_not_change_is_the_t_interval_of_the_gains(self) -> None:
        truth, scores = runs(3, 60, 2.0, seed=5)
        gains = np.array([0.3, 0.5, 0.4])
        found = excess_bootstrap(gains, scores, scores, truth, TAU, **SETTINGS, generator=np.random.default_rng(0))
        expected = stats.t.interval(0.95, 2, gains.mean(), stats.sem(gains))
        assert (found.low, found.high) == pytest.approx(expected)

    def test_gains_are_of_the_same_seeds(self) -> None:
        """What both owe to the seed cancels: here a seed gains on the pool what it gains elsewhere."""
        truth, before = runs(3, 200, 2.0, seed=6)
        after = before + np.array([[0.2], [1.0], [3.0]]) * truth
        pool = [TAU(last, truth) - TAU(first, truth) for first, last in zip(before, after, strict=True)]
        settings = SETTINGS | {"generator": np.random.default_rng(0)}
        same = excess_bootstrap(pool, before, after, truth, TAU, **settings)
        other = excess_bootstrap(pool[::-1], before, after, truth, TAU, **settings)
        assert same.estimate == pytest.approx(0)
        assert width(same) < width(other) / 3

    def test_as_many_gains_as_seeds(self) -> None:
        truth, scores = runs(3, 20, 1.0, seed=7)
        with pytest.raises(ValueError, match=r"gains \(2,\), before and after of 3 and 3 seeds do not fit"):
            excess_bootstrap([0, 0], scores, scores, truth, TAU, **SETTINGS, generator=np.random.default_rng(0))


@pytest.mark.slow
def test_one_row_is_the_percentile_bootstrap_of_the_pool() -> None:
    truth, scores = runs(1, 100, 1.0, seed=4)
    interval = bootstrap(scores, truth, TAU, draws=2000, confidence=0.9, generator=np.random.default_rng(0))
    reference = stats.bootstrap(
        (scores[0], truth),
        lambda x, y: stats.kendalltau(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx(tuple(reference), abs=0.015)
    assert interval.seeds == 1


def test_with_a_pool_that_says_nothing_new_it_is_the_t_interval_of_the_seeds() -> None:
    values = np.array([0.2, 0.3, 0.55])
    mean_score = Metric(
        name="mean",
        label="mean",
        function=lambda scores, _: float(scores.mean()),
        vectorised=lambda scores, _, counts: counts @ scores / counts.sum(axis=1),
    )
    rows = np.tile(values[:, None], (1, 10))  # every architecture of a run alike: resampling them changes nothing
    settings = {"draws": 20, "confidence": 0.8, "generator": _generator()}
    interval = bootstrap(rows, np.arange(10), mean_score, **settings)
    expected = stats.t.interval(0.8, df=2, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-9), "nothing of it is drawn"

    comparison = compare_runs(rows, rows[:2], np.arange(10), mean_score, **settings)
    student = stats.ttest_ind(values[:2], values, equal_var=True).confidence_interval(0.8)
    assert (comparison.difference.low, comparison.difference.high) == pytest.approx(tuple(student), abs=1e-9)


def test_pool_and_seeds_together_are_as_many_draws_of_both_would_say() -> None:
    truth, scores = runs(3, 40, 1.0, seed=9)
    interval = bootstrap(scores, truth, TAU, draws=500, confidence=0.9, generator=_generator())
    counts = _generator().multinomial(40, np.full(40, 1 / 40), size=500)
    pool = np.mean([TAU.of_resamples(row, truth, counts) for row in scores], axis=0)
    error = stats.sem([TAU(row, truth) for row in scores])
    sums = np.random.default_rng(1).choice(pool, 1_000_000) + error * np.random.default_rng(2).standard_t(2, 1_000_000)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(sums, [0.05, 0.95])), abs=0.003)


def test_intervals_stay_within_what_the_metric_can_be() -> None:
    truth, scores = runs(2, 30, 0.05, seed=5)
    scores[1] += np.random.default_rng(0).normal(size=30)  # 2 seeds far apart: t with one degree of freedom
    interval = bootstrap(scores, truth, TAU, **SETTINGS, generator=_generator())
    assert (interval.low, interval.high) == (-1.0, 1.0)


def test_undefined_draws_are_counted_and_left_out() -> None:
    # Only architecture 4 has another score: a resample without it (0.9 ** 10 of them) leaves the scores constant.
    scores, truth = np.eye(1, 10, 4).repeat(2, axis=0), np.arange(10.0)
    interval = bootstrap(scores, truth, TAU, draws=4000, confidence=0.9, generator=_generator())
    assert interval.undefined_draws / interval.draws == pytest.approx(0.9**10, abs=0.03)
    assert interval.low < interval.estimate < interval.high


def test_a_collapsed_seed_makes_the_interval_nan_not_narrower() -> None:
    truth, before = runs(3, 40, 1.0, seed=6)
    after = before.copy()
    after[1] = 0.1  # a super-net that gives every architecture the same accuracy
    result = paired_bootstrap(before, after, truth, TAU, **SETTINGS, generator=_generator())
    assert np.isnan([result.after.estimate, result.after.low, result.after.high, result.delta.low]).all()
    assert result.after.undefined_draws == 400
    assert not np.isnan(result.before.low)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_metric_has_intervals(metric: Metric) -> None:
    truth, before = runs(3, 60, 1.0, seed=7)
    result = paired_bootstrap(before, before + truth, truth, metric, **SETTINGS, generator=_generator())
    for interval, value in ((result.before, metric(before[0], truth)), (result.after, metric(truth, truth))):
        assert interval.low <= interval.high
        assert not np.isnan(value)
    sign = 1 if metric.higher_is_better else -1
    assert sign * result.delta.estimate >= 0


@pytest.mark.slow
def test_the_order_of_the_pool_does_not_matter() -> None:
    truth, scores = runs(3, 60, 1.0, seed=8)
    plain = Metric(name="loop", label="loop", function=metrics.kendall_tau)
    top = Metric(name="top", label="top", function=partial(metrics.kendall_tau_top, fraction=1.0))
    first = bootstrap(scores, truth, plain, **SETTINGS, generator=_generator())
    assert _ends(first) == pytest.approx(_ends(bootstrap(scores, truth, TAU, **SETTINGS, generator=_generator())))
    assert _ends(first) == pytest.approx(_ends(bootstrap(scores, truth, top, **SETTINGS, generator=_generator())))


def width(interval: Interval) -> float:
    return interval.high - interval.low


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _generator() -> np.random.Generator:
    return np.random.default_rng(0)
