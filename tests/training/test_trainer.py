"""The one loop: its optimizer, its record, what it refuses, and how it fails."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi, sqrt

import numpy as np
import pytest
import torch
from toy import (
    CLASSES,
    DECISIONS,
    TOY,
    LossTable,
    MeanOutput,
    ToySpace,
    ToySuperNet,
    endless,
    make_step,
    random_batch,
    stream,
)

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.bench.training.terms import Term
from nasrank.bench.training.trainer import Optimization, Record, train

PLAIN = {"batch_size": 8, "momentum": 0.0, "weight_decay": 0.0, "clip": 1e9}


class FirstOption(Strategy):
    """Trains option 0, whose gradient on a `LossTable` is 1, and reports the losses it is told to."""

    name, label, reference, passes_per_step = "first", "First", "Nobody", 1

    def __init__(self, reported=()):
        super().__init__(ToySpace(DECISIONS[:1]), stream())
        self.reported = iter(reported)

    def accumulate(self, step):
        step.loss([0]).backward()
        return next(self.reported, 0.0)


class Poison(Term):
    """A term whose gradient stops being finite at a step."""

    name, label = "poison", "poison"

    def __init__(self, at, value=float("nan")):
        self.countdown, self.value = at, value

    def accumulate(self, step):
        (step.supernet.values * (self.value if self.countdown == 0 else 0.0)).sum().backward()
        self.countdown -= 1


def fit(supernet, strategy, optimization, terms=(), task=None, **others):
    batches = endless(random_batch(8))
    held_out = {name: endless(random_batch(8)) for name in ("strategy", *(term.name for term in terms))}
    return train(supernet, task or MeanOutput(), strategy, terms, optimization, batches, held_out, **others)


def fit_toy(optimization):
    """A toy super-net trained by SPOS, with its weights before and after, by name."""
    supernet = ToySuperNet()
    before = {name: weights.detach().clone() for name, weights in supernet.named_parameters()}
    fit(supernet, SinglePathOneShot(TOY, stream()), optimization, task=Classification(CLASSES))
    return before, {name: weights.detach() for name, weights in supernet.named_parameters()}


def first_values(optimization):
    """Value of option 0 before each step and after the last."""
    supernet, values = LossTable([0.0, 0.0]), []
    fit(supernet, FirstOption(), optimization, after_step=lambda done, total: values.append(supernet.values[0].item()))
    return np.array(values)


def test_the_learning_rate_falls_along_a_cosine_from_the_first_to_near_the_final_one():
    settings = Optimization(50, learning_rate=0.5, final_learning_rate=0.1, **PLAIN)
    rates = -np.diff(first_values(settings))
    np.testing.assert_allclose(rates, [0.1 + 0.4 * (1 + cos(pi * step / 50)) / 2 for step in range(50)], rtol=1e-9)
    assert settings.learning_rate_at(0) == 0.5
    assert settings.learning_rate_at(1) == pytest.approx(0.1)


def test_momentum_and_weight_decay_are_those_of_sgd():
    settings = Optimization(2, 8, learning_rate=0.5, final_learning_rate=0.5, momentum=0.9, weight_decay=0.1, clip=1e9)
    first = -0.5
    second = first - 0.5 * (0.9 * 1 + (1 + 0.1 * first))
    np.testing.assert_allclose(first_values(settings), [0, first, second])


def test_the_gradient_of_strategy_and_terms_together_is_clipped():
    class Push(Term):
        name, label = "push", "push"

        def __init__(self):
            pass

        def accumulate(self, step):
            (step.supernet.values * torch.tensor([2.0, 4.0])).sum().backward()

    supernet = LossTable([0.0, 0.0])
    settings = Optimization(1, learning_rate=1.0, final_learning_rate=1.0, **{**PLAIN, "clip": 2.0})
    fit(supernet, FirstOption(), settings, [Push()])
    np.testing.assert_allclose(supernet.values.tolist(), [-2 * 3 / 5, -2 * 4 / 5], rtol=1e-5)  # gradient (1 + 2, 4)


def test_weights_off_the_path_rest():
    """No gradient, no momentum and no weight decay for what a step did not compute."""
    before, after = fit_toy(Optimization(1, 8, momentum=0.9, weight_decay=0.1))
    moved = [name for name in before if not torch.equal(before[name], after[name])]
    for decision in range(len(DECISIONS)):
        assert len([name for name in moved if name.startswith(f"options.{decision}.")]) == 2, "one weight and its bias"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_training_and_names_the_step(value):
    strategy = FirstOption([0.0, 0.0, 0.0, value])
    with pytest.raises(FloatingPointError, match=rf"training loss of First is {value} at step 3 of 20"):
        fit(LossTable([0.0, 0.0]), strategy, Optimization(20, **PLAIN))


@pytest.mark.parametrize("step", [0, 2, 4])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_so_does_a_gradient_that_is_not_finite_under_a_finite_loss(step, value):
    """At the last step nothing else would notice, and the architectures would be scored with NaN weights."""
    supernet = LossTable([0.0, 0.0])
    with pytest.raises(FloatingPointError, match=rf"gradient of First has norm {value} at step {step} of 5"):
        fit(supernet, FirstOption(), Optimization(5, **PLAIN), [Poison(at=step, value=value)])
    assert torch.isfinite(supernet.values).all(), "the weights are those of the last good step"


def test_too_few_passes_for_a_step_are_refused():
    strategy = FirstOption()
    strategy.passes_per_step = 4
    with pytest.raises(ValueError, match="3 passes do not make one step of 4"):
        fit(LossTable([0.0]), strategy, Optimization(3, **PLAIN))


def test_passes_beyond_the_last_whole_step_are_not_spent():
    strategy = FirstOption()
    strategy.passes_per_step = 4
    assert fit(LossTable([0.0]), strategy, Optimization(11, **PLAIN)).steps == 2


def test_the_record_has_a_row_for_each_tenth_with_the_mean_loss_since_the_last():
    record = fit(LossTable([0.0]), FirstOption(range(40)), Optimization(40, **PLAIN))
    assert record.steps == 40
    assert [row["fraction"] for row in record.rows] == pytest.approx([0.1 * tenth for tenth in range(1, 11)])
    assert [row["loss"] for row in record.rows] == [1.5 + 4 * tenth for tenth in range(10)]


@pytest.mark.parametrize("steps", [1, 3, 7, 13])
def test_a_short_training_is_recorded_to_its_end(steps):
    record = fit(LossTable([0.0]), FirstOption(), Optimization(steps, **PLAIN))
    assert record.rows[-1]["fraction"] == 1.0
    assert len(record.rows) == min(steps, 10)


def test_what_terms_record_stands_under_their_names():
    class Counter(Term):
        name, label = "counter", "counter"

        def __init__(self):
            self.seen = 0

        def accumulate(self, _step):
            self.seen += 1

        def record(self):
            seen, self.seen = self.seen, 0
            return {"seen": float(seen)}

    record = fit(LossTable([0.0]), FirstOption(), Optimization(20, **PLAIN), [Counter()])
    assert [row["counter.seen"] for row in record.rows] == [2.0] * 10


def test_after_step_is_told_of_every_step():
    told = []
    fit(LossTable([0.0]), FirstOption(), Optimization(3, **PLAIN), after_step=lambda *arguments: told.append(arguments))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


class Reader(Term):
    """Draws a held-out batch a step, and keeps the first target."""

    label, needs = "reader", frozenset({"held_out"})

    def __init__(self, name):
        self.name, self.read = name, []

    def accumulate(self, step):
        self.read.append(step.held_out()[1][0].item())


def test_each_term_draws_from_its_own_held_out_stream():
    def numbered(start):
        return ((torch.zeros(1, 1), torch.tensor([number])) for number in range(start, 10_000))

    one, two = Reader("one"), Reader("two")
    streams = {"strategy": numbered(0), "one": numbered(100), "two": numbered(200)}
    settings = Optimization(3, **PLAIN)
    train(LossTable([0.0]), MeanOutput(), FirstOption(), [one, two], settings, endless(random_batch(8)), streams)
    assert one.read == [100, 101, 102]
    assert two.read == [200, 201, 202]
    assert next(streams["strategy"])[1].item() == 0, "the strategy's stream was left alone"


def test_a_term_that_does_not_say_so_has_no_held_out_batches():
    class Silent(Reader):
        needs = frozenset()

    with pytest.raises(RuntimeError, match=r"the term 'silent' draws held-out batches, but `needs` does not say so"):
        fit(LossTable([0.0]), FirstOption(), Optimization(3, **PLAIN), [Silent("silent")])


def test_fractions_start_at_zero_and_never_reach_one():
    class Clock(FirstOption):
        fractions: tuple[float, ...] = ()

        def accumulate(self, step):
            self.fractions += (step.fraction,)
            return super().accumulate(step)

    clock = Clock()
    fit(LossTable([0.0]), clock, Optimization(4, **PLAIN))
    assert clock.fractions == (0, 0.25, 0.5, 0.75)


def test_a_record_starts_empty():
    assert Record(5).rows == []


def test_the_norm_that_is_clipped_is_over_all_weights_together():
    before, after = fit_toy(Optimization(1, learning_rate=1.0, **{**PLAIN, "clip": 1e-3}))
    moved = sum((after[name] - before[name]).square().sum().item() for name in before)
    assert sqrt(moved) == pytest.approx(1e-3, rel=1e-3)


def test_bfloat16_training_runs_and_stays_finite():
    _, after = fit_toy(Optimization(5, 8, mixed_precision=True))
    assert all(weights.dtype == torch.float32 and torch.isfinite(weights).all() for weights in after.values())


@pytest.mark.parametrize("name", STRATEGIES)
def test_bfloat16_is_for_the_super_net_alone(name):
    """What a strategy computes besides, such as the controller of ENAS, does not run in it."""
    supernet, strategy = ToySuperNet(), STRATEGIES[name](TOY, stream())
    step = replace(make_step(supernet), mixed_precision=True)
    types: dict[bool, set[torch.dtype]] = {True: set(), False: set()}

    def note(module, _, outputs):
        if module is supernet or module not in set(supernet.modules()):
            first = outputs[0] if isinstance(outputs, tuple) else outputs
            types[module is supernet].add(first.dtype)

    with torch.nn.modules.module.register_module_forward_hook(note):
        strategy.update_architecture(step)
        strategy.accumulate(step)
    assert torch.bfloat16 in types[True]
    assert torch.bfloat16 not in types[False]
