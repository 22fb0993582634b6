"""Every mistake in the input is a specific ValueError."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nasrank.bench.ranking import (
    METRICS,
    Metric,
    bootstrap,
    ceiling_between,
    ceiling_of_seeds,
    compare_runs,
    metrics,
    paired_bootstrap,
)

GOOD = np.arange(40.0)
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)


@every_metric
@pytest.mark.parametrize(
    ("scores", "truth", "message"),
    [
        (GOOD[:, None], GOOD, r"scores must have 1 dimension\(s\), got shape \(40, 1\)"),
        (GOOD, GOOD[None], r"truth must have 1 dimension\(s\), got shape \(1, 40\)"),
        (GOOD[1:], GOOD, "scores has 39 values but truth has 40"),
        (np.where(GOOD == 7, np.nan, GOOD), GOOD, r"scores holds 1 NaN .* first at position \(7\)"),
        (GOOD, np.where(GOOD > 37, np.inf, GOOD), r"truth holds 2 NaN or infinite .* position \(38\)"),
        (GOOD[:1], GOOD[:1], "at least 2 architectures, got 1"),
        ([], [], "at least 2 architectures, got 0"),
    ],
)
def test_metrics_refuse(metric: Metric, scores: np.ndarray, truth: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric(scores, truth)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.precision_at(GOOD, GOOD, k=41), "k must be a whole number from 1 to 40, got 41"),
        (lambda: metrics.best_rank_at(GOOD, GOOD, k=0), "k must be a whole number from 1 to 40, got 0"),
        (lambda: metrics.regret_at(GOOD, GOOD, k=1.5), "k must be a whole number from 1 to 40, got 1.5"),
        (lambda: metrics.probability_to_surpass_random(GOOD, GOOD, draws=0), "draws must be a whole number at least 1"),
        (lambda: metrics.kendall_tau_top(GOOD, GOOD, fraction=10), "share of the pool, 0 < fraction <= 1, got 10"),
        (lambda: metrics.kendall_tau_top(GOOD, GOOD, fraction=0.01), "the top 0.01 of 40 architectures holds 1"),
        (lambda: metrics.sparse_kendall_tau(GOOD, GOOD, threshold=0, mode="official"), "threshold must be a positive"),
        (lambda: metrics.sparse_kendall_tau(GOOD, GOOD, threshold=1, mode="nb301"), "'official' or 'round_prediction'"),
    ],
)
def test_parameters_are_checked(call: Callable[[], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("before", "after", "truth", "message"),
    [
        (GOOD, GOOD, GOOD, r"before must have 2 dimension\(s\), got shape \(40,\)"),
        (np.tile(GOOD, (3, 1)), np.tile(GOOD, (2, 1)), GOOD, "before has 3 seeds but after has 2"),
        (np.tile(GOOD, (3, 1)), np.tile(GOOD, (3, 1)), GOOD[1:], "before scores 40 architectures but truth has 39"),
        (np.empty((0, 40)), np.empty((0, 40)), GOOD, "before has no rows"),
        (np.tile(GOOD, (2, 1)), np.full((2, 40), np.nan), GOOD, r"after holds 80 NaN .* position \(0, 0\)"),
    ],
)
def test_intervals_refuse(before: np.ndarray, after: np.ndarray, truth: np.ndarray, message: str) -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match=message):
        paired_bootstrap(before, after, truth, METRICS["tau"], draws=100, confidence=0.9, generator=generator)


def test_interval_parameters_are_checked() -> None:
    rows, generator = np.tile(GOOD, (2, 1)), np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"probability between 0 and 1, such as 0\.95, got 95"):
        bootstrap(rows, GOOD, METRICS["tau"], draws=100, confidence=95, generator=generator)
    with pytest.raises(ValueError, match=r"20 draws leave nothing outside a 0\.95 interval"):
        bootstrap(rows, GOOD, METRICS["tau"], draws=20, confidence=0.95, generator=generator)
    with pytest.raises(ValueError, match="one seed each says nothing about seeds"):
        compare_runs(rows[:1], rows[:1], GOOD, METRICS["tau"], draws=100, confidence=0.9, generator=generator)


def test_ceilings_refuse() -> None:
    with pytest.raises(ValueError, match="scores holds 1 NaN"):
        ceiling_between(GOOD, np.where(GOOD == 3, np.nan, GOOD), description="gap")
    with pytest.raises(ValueError, match=r"2 to 12 seeds, got shape \(1, 40\)"):
        ceiling_of_seeds(GOOD[None], description="one seed")
    with pytest.raises(ValueError, match="only NaN marks a missing seed"):
        ceiling_of_seeds(np.full((2, 40), np.inf), description="infinite")
    apart = np.where([GOOD < 20, GOOD >= 20], GOOD, np.nan)
    with pytest.raises(ValueError, match="apart, one seed against another: two sides share 0 architectures"):
        ceiling_of_seeds(apart, description="apart")
