"""Simulated experiments with a known answer: how often do the intervals hold it?

Scores and truth are bivariate normal with correlation sin(pi/2 tau_s), so that seed s has exactly tau_s in the limit
[Greiner1909]. The answer to be covered is the mean of tau_s over all seeds that could be drawn.
"""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.ranking import METRICS, bootstrap, compare_runs, paired_bootstrap
from nasrank.bench.ranking.resamples import kendall_tau_of_resamples

pytestmark = pytest.mark.slow

TAU = METRICS["tau"]
EXPERIMENTS, POOL, SEEDS = 200, 120, 3
BEFORE, AFTER, SPREAD = 0.2, 0.5, 0.12
SETTINGS = {"draws": 120, "confidence": 0.9}


def scores_with_tau(taus: np.ndarray, truth: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    slopes = np.sin(np.pi / 2 * taus)[:, None]
    return slopes * truth + np.sqrt(1 - slopes**2) * generator.normal(size=(len(taus), len(truth)))


def seed_taus(mean: float, generator: np.random.Generator) -> np.ndarray:
    return mean + SPREAD * generator.normal(size=SEEDS)


def test_three_seeds_hold_what_they_promise_where_percentiles_of_resampled_seeds_do_not() -> None:
    generator = np.random.default_rng(0)
    ours, percentile = [], []
    for _ in range(EXPERIMENTS):
        truth = generator.normal(size=POOL)
        rows = scores_with_tau(seed_taus(AFTER, generator), truth, generator)
        interval = bootstrap(rows, truth, TAU, **SETTINGS, generator=generator)
        ours.append(interval.low <= AFTER <= interval.high)
        low, high = _percentiles_of_resampled_pool_and_seeds(rows, truth, generator)
        percentile.append(low <= AFTER <= high)
    assert 0.87 <= np.mean(ours) <= 0.98
    assert np.mean(percentile) < 0.85


def test_paired_differences_are_covered() -> None:
    generator = np.random.default_rng(1)
    held = []
    for _ in range(EXPERIMENTS):
        truth = generator.normal(size=POOL)
        before = scores_with_tau(seed_taus(BEFORE, generator), truth, generator)
        after = scores_with_tau(seed_taus(AFTER, generator), truth, generator)
        delta = paired_bootstrap(before, after, truth, TAU, **SETTINGS, generator=generator).delta
        held.append(delta.low <= AFTER - BEFORE <= delta.high)
    assert 0.87 <= np.mean(held) <= 0.99


@pytest.mark.parametrize(("current_tau", "low", "high"), [(AFTER, 0.01, 0.10), (0.0, 0.97, 1.0)])
def test_comparing_runs_seldom_cries_wolf_and_notices_a_collapse(current_tau: float, low: float, high: float) -> None:
    generator = np.random.default_rng(2)
    alarms = []
    for _ in range(EXPERIMENTS):
        truth = generator.normal(size=POOL)
        reference = scores_with_tau(seed_taus(AFTER, generator), truth, generator)
        current = scores_with_tau(seed_taus(current_tau, generator), truth, generator)
        difference = compare_runs(reference, current, truth, TAU, **SETTINGS, generator=generator).difference
        alarms.append(difference.high < 0)  # one side of a 90 % interval: 5 % false alarms
    assert low <= np.mean(alarms) <= high


def _percentiles_of_resampled_pool_and_seeds(
    rows: np.ndarray, truth: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """The usual hierarchical percentile bootstrap [Owen2007]."""
    draws = SETTINGS["draws"]
    counts = generator.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), size=draws)
    values = np.array([kendall_tau_of_resamples(row, truth, counts) for row in rows])
    seeds = generator.integers(len(rows), size=(draws, len(rows)))
    return np.quantile(np.take_along_axis(values.T, seeds, axis=1).mean(axis=1), [0.05, 0.95])
