"""The levels of looks against two other computations, and which comparisons stop at them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm
from scipy.stats import t as student

from nasrank.bench.ranking.intervals import Values
from nasrank.bench.ranking.multiplicity import holm, p_of
from nasrank.bench.ranking.sequential import Looks, enough_draws, nominal_levels, spent
from nasrank.bench.ranking.stopping import Stop, StoppingRule, Why, holm_at_looks

PLANNED = Looks((5, 10, 15, 20))
BOUNDS = (-2.0, 2.0)


def values(mean: float, deviation: float, seeds: int) -> Values:
    """Of seeds of exactly this mean and deviation, in whatever number; the pool adds next to nothing."""
    pattern = np.resize([1.0, -1.0], seeds)
    pattern -= pattern.mean()
    observed = mean + deviation * pattern / pattern.std(ddof=1)
    pool = np.random.default_rng(0).normal(0, 1e-4, 400)
    return Values(observed, observed[:, None] + pool)


@pytest.mark.slow
def test_with_many_seeds_the_levels_are_those_of_the_joint_normal_distribution() -> None:
    """Of the means at the looks, by scipy's integration over the box in which none has decided."""
    looks, error = (2_000, 4_000, 6_000, 8_000), 0.05
    borders = [-norm.ppf(level / 2) for level in nominal_levels(looks, error)]
    for count in range(1, 5):
        some = np.array(looks[:count], dtype=np.float64)
        alike = np.sqrt(np.minimum(some[:, None], some) / np.maximum(some[:, None], some))
        ends = np.array(borders[:count])
        inside = multivariate_normal(cov=alike, maxpts=10**6, abseps=1e-6, seed=0).cdf(ends, lower_limit=-ends)
        assert 1 - inside == pytest.approx(error * spent(looks[count - 1] / looks[-1]), rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("looks", [(5, 10, 15, 20), (2, 4, 6, 8), (3, 4, 9)])
@pytest.mark.parametrize("error", [0.05, 0.05 / 3])
def test_with_few_seeds_as_much_is_spent_as_simulated_t_tests_spend(looks: tuple[int, ...], error: float) -> None:
    """Of normal seeds without a pool; levels of the joint normal distribution spend 8 to 17 % more than they may."""
    drawn = np.random.default_rng(1).standard_normal((400_000, looks[-1]))
    decided, expected = np.zeros(len(drawn), dtype=bool), error * np.array([spent(n / looks[-1]) for n in looks])
    for seeds, level, allowed in zip(looks, nominal_levels(looks, error), expected, strict=True):
        some = drawn[:, :seeds]
        statistic = np.abs(some.mean(axis=1)) * math.sqrt(seeds) / some.std(axis=1, ddof=1)
        decided |= statistic >= student.isf(level / 2, seeds - 1)
        assert decided.mean() == pytest.approx(allowed, abs=4 * math.sqrt(allowed / len(drawn)))


def test_one_look_is_a_fixed_test_and_the_spending_ends_with_all() -> None:
    assert nominal_levels((7,), 0.05) == pytest.approx((0.05,))
    assert (spent(0), spent(1)) == pytest.approx((0, 1))
    assert PLANNED.level(1, 0.03) == PLANNED.level(0, 0.03) == 0.03, "what has no seeds is looked at once"


@pytest.mark.slow
def test_a_larger_error_has_larger_levels_at_every_look() -> None:
    """Else there would be no repeated p-value."""
    levels = np.array([nominal_levels(PLANNED.seeds, error) for error in np.geomspace(1e-6, 0.5, 40)])
    assert (np.diff(levels, axis=0) > 0).all()


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ((), "not at none"),
        ((1, 5), "rising numbers of seeds of 2 or more, not at 1, 5"),
        ((5, 5), "rising numbers"),
        ((10, 5), "rising numbers"),
        (tuple(range(2, 24)), "22 looks leave each next to nothing"),
    ],
)
def test_looks_are_rising_and_few(seeds: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Looks(seeds)


def test_there_is_no_level_between_looks() -> None:
    with pytest.raises(ValueError, match="no look at 7 seeds, only at 5, 10, 15, 20"):
        PLANNED.level(7, 0.05)


def test_resamples_suffice_for_the_strictest_look() -> None:
    assert enough_draws(100, 0.95, None) == 100
    assert enough_draws(100, 0.95, PLANNED) == math.ceil(2 / PLANNED.strictest(1 - 0.95)) > 100


def test_with_one_look_it_is_holms_own_test() -> None:
    drawn = np.random.default_rng(0)
    for _ in range(50):
        p_values = [*(drawn.uniform(size=6) ** 4).tolist(), math.nan]
        assert holm_at_looks(p_values, [3] * 7, 0.05) == holm(p_values, 0.05)


@pytest.mark.slow
def test_at_different_looks_it_is_holms_test_over_repeated_p_values() -> None:
    drawn = np.random.default_rng(1)

    def repeated(p: float, seeds: int) -> float:
        return float(brentq(lambda error: PLANNED.level(seeds, error) - p, 1e-9, 0.9, xtol=1e-12))

    for _ in range(10):
        p_values = (drawn.uniform(1e-4, 0.6, size=4) ** 2).tolist()
        seeds = drawn.choice(PLANNED.seeds, size=4).tolist()
        expected = holm([repeated(p, n) for p, n in zip(p_values, seeds, strict=True)], 0.05)
        assert holm_at_looks(p_values, seeds, 0.05, PLANNED) == expected


def test_what_each_comparison_stops_for() -> None:
    lost = values(0.3, 0.05, 5)
    lost.observed[2] = lost.resampled[2] = np.nan
    gains = {
        "clear": values(0.3, 0.05, 5),
        "narrow": values(0.001, 0.01, 10),
        "lost": lost,
        "open": values(0.03, 0.1, 10),
        "never": values(0.03, 0.1, 20),
    }
    stops = StoppingRule(PLANNED, 0.05, width=0.05).stops(gains, BOUNDS)
    assert stops == {
        "clear": Stop(5, 1, Why.DECIDED),
        "narrow": Stop(10, 2, Why.NARROW),
        "lost": Stop(5, 1, Why.UNDEFINED),
        "open": Stop(10, 2, Why.GOES_ON),
        "never": Stop(20, 4, Why.LAST),
    }


def test_a_difference_that_none_has_is_narrow_and_never_decided() -> None:
    same = Values(np.zeros(5), np.zeros((5, 400)))
    assert StoppingRule(PLANNED, 0.05, width=0.1).stops({"same": same}, BOUNDS)["same"].why == Why.NARROW
    assert StoppingRule(PLANNED, 0.05).stops({"same": same}, BOUNDS)["same"].why == Why.GOES_ON


def test_where_an_interval_is_asked_for_a_clear_sign_is_not_enough() -> None:
    clear = values(0.3, 0.05, 5)
    assert StoppingRule(PLANNED, 0.05, False, 0.01).stops({"clear": clear}, BOUNDS)["clear"].why == Why.GOES_ON
    assert StoppingRule(PLANNED, 0.05, False, 0.30).stops({"clear": clear}, BOUNDS)["clear"].why == Why.NARROW


def test_a_row_among_others_needs_more_than_by_itself() -> None:
    level = PLANNED.level(5, 0.05)
    near = next(
        found for mean in np.arange(0.1, 0.0, -1e-3) if level / 2 < p_of(found := values(mean, 0.03, 5)) < level
    )
    rule = StoppingRule(PLANNED, 0.05)
    assert rule.stops({"near": near}, BOUNDS)["near"].why == Why.DECIDED
    assert rule.stops({"near": near, "other": values(0.0, 0.1, 5)}, BOUNDS)["near"].why == Why.GOES_ON


@pytest.mark.slow
def test_what_is_decided_stays_so_whatever_the_others_come_to() -> None:
    drawn, rule = np.random.default_rng(4), StoppingRule(PLANNED, 0.05, width=0.15)
    for _ in range(20):
        every = {str(row): _random(drawn, mean) for row, mean in enumerate(drawn.uniform(-0.2, 0.2, size=5))}
        counts = dict.fromkeys(every, 5)
        decided: set[str] = set()
        while True:
            stops = rule.stops({name: found.first(counts[name]) for name, found in every.items()}, BOUNDS)
            now = {name for name, stop in stops.items() if stop.why == Why.DECIDED}
            assert decided <= now
            decided = now
            going_on = [name for name, stop in stops.items() if stop.why == Why.GOES_ON]
            if not going_on:
                break
            counts |= {name: PLANNED.seeds[stops[name].look] for name in going_on}


def _random(drawn: np.random.Generator, mean: float) -> Values:
    observed = mean + drawn.normal(0, 0.08, size=20)
    return Values(observed, observed[:, None] + drawn.normal(0, 0.01, size=200))
