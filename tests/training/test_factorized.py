"""Logits of one factor at a time; with one factor, DARTS."""

from __future__ import annotations

import torch
from toy import TOY, ToySpace, ToySuperNet, make_step, stream

from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.factorized import Factorized
from nasrank.spaces.decisions import Decision

OPERATIONS, ACTIVATIONS = tuple("abc"), tuple("xy")
PAIRS = ToySpace(
    (Decision("operation 1", OPERATIONS), Decision("activation 1", ACTIVATIONS), Decision("operation 2", OPERATIONS))
)


def moved(strategy, step):
    before = [logits.detach().clone() for logits in strategy.logits.values]
    strategy.update_architecture(step)
    return [not torch.equal(*pair) for pair in zip(before, strategy.logits.values, strict=True)]


def test_factors_take_turns():
    strategy, step = Factorized(PAIRS, stream()), make_step(ToySuperNet(PAIRS.decisions))
    assert [moved(strategy, step) for _ in range(5)] == [
        [True, False, True],
        [False, True, False],
        [True, False, True],
        [False, True, False],
        [True, False, True],
    ]


def test_decisions_with_different_options_are_factors_of_their_own():
    strategy, step = Factorized(TOY, stream()), make_step(ToySuperNet())
    assert [moved(strategy, step).index(True) for _ in range(4)] == [0, 1, 2, 0]


def test_its_turn_moves_a_factor_as_darts_would():
    strategy, darts, step = Factorized(PAIRS, stream()), Darts(PAIRS, stream()), make_step(ToySuperNet(PAIRS.decisions))
    strategy.update_architecture(step)
    darts.update_architecture(step)
    for place in (0, 2):
        assert torch.equal(strategy.logits.values[place], darts.logits.values[place])


def test_with_a_single_factor_it_is_darts():
    space = ToySpace((Decision("one", OPERATIONS), Decision("two", OPERATIONS)))
    strategy, darts, step = Factorized(space, stream()), Darts(space, stream()), make_step(ToySuperNet(space.decisions))
    for _ in range(3):
        strategy.update_architecture(step)
        darts.update_architecture(step)
    assert all(torch.equal(a, b) for a, b in zip(strategy.logits.values, darts.logits.values, strict=True))
