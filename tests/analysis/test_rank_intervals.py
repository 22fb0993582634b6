"""Intervals without draws are those of the bootstrap, up to its noise."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.analysis.rank_intervals import FEWEST, between_seeds, mean_over_seeds
from nasrank.bench.ranking import bootstrap, get_metric

TAU = get_metric("tau")


def _scores(n: int, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(n + seeds)
    truth = generator.normal(size=n)
    return truth + generator.normal(size=(seeds, n)), truth


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("name", ["tau", "spearman", "tau_top50"])
def test_as_the_bootstrap_has_it(name, seeds):
    rows, truth = _scores(300, seeds)
    metric = get_metric(name)
    found = mean_over_seeds(rows, truth, metric)
    drawn = bootstrap(rows, truth, metric, draws=1000, confidence=0.95, generator=np.random.default_rng(0))
    assert found.estimate == pytest.approx(drawn.estimate)
    width = drawn.high - drawn.low
    assert found.low == pytest.approx(drawn.low, abs=0.15 * width)
    assert found.high == pytest.approx(drawn.high, abs=0.15 * width)
    assert (found.seeds, found.pool_size) == (seeds, 300)


def test_between_seeds_is_the_mean_over_pairs_and_covers_architectures():
    rows, _ = _scores(300, 3)
    found = between_seeds(rows, TAU)
    assert found.estimate == pytest.approx(np.mean([TAU(rows[i], rows[j]) for i, j in ((0, 1), (0, 2), (1, 2))]))
    drawn = [
        np.mean([TAU(rows[i][kept], rows[j][kept]) for i, j in ((0, 1), (0, 2), (1, 2))])
        for kept in np.random.default_rng(0).integers(300, size=(200, 300))
    ]
    spread = (found.high - found.low) / 2 / 1.96
    assert spread == pytest.approx(np.std(drawn), rel=0.25)


def test_what_is_undefined_is_nan():
    rows, truth = _scores(30, 2)
    assert np.isnan(mean_over_seeds(np.zeros((1, 30)), truth, TAU).estimate)
    assert np.isnan(mean_over_seeds(rows[:, :8], truth[:8], get_metric("tau_top10")).estimate)
    few = mean_over_seeds(rows[:, : FEWEST - 1], truth[: FEWEST - 1], TAU)
    assert np.isfinite(few.estimate)
    assert np.isnan([few.low, few.high]).all()
    assert np.isnan(between_seeds(rows[:1], TAU).estimate)
