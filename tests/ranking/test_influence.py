"""Influences: what the resamples of pairs give, to first order, and without any pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.ranking import METRICS, get_metric, influence

LINEAR = [name for name, metric in METRICS.items() if metric.influence is not None]


def pool(n: int, seed: int = 0, *, coarse: bool = False) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = 90 + 3 * generator.normal(size=n)
    scores = truth + 3 * generator.normal(size=n)
    return (np.round(scores), truth) if coarse else (scores, truth)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40),
)
def test_concordance_is_that_of_all_pairs(pairs):
    first, second = np.array(pairs, dtype=np.float64).T
    expected = [int(np.sum(np.sign(a - first) * np.sign(b - second))) for a, b in pairs]
    assert influence.concordance(first, second).tolist() == expected


def test_concordance_of_a_permutation_of_any_length():
    generator = np.random.default_rng(0)
    for n in (1, 2, 3, 64, 65, 300):
        first, second = generator.normal(size=(2, n))
        expected = np.sign(first[:, None] - first) * np.sign(second[:, None] - second)
        assert influence.concordance(first, second).tolist() == expected.sum(axis=1).tolist()


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("coarse", [False, True])
def test_influences_have_the_spread_and_the_order_of_the_bootstrap(name, coarse):
    metric, (scores, truth) = get_metric(name), pool(800, coarse=coarse)
    counts = np.random.default_rng(1).multinomial(800, np.full(800, 1 / 800), size=400)
    exact = metric.of_resamples(scores, truth, counts)
    moved = metric.influence(scores, truth)
    assert moved.sum() == pytest.approx(0, abs=1e-9)
    linear = metric(scores, truth) + (counts - 1) @ moved
    assert linear.std() == pytest.approx(exact.std(), rel=0.12)
    assert np.corrcoef(linear, exact)[0, 1] > (0.7 if "top" in name else 0.98)


@pytest.mark.parametrize("name", ["tau", "spearman"])
def test_an_influence_is_a_derivative(name):
    """Of the metric in how often an architecture is there, by doubling a pool that is large anyhow."""
    metric, (scores, truth) = get_metric(name), pool(60)
    many = 400
    moved = metric.influence(scores, truth)
    for place in (0, 7, 30):
        counts = np.full(60, many)
        counts[place] += 1
        step = metric(np.repeat(scores, counts), np.repeat(truth, counts))
        step -= metric(np.repeat(scores, many), np.repeat(truth, many))
        assert step * many == pytest.approx(moved[place], rel=0.02, abs=1e-5)


@pytest.mark.parametrize("name", LINEAR)
def test_equal_scores_have_none(name):
    metric, (_, truth) = get_metric(name), pool(40)
    assert np.isnan(metric.influence(np.full(40, 3.0), truth)).any()
