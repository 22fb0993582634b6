"""Properties that hold for every registered metric on every pool; a new metric is tested by being registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nasrank.bench.ranking import METRICS, Metric, metrics

Pool = tuple[np.ndarray, np.ndarray]

ANTISYMMETRIC = {
    "tau": metrics.kendall_tau,
    "spearman": metrics.spearman,
    "tau_top": partial(metrics.kendall_tau_top, fraction=0.4),
    "sparse_tau_rounded": partial(metrics.sparse_kendall_tau, threshold=2.0, mode="round_prediction"),
}
ORDER_ONLY = [metric for metric in METRICS.values() if not metric.scores_in_truth_units]
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """From 20 (so that a top 10 % exists) to 50 architectures; many ties, tenths of a point apart."""
    n = draw(st.integers(20, 50))
    levels = draw(st.sampled_from([3, 12, 400]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores, truth = generator.integers(-levels, levels, size=(2, n), endpoint=True)
    return scores / 10, 90 + truth / 20


@every_metric
@settings(max_examples=25)
@given(pool=pools())
def test_within_bounds(metric: Metric, pool: Pool) -> None:
    value = metric(*pool)
    low, high = metric.bounds
    assert np.isnan(value) or low <= value <= high


@every_metric
@settings(max_examples=25)
@given(pool=pools(), seed=st.integers(0, 2**32))
def test_the_order_of_the_pool_does_not_matter(metric: Metric, pool: Pool, seed: int) -> None:
    scores, truth = pool
    order = np.random.default_rng(seed).permutation(len(truth))
    assert metric(scores[order], truth[order]) == pytest.approx(metric(scores, truth), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("metric", ORDER_ONLY, ids=lambda metric: metric.name)
@pytest.mark.parametrize("increasing", [lambda x: 3 * x - 7, lambda x: x**3, lambda x: np.exp(x / 8)])
@settings(max_examples=15)
@given(pool=pools())
def test_only_the_order_of_the_scores_matters(
    metric: Metric, increasing: Callable[..., np.ndarray], pool: Pool
) -> None:
    scores, truth = pool
    assert metric(increasing(scores), truth) == pytest.approx(metric(scores, truth), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", ANTISYMMETRIC)
@given(pool=pools())
def test_reversed_scores_reverse_the_sign(name: str, pool: Pool) -> None:
    scores, truth = pool
    correlation = ANTISYMMETRIC[name]
    assert correlation(-scores, truth) == pytest.approx(-correlation(scores, truth), abs=1e-12, nan_ok=True)


@every_metric
@settings(max_examples=25)
@given(pool=pools())
def test_a_perfect_order_has_the_best_value(metric: Metric, pool: Pool) -> None:
    truth = np.round(pool[1], 1)  # nothing for the rounding of sparse_tau_rounded to lose
    best = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
    perfect = metric(truth, truth)
    assume(not np.isnan(perfect))  # the top 10 % all tied
    assert perfect == pytest.approx(best, abs=1e-12)
    assert metric(-truth, truth) != pytest.approx(best, abs=1e-12)


@pytest.mark.slow
@given(pool=pools())
def test_kendall_and_spearman_are_symmetric(pool: Pool) -> None:
    scores, truth = pool
    for correlation in (metrics.kendall_tau, metrics.spearman):
        assert correlation(scores, truth) == pytest.approx(correlation(truth, scores), abs=1e-12, nan_ok=True)
