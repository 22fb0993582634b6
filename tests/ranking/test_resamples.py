"""The vectorised resamples against scipy, and the plain functions, on explicitly resampled arrays."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.ranking import METRICS, Metric, resamples

VECTORISED = [metric for metric in METRICS.values() if metric.vectorised is not None]


def pool_and_counts(n: int, draws: int, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng([n, levels])
    truth = 90 + generator.integers(0, levels, n) / 20
    scores = truth + generator.integers(-levels, levels, n) / 20
    return scores, truth, generator.multinomial(n, np.full(n, 1 / n), size=draws)


@pytest.mark.parametrize("levels", [3, 20, 10_000])
def test_tau_equals_scipy_on_resampled_arrays(levels: int) -> None:
    scores, truth, counts = pool_and_counts(150, 40, levels)
    expected = []
    for drawn in counts:
        members = np.repeat(np.arange(150), drawn)
        expected.append(stats.kendalltau(scores[members], truth[members]).statistic)
    np.testing.assert_allclose(resamples.kendall_tau_of_resamples(scores, truth, counts), expected, atol=1e-14)


@pytest.mark.parametrize("metric", VECTORISED, ids=lambda metric: metric.name)
@pytest.mark.parametrize("levels", [1, 2, 30, 10_000])
def test_vectorised_equals_the_plain_function(metric: Metric, levels: int) -> None:
    scores, truth, counts = pool_and_counts(30, 60, levels)
    expected = [metric(np.repeat(scores, drawn), np.repeat(truth, drawn)) for drawn in counts]
    np.testing.assert_allclose(metric.of_resamples(scores, truth, counts), expected, atol=1e-12)
    assert levels > 1 or np.isnan(expected).all()


def test_blocks_of_pair_signs_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, truth, counts = pool_and_counts(50, 20, 12)
    whole = resamples.kendall_tau_of_resamples(scores, truth, counts)
    monkeypatch.setattr(resamples, "_BLOCK_VALUES", 50 * 7)  # 7 columns a block, the last one short
    np.testing.assert_array_equal(resamples.kendall_tau_of_resamples(scores, truth, counts), whole)


@pytest.mark.slow
def test_a_thousand_draws_of_a_thousand_architectures_take_seconds_not_minutes() -> None:
    _, truth, counts = pool_and_counts(1000, 1000, 500)
    rows = truth + np.random.default_rng(0).normal(size=(8, 1000))
    start = time.process_time()
    for scores in rows:
        resamples.kendall_tau_of_resamples(scores, truth, counts)
    assert time.process_time() - start < 5  # about 0.3 s on one core in 2026; scipy alone needs 2 s


def test_large_pools_are_sorted_with_the_same_values(monkeypatch):
    generator = np.random.default_rng(5)
    scores, truth = generator.integers(20, size=(2, 60)).astype(float)
    counts = generator.multinomial(60, np.full(60, 1 / 60), size=8)
    counts[0] = 0
    counts[0, 3] = 60  # a constant resample
    whole, top = resamples.kendall_tau_of_resamples, resamples.kendall_tau_top_of_resamples
    at_once = whole(scores, truth, counts), top(scores, truth, counts, fraction=0.5)
    monkeypatch.setattr(resamples, "_MOST_AT_ONCE", 10)
    np.testing.assert_allclose(whole(scores, truth, counts), at_once[0], atol=1e-12)
    np.testing.assert_allclose(top(scores, truth, counts, fraction=0.5), at_once[1], atol=1e-12)


@pytest.mark.parametrize("most", [0, 1000], ids=["each by itself", "all at once"])
@pytest.mark.parametrize("seed", range(12))
def test_the_official_sparse_tau_of_resamples_is_that_of_each(seed: int, most: int, monkeypatch) -> None:
    """Bins with many and few architectures, ties of scores within and across them, and resamples of one alone."""
    monkeypatch.setattr(resamples, "_MOST_ALIKE", most)
    generator = np.random.default_rng(seed)
    n = int(generator.integers(5, 80))
    scores = generator.integers(0, generator.choice([1, 2, 6, 10**6]), n).astype(float)
    truth = 90 + generator.integers(0, generator.choice([1, 3, 20, 300]), n) / 20 + generator.integers(0, 3, n) / 100
    counts = generator.multinomial(n, np.full(n, 1 / n), size=20)
    counts[0] = np.where(np.arange(n) == 1, n, 0)
    metric = METRICS["sparse_tau"]
    expected = [metric(np.repeat(scores, drawn), np.repeat(truth, drawn)) for drawn in counts]
    np.testing.assert_allclose(metric.of_resamples(scores, truth, counts), expected, atol=1e-12)
