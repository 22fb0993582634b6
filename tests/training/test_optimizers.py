"""The optimizers of the shared weights: each against its own formula, and what is refused."""

from __future__ import annotations

from math import cos, pi, sqrt

import numpy as np
import pytest
import torch
from test_trainer import FirstOption, first_values, fit
from toy import TOY, LossTable, ToySuperNet, endless, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.optimizers import OPTIMIZERS, Rates
from nasrank.bench.training.strategies.gm_nas import GradientMatching
from nasrank.bench.training.trainer import Optimization

STEPS = 6


def by_formula(name, gradient=1.0, rate=0.1, momentum=0.8, decay=0.05):
    """A weight that starts at zero and whose loss has this gradient, after each step [Kingma2015, Loshchilov2019]."""
    weight, mean, square, found = 0.0, 0.0, 0.0, [0.0]
    for step in range(1, STEPS + 1):
        moved = gradient + (decay * weight if name != "adamw" else 0.0)
        if name == "sgd":
            mean = momentum * mean + moved
            weight -= rate * mean
        else:
            weight -= rate * decay * weight if name == "adamw" else 0.0
            mean, square = momentum * mean + (1 - momentum) * moved, 0.999 * square + 0.001 * moved**2
            weight -= rate * mean / (1 - momentum**step) / (sqrt(square / (1 - 0.999**step)) + 1e-8)
        found.append(weight)
    return found


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_each_follows_its_formula(name):
    rates = {"learning_rate": 0.1, "final_learning_rate": 0.1, "momentum": 0.8, "weight_decay": 0.05}
    found = first_values(Optimization(STEPS, 8, clip=1e9, optimizer=name, **rates))
    np.testing.assert_allclose(found, by_formula(name), rtol=1e-9)


def test_they_differ():
    values = [by_formula(name)[-1] for name in ("sgd", "adam", "adamw")]
    assert len({round(value, 6) for value in values}) == 3


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_without_a_gradient_rest(name):
    supernet = LossTable([0.0, 0.0])
    other = torch.nn.Parameter(torch.ones(2))
    optimizer = OPTIMIZERS[name].make([supernet.values, other], Rates(0.1, 0.9, 0.5))
    for _ in range(2):
        optimizer.zero_grad()
        supernet.values.sum().backward()
        optimizer.step()
    assert torch.equal(other.detach(), torch.ones(2))
    assert (supernet.values < 0).all()


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_nesterov_is_sgds(name):
    with pytest.raises(ValueError, match=f"{name} has no Nesterov momentum"):
        fit(LossTable([0.0]), FirstOption(), Optimization(1, 8, optimizer=name, nesterov=True))


def test_an_unknown_one_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="unknown optimizer 'lion'; known are sgd, adam, adamw"):
        fit(LossTable([0.0]), FirstOption(), Optimization(1, 8, optimizer="lion"))


def test_the_learning_rate_warms_up_in_a_straight_line_and_then_falls_along_the_cosine():
    plain = {"batch_size": 8, "momentum": 0.0, "weight_decay": 0.0, "clip": 1e9}
    settings = Optimization(50, learning_rate=0.5, final_learning_rate=0.1, warm_up=0.2, **plain)
    rising = [0.1 + 0.4 * step / 10 for step in range(10)]
    falling = [0.1 + 0.4 * (1 + cos(pi * step / 40)) / 2 for step in range(40)]
    np.testing.assert_allclose(-np.diff(first_values(settings)), rising + falling, rtol=1e-9)
    assert settings.learning_rate_at(0.2) == pytest.approx(0.5)


def test_what_is_new_is_stored_only_where_it_is_used():
    plain = Optimization(5).to_json()
    assert not {"optimizer", "warm_up"} & plain.keys()
    assert Optimization(5, optimizer="adam", warm_up=0.1).to_json() == {**plain, "optimizer": "adam", "warm_up": 0.1}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_an_optimizer_keeps_goes_on_across_splits(name):
    """GM-NAS divides its super-net in mid-course, with copies of the optimizer's state."""
    ages = []

    class Ages(GradientMatching):
        def accumulate(self, step):
            first = step.optimizer.param_groups[0]["params"]
            kept = [value for weights in first for value in step.optimizer.state.get(weights, {}).values()]
            ages.append(sum(bool(value.any()) for value in kept))
            return super().accumulate(step)

    streams = {"strategy": endless(random_batch(8))}
    settings = Optimization(100, 8, optimizer=name, learning_rate=0.01)
    record = Generations(
        ToySuperNet(), Classification(4), Ages(TOY, stream(), split="random"), [], settings,
        endless(random_batch(8)), streams, on_leaf=lambda supernet, part: None,
    ).run()  # fmt: skip
    assert record.steps == len(ages) == 100
    assert ages[0] == 0
    assert min(ages[20:]) > 0, "no optimizer starts anew"
