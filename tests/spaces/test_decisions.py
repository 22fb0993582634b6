"""Decisions: orders, numbers on a grid, conditions, and the best options that go together."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from nasrank.spaces.decisions import Condition, Decision, active_decisions, best_choices, conditions, with_placeholders

FOREST = (
    Decision("cell", ("conv", "pool", "none")),
    Decision("kernel", ("1", "3"), when=(Condition("cell", ("conv",)),)),
    Decision("shape", ("square", "line"), when=(Condition("kernel", ("3",)),)),
    Decision("window", ("mean", "max"), when=(Condition("cell", ("pool", "conv")),)),
    Decision("depth", ("1", "2")),
)


def test_integers_are_all_steps_from_low_to_high():
    width = Decision.integers("width", 8, 64, step=8, level="cell")
    assert width.options == ("8", "16", "24", "32", "40", "48", "56", "64")
    assert width.values == (8, 16, 24, 32, 40, 48, 56, 64)
    assert width.ordered
    assert width.level == "cell"


def test_reals_are_on_their_grid_to_the_last_bit():
    """In binary, 0.1 + 4 x 0.05 is not 0.3."""
    rate = Decision.reals("rate", 0.1, 0.5, step=0.05)
    assert rate.values == (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
    assert rate.options == ("0.1", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4", "0.45", "0.5")


def test_numbers_need_not_be_even():
    ratio = Decision.numbers("ratio", (0.5, 1, 4))
    assert (ratio.options, ratio.values, ratio.ordered) == (("0.5", "1", "4"), (0.5, 1, 4), True)


def test_a_categorical_decision_has_no_order():
    assert not Decision("operation", ("conv", "pool")).ordered
    assert Decision("size", ("small", "large"), ordered=True).values == ()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Decision("a", ("x", "x")), "a: options must be different, not x, x"),
        (lambda: Decision("a", ("1", "2"), values=(1.0,)), "a: 1 values for 2 options"),
        (lambda: Decision("a", ("2", "1"), values=(2.0, 1.0)), "a: values must be finite and ascend"),
        (lambda: Decision("a", ("1", "x"), values=(1.0, float("inf"))), "a: values must be finite and ascend"),
        (lambda: Decision.integers("a", 8, 60, step=8), "no whole number of steps of 8 leads from 8 to 60"),
        (lambda: Decision.integers("a", 8, 8), "no whole number of steps of 1 leads from 8 to 8"),
        (lambda: Decision.integers("a", 8, 16, step=0), "no whole number of steps of 0"),
        (lambda: Decision.integers("a", 8, 16, step=2.0), "a: step is 2.0, which is no integer"),
        (lambda: Decision.reals("a", 0.1, 1.0, step=0.25), "no whole number of steps of 0.25 leads from 0.1 to 1.0"),
        (lambda: Decision.reals("a", 0.1, 1.0, step=-0.1), "the step positive"),
        (lambda: Decision.reals("a", 0.1, float("nan"), step=0.1), "must be finite"),
    ],
)
def test_what_is_no_grid_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ([Decision("a", ("x", "y"), when=(Condition("b", ("x",)),))], "a depends on 'b', which is no earlier decision"),
        (
            [Decision("a", ("x", "y")), Decision("b", ("u", "v"), when=(Condition("a", ("z",)),))],
            "b depends on a being z: options are x, y",
        ),
        (
            [Decision("a", ("x", "y")), Decision("b", ("u", "v"), when=(Condition("a", ()),))],
            "b depends on a being nothing",
        ),
        ([Decision("a", ("x", "y")), Decision("a", ("u", "v"))], "two decisions are called 'a'"),
    ],
)
def test_conditions_are_on_options_of_earlier_decisions(decisions, message):
    with pytest.raises(ValueError, match=message):
        conditions(decisions)


def test_a_decision_is_active_when_what_it_depends_on_is_and_has_the_option():
    depends = conditions(FOREST)
    assert active_decisions(depends, (0, 1, 0, 0, 0)) == (True, True, True, True, True)
    assert active_decisions(depends, (0, 0, 1, 0, 0)) == (True, True, False, True, True)
    assert active_decisions(depends, (1, 1, 1, 1, 1)) == (True, False, False, True, True), "kernel is not active"
    assert with_placeholders(depends, (2, 1, 1, 1, 1)) == (2, 0, 0, 0, 1)


def test_any_of_several_conditions_is_enough():
    both = (
        *FOREST[:1],
        Decision("other", ("x", "y")),
        Decision("c", ("u", "v"), when=(Condition("cell", ("conv",)), Condition("other", ("y",)))),
    )
    active = [active_decisions(conditions(both), choices)[2] for choices in ((0, 0, 0), (1, 1, 0), (1, 0, 0))]
    assert active == [True, True, False]


def test_the_best_choices_are_those_of_exhaustive_search():
    """A decision counts where it is active, so that the best option of one may lose by what it switches off."""
    depends, generator = conditions(FOREST), np.random.default_rng(0)

    def total(scores, choices):
        active = active_decisions(depends, choices)
        return sum(v[choice] for v, choice, counts in zip(scores, choices, active, strict=True) if counts)

    every = {with_placeholders(depends, choices) for choices in product(*(range(len(d.options)) for d in FOREST))}
    found = set()
    for _ in range(200):
        scores = [generator.normal(size=len(decision.options)) for decision in FOREST]
        best = best_choices("forest", FOREST, scores)
        assert best in every
        assert total(scores, best) == pytest.approx(max(total(scores, choices) for choices in every))
        found.add(best)
    assert len(found) > 10


def test_of_equal_options_the_first_is_best():
    assert best_choices("forest", FOREST, [np.zeros(len(decision.options)) for decision in FOREST]) == (0,) * 5


def test_scores_are_left_as_they_are():
    scores = [np.arange(len(decision.options), dtype=float) for decision in FOREST]
    best_choices("forest", FOREST, scores)
    assert [vector.tolist() for vector in scores] == [list(range(len(decision.options))) for decision in FOREST]


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (Decision("c", ("u", "v"), free=False), "c is not free"),
        (Decision("c", ("u", "v"), when=(Condition("a", ("x",)), Condition("b", ("x",)))), "c has several conditions"),
    ],
)
def test_options_that_need_not_go_together_have_no_best(last, why):
    decisions = (Decision("a", ("x", "y")), Decision("b", ("x", "y")), last)
    with pytest.raises(ValueError, match=f"mine does not say which architecture has the greatest sum: {why}"):
        best_choices("mine", decisions, [[0.0, 1.0]] * 3)


@pytest.mark.parametrize("wrong", [[1.0], [1.0, 2.0, 3.0], [np.nan, 1.0], [np.inf, 1.0], np.ma.masked_equal([1, 2], 1)])
def test_scores_are_one_finite_number_an_option(wrong):
    with pytest.raises(ValueError, match="scores of a must be 2 finite numbers"):
        best_choices("mine", (Decision("a", ("x", "y")),), [wrong])
    with pytest.raises(ValueError, match="2 vectors of scores for 1 decisions"):
        best_choices("mine", (Decision("a", ("x", "y")),), [[0.0, 1.0]] * 2)
