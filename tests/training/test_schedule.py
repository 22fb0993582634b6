"""Schedules against the official code's arithmetic, as its scripts' settings print it."""

from __future__ import annotations

from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.training.terms.schedule import SCHEDULES, Schedule

HORIZONS = ("after_warmup", "all_epochs")
END = 1 - 1e-9

fractions = st.floats(0, 1, exclude_max=True)
schedules = st.builds(Schedule, st.sampled_from(sorted(SCHEDULES)), fractions, st.sampled_from(HORIZONS))


@given(schedules, fractions)
def test_nothing_during_warm_up_and_a_factor_of_the_maximum_afterwards(schedule, fraction):
    factor = schedule.factor(fraction)
    assert 0 <= factor <= 1
    if fraction < schedule.warm_up:
        assert factor == 0


@given(schedules, fractions, fractions)
def test_each_goes_one_way_after_warm_up(schedule, one, two):
    earlier, later = (schedule.factor(schedule.warm_up + f * (1 - schedule.warm_up)) for f in sorted((one, two)))
    if "increase" in schedule.name:
        assert earlier <= later + 1e-12
    elif "decrease" in schedule.name:
        assert earlier >= later - 1e-12
    else:
        assert earlier == later == 1


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("constant", (1, 1, 1, 1, 1)),
        ("linear_step_decrease", (1, 0.1, 0.01, 0.001, 0.001)),
        ("linear_step_increase", (0, 0.01, 0.1, 1, 1)),
        ("cosine_decrease", (1, 0.853553, 0.5, 0.146447, 0)),
        ("cosine_increase", (0, 0.146447, 0.5, 0.853553, 1)),
    ],
)
def test_factors_at_the_quarters_after_warm_up(name, factors):
    schedule = Schedule(name, warm_up=0.2)
    found = [schedule.factor(0.2 + 0.8 * quarter / 4 + 1e-9) for quarter in range(4)] + [schedule.factor(END)]
    assert found == pytest.approx(factors, abs=1e-6)


@pytest.mark.parametrize(
    ("epochs", "warm_up", "final"),
    [(200, 100, 5.00), (400, 150, 6.91), (400, 100, 8.54), (400, 250, 3.09), (400, 300, 1.46), (200, 150, 1.46)],
)
def test_the_official_horizon_ends_below_the_coefficient(epochs, warm_up, final):
    """Coefficient 10 in the landmark paper's scripts; the code measures progress against all epochs."""
    schedule = Schedule("cosine_increase", warm_up / epochs, "all_epochs")
    assert 10 * schedule.factor(END) == pytest.approx(final, abs=0.005)
    assert 10 * Schedule("cosine_increase", warm_up / epochs, "after_warmup").factor(END) == pytest.approx(10)


@pytest.mark.parametrize(("epochs", "warm_up"), [(200, 100), (400, 150), (200, 150), (12, 4)])
def test_the_official_value_of_every_epoch_is_ours_at_its_end(epochs, warm_up):
    """The official code evaluates 1/2 (1 + cos(pi (T / epochs + 1))), T = epoch - warm-up + 1, once an epoch."""
    schedule = Schedule("cosine_increase", warm_up / epochs, "all_epochs")
    for epoch in range(warm_up, epochs):
        official = (1 + cos(pi * ((epoch - warm_up + 1) / epochs + 1))) / 2
        start, end = schedule.factor(epoch / epochs), schedule.factor((epoch + 1) / epochs - 1e-9)
        assert start < official
        assert end == pytest.approx(official, abs=1e-6)


def test_without_warm_up_the_horizons_agree():
    for name in SCHEDULES:
        one, two = (Schedule(name, 0.0, horizon) for horizon in HORIZONS)
        assert [one.factor(f / 50) for f in range(50)] == [two.factor(f / 50) for f in range(50)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "cosine"}, "unknown schedule 'cosine'"),
        ({"warm_up": 1.0}, r"\[0, 1\), not 1.0"),
        ({"warm_up": -0.1}, r"\[0, 1\), not -0.1"),
        ({"warm_up": float("nan")}, "not nan"),
        ({"horizon": "epochs"}, "unknown horizon 'epochs'"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**arguments)
