"""Holm's test against its definition by closed testing, and its p-values against Student's t and the normal."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nasrank.bench.ranking.intervals import Resamples, Values
from nasrank.bench.ranking.multiplicity import holm, p_of

chances = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.0125, 0.05 / 3, 0.025, 0.05, float("nan")]))


def rejected_by_closed_testing(p_values: list[float], level: float) -> list[bool]:
    """Each is rejected where Bonferroni's test rejects every set that it belongs to."""
    known = [place for place, p in enumerate(p_values) if p == p]
    sets = [some for size in range(1, len(known) + 1) for some in combinations(known, size)]
    kept = {place for some in sets if min(p_values[place] for place in some) > level / len(some) for place in some}
    return [place in known and place not in kept for place in range(len(p_values))]


class TestHolm:
    @pytest.mark.slow
    @given(p_values=st.lists(chances, max_size=7), level=st.sampled_from([0.01, 0.05, 0.1]))
    def test_it_is_the_closed_test_of_bonferroni(self, p_values: list[float], level: float) -> None:
        assert holm(p_values, level) == rejected_by_closed_testing(p_values, level)

    def test_by_hand(self) -> None:
        """The least is held against 0.05/4, the next against 0.05/3; the third fails, and with it the last."""
        assert holm([0.04, 0.005, 0.03, 0.015], 0.05) == [False, True, False, True]
        assert holm([0.04, 0.005, 0.03, 0.015, float("nan")], 0.05) == [False, True, False, True, False]
        assert holm([0.05], 0.05) == [True]
        assert holm([], 0.05) == holm([], 0.5) == []

    def test_where_nothing_is_the_chance_of_any_mark_is_the_level(self) -> None:
        """Of a hundred families of dependent differences, as of rows that share their seeds."""
        stream = np.random.default_rng(0)
        shared, own = stream.normal(size=(4000, 1)), stream.normal(size=(4000, 8))
        chance = 2 * stats.norm.sf(np.abs((shared + own) / np.sqrt(2)))
        wrong = np.mean([any(holm(family.tolist(), 0.05)) for family in chance])
        alone = np.mean((chance < 0.05).any(axis=1))
        assert 0.02 < wrong < 0.055
        assert alone > 0.15, "each by itself would be marked far too often"


def values(mean: float, spread: float, deviation: float, seeds: int, draws: int = 4000) -> Values:
    """With this mean, spread over resamples of the pool and standard deviation over seeds, exactly."""
    pool = stats.norm.ppf((np.arange(draws) + 0.5) / draws)
    pool *= spread / pool.std(ddof=1) if spread else 0.0
    over = np.linspace(-1, 1, seeds) if seeds > 1 else np.zeros(1)
    over *= deviation / over.std(ddof=1) if seeds > 1 else 0.0
    observed = mean + over
    return Values(observed, observed[:, None] + pool)


class TestChance:
    @pytest.mark.parametrize("mean", [0.0, 0.01, -0.03, 0.08, 0.2])
    def test_with_one_seed_it_is_that_of_a_normal_distribution(self, mean: float) -> None:
        assert p_of(values(mean, 0.02, 0.0, 1)) == pytest.approx(2 * stats.norm.sf(abs(mean) / 0.02))

    @pytest.mark.parametrize("deviation", [1e-9, 1e-4])
    def test_so_it_is_where_seeds_hardly_differ(self, deviation: float) -> None:
        """Far out, too, where many comparisons are decided."""
        assert p_of(values(0.08, 0.02, deviation, 3)) == pytest.approx(2 * stats.norm.sf(4), rel=0.02)

    @pytest.mark.parametrize("mean", [0.0, 0.01, -0.03, 0.08, 0.2])
    @pytest.mark.parametrize("seeds", [2, 3, 5])
    def test_on_a_large_pool_it_is_that_of_the_paired_t_test(self, mean: float, seeds: int) -> None:
        found = values(mean, 1e-7, 0.04, seeds)
        assert p_of(found) == pytest.approx(stats.ttest_1samp(found.observed, 0).pvalue, rel=1e-3)

    def test_in_between_it_is_that_of_their_sum(self) -> None:
        stream = np.random.default_rng(0)
        sums = 0.05 * stream.normal(size=400_000) + 0.04 / np.sqrt(3) * stream.standard_t(2, size=400_000)
        assert p_of(values(0.15, 0.05, 0.04, 3)) == pytest.approx(np.mean(np.abs(sums) > 0.15), rel=0.03)

    def test_it_agrees_with_the_interval(self) -> None:
        """Where a mean is a little more than the half-width of the interval from 0, the chance is a little less than
        one minus the confidence."""
        plan = Resamples.draw(50, 4000, 0.95, np.random.default_rng(0))
        at_zero = plan.over_seeds(values(0.0, 0.03, 0.05, 4), (-2.0, 2.0))
        half = (at_zero.high - at_zero.low) / 2
        assert p_of(values(1.02 * half, 0.03, 0.05, 4)) < 0.05 < p_of(values(0.98 * half, 0.03, 0.05, 4))

    def test_where_nothing_varies_it_is_certain(self) -> None:
        assert p_of(values(0.1, 0.0, 0.0, 3)) == 0.0
        assert p_of(values(0.0, 0.0, 0.0, 3)) == 1.0

    def test_it_is_unknown_where_the_difference_is_or_its_resamples_are(self) -> None:
        undefined = values(0.1, 0.02, 0.0, 2)
        undefined.observed[0] = np.nan
        assert np.isnan(p_of(undefined))
        undefined = values(0.1, 0.02, 0.0, 2, draws=10)
        undefined.resampled[0, :9] = np.nan
        assert np.isnan(p_of(undefined))

    def test_undefined_resamples_are_left_out(self) -> None:
        some = values(0.05, 0.02, 0.01, 2)
        with_gaps = Values(some.observed, np.hstack([some.resampled, np.full((2, 3), np.nan)]))
        assert p_of(with_gaps) == p_of(some)
