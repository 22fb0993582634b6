"""Noise ceilings against scipy, and against simulated tables whose reliability is known."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.ranking import ceiling_between, ceiling_of_seeds, tau_without_noise
from nasrank.bench.ranking.ceilings import _halves


def table(seeds: int, n: int, noise: float, *, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(size=n) + noise * generator.normal(size=(seeds, n))


@pytest.mark.parametrize("noise", [0.2, 0.5, 1.0, 2.0])
def test_the_right_order_agrees_better_with_a_measurement_than_another_measurement_does(noise: float) -> None:
    generator = np.random.default_rng(3)
    right = generator.normal(size=4000)
    first, second = right + noise * generator.normal(size=(2, 4000))
    between, with_the_right_order = (stats.kendalltau(first, one).statistic for one in (second, right))
    assert with_the_right_order > between
    assert tau_without_noise(between) == pytest.approx(with_the_right_order, abs=0.02)


def test_two_measurements_without_noise_leave_nothing_to_be_reached_and_two_that_disagree_say_nothing() -> None:
    assert tau_without_noise(1.0) == pytest.approx(1.0)
    assert np.isnan(tau_without_noise(0.0))
    assert np.isnan(tau_without_noise(-0.1))
    assert np.isnan(tau_without_noise(float("nan")))


def test_ceiling_between_two_oracles() -> None:
    oracle, other = np.round(table(2, 200, 0.5), 1)
    ceiling = ceiling_between(oracle, other, description="test", fractions=(0.25,))
    inside = oracle >= np.sort(oracle)[-50]
    assert ceiling.tau == pytest.approx(stats.kendalltau(oracle, other).statistic)
    assert ceiling.tau_top == {0.25: pytest.approx(stats.kendalltau(oracle[inside], other[inside]).statistic)}
    assert (ceiling.n, ceiling.description) == (200, "test")
    pairs = list(combinations(range(200), 2))
    assert ceiling.ties == pytest.approx(tuple(np.mean([v[i] == v[j] for i, j in pairs]) for v in (oracle, other)))


def test_missing_seeds_are_left_out_pair_by_pair() -> None:
    accuracies = table(3, 120, 0.5)
    accuracies[2, 70:] = np.nan
    ceiling = ceiling_of_seeds(accuracies, description="test", fractions=())
    a, b, c = accuracies
    pairs = [(a, b), (a[:70], c[:70]), (b[:70], c[:70])]
    assert ceiling.between_seeds.tau == pytest.approx(np.mean([stats.kendalltau(*pair).statistic for pair in pairs]))
    assert ceiling.between_seeds.n == 70
    whole = np.arange(120) < 70
    halves = [
        (a, np.where(whole, (b + c) / 2, b)),
        (b, np.where(whole, (a + c) / 2, a)),
        (c[:70], ((a + b) / 2)[:70]),
    ]
    assert ceiling.between_halves.tau == pytest.approx(np.mean([stats.kendalltau(*pair).statistic for pair in halves]))


@pytest.mark.parametrize(("seeds", "splits"), [(2, 1), (3, 3), (4, 3), (5, 10), (6, 10)])
def test_every_split_into_halves_occurs_once(seeds: int, splits: int) -> None:
    halves = _halves(seeds)
    assert len({frozenset(half) for half in halves}) == len(halves) == splits
    for smaller, larger in halves:
        assert sorted(smaller + larger) == list(range(seeds))
        assert len(larger) - len(smaller) == seeds % 2


@pytest.mark.parametrize("seeds", [2, 3, 4, 5])
def test_the_stepped_up_reliability_is_the_tau_of_two_independent_means(seeds: int) -> None:
    twice = table(2 * seeds, 4000, 1.5)
    expected = stats.kendalltau(twice[:seeds].mean(axis=0), twice[seeds:].mean(axis=0)).statistic
    ceiling = ceiling_of_seeds(twice[:seeds], description="test")
    assert ceiling.between_means == pytest.approx(expected, abs=0.015)
    assert ceiling.between_seeds.tau <= ceiling.between_halves.tau < ceiling.between_means


def test_a_table_of_pure_noise_has_no_ceiling() -> None:
    accuracies = np.stack([np.arange(50.0), -np.arange(50.0)])
    ceiling = ceiling_of_seeds(accuracies, description="contradiction")
    assert ceiling.between_seeds.tau == -1.0
    assert np.isnan(ceiling.between_means)


def test_the_order_of_seeds_and_architectures_does_not_matter() -> None:
    accuracies = np.round(table(3, 100, 0.5), 1)
    accuracies[1, ::3] = np.nan
    order = np.random.default_rng(0).permutation(100)
    first = ceiling_of_seeds(accuracies, description="test")
    second = ceiling_of_seeds(accuracies[::-1, order], description="test")
    assert second.between_seeds.tau_top == pytest.approx(first.between_seeds.tau_top)
    assert second.between_means == pytest.approx(first.between_means)
