"""DARTS-PRIME: each of its three parts with the others switched off; all off, it is DARTS."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from toy import CLASSES, CONSTRAINED, TOY, ToySuperNet, endless, gradients, make_step, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.darts_prime import RHO, WARM_UP, DartsPrime, Information, Nearest, independent
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space

OFF = {"activation": "softmax", "schedule": "every_step", "constraint": "none"}


def with_logits(space=TOY, seed=4, **switches):
    strategy, generator = DartsPrime(space, stream(), **OFF | switches), stream(seed)
    with torch.no_grad():
        for logits in strategy.logits.values:
            logits.copy_(torch.tensor(generator.normal(size=len(logits))))
    return strategy


def copies(strategy):
    return [logits.detach().clone() for logits in strategy.logits.values]


def trained(strategy, steps=6):
    supernet = ToySuperNet()
    train(
        supernet,
        Classification(CLASSES),
        strategy,
        [],
        Optimization(steps * strategy.passes_per_step, 8),
        endless(random_batch(8, seed=1)),
        {"strategy": endless(random_batch(8, seed=2))},
    )
    return [*supernet.parameters(), *strategy.logits.values]


def test_with_everything_off_it_is_darts_bit_for_bit():
    pairs = zip(trained(DartsPrime(TOY, stream(), **OFF)), trained(Darts(TOY, stream())), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


# --- activation ---


def test_independent_weights_are_of_their_own_logit_alone():
    logits = torch.tensor([0.3, -1.0, 0.0, 2.0, 0.0], requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(independent, logits)
    weights = independent(logits).detach()
    torch.testing.assert_close(jacobian, torch.diag(weights * (1 - weights)))
    odds = np.exp(logits.detach().numpy()) / 4
    np.testing.assert_allclose(weights, odds / (1 + odds), rtol=1e-6)


@pytest.mark.parametrize("options", [1, 2, 5])
def test_independent_weights_start_as_those_of_softmax(options):
    torch.testing.assert_close(independent(torch.zeros(options)), torch.full((options,), 1 / options))


def test_independent_weights_are_what_the_super_net_is_given():
    strategy = with_logits(activation="independent")
    expected = [independent(logits) for logits in strategy.logits.values]
    assert all(torch.equal(*pair) for pair in zip(strategy.mixture(), expected, strict=True))
    assert strategy.derive() == [int(logits.argmax()) for logits in strategy.logits.values]


# --- schedule ---


def test_information_suffices_at_twice_the_mean_of_a_minibatch():
    information = Information()
    assert information.suffices(), "before there was any"
    information.observe(4.0)
    assert not information.suffices()
    information.observe(4.0)
    assert information.suffices()
    information.spend()
    information.observe(4.0)
    assert not information.suffices()
    information.observe(30.0)  # 34 gathered; the mean is 0.9 * 4 + 0.1 * 30
    assert information.mean == pytest.approx(6.6)
    assert information.suffices(), "one informative minibatch is worth many"


def test_information_is_the_squared_norm_of_the_minibatchs_own_gradient():
    supernet, strategy = ToySuperNet(), with_logits(schedule="information")
    step = make_step(supernet)
    strategy.accumulate(step)
    expected = sum(float(gradient.square().sum()) for gradient in gradients(supernet).values())
    assert strategy.information.gathered == pytest.approx(expected)
    strategy.accumulate(step)
    assert strategy.information.gathered == pytest.approx(2 * expected), "not of what had been there before"


def test_updates_wait_for_information_and_then_follow_the_mean_of_their_gradients():
    supernet, strategy = ToySuperNet(), with_logits(schedule="information")
    reference = with_logits()
    steps = [make_step(supernet, held_out=lambda seed=seed: random_batch(seed=seed)) for seed in (2, 3, 4)]
    strategy.update_architecture(steps[0])
    reference.update_architecture(steps[0])
    after_first = copies(strategy)
    assert all(torch.equal(*pair) for pair in zip(after_first, reference.logits.values, strict=True)), "at once"

    strategy.information.observe(1.0)
    strategy.update_architecture(steps[1])
    assert all(torch.equal(*pair) for pair in zip(after_first, strategy.logits.values, strict=True)), "too little"
    strategy.information.observe(1.0)
    strategy.update_architecture(steps[2])

    waiting = [
        torch.autograd.grad(step.loss(reference.mixture(), step.held_out()), reference.logits.values)
        for step in steps[1:]
    ]
    reference.logits.follow([(one + other) / 2 for one, other in zip(*waiting, strict=True)])
    for found, expected in zip(strategy.logits.values, reference.logits.values, strict=True):
        torch.testing.assert_close(found, expected)
    assert strategy.information.gathered == 0.0


# --- constraint ---


def one_hot(space, choices):
    return [torch.eye(len(d.options))[choice] for d, choice in zip(space.decisions, choices, strict=True)]


def nearest_of_all(space, mixture):
    every = filter(space.allows, product(*(range(len(decision.options)) for decision in space.decisions)))
    corners = [one_hot(space, choices) for choices in every]
    return min(corners, key=lambda corner: distance(mixture, corner))


def at(progress):
    """The fraction of training where the constraint has come so far."""
    return WARM_UP + progress * (1 - WARM_UP)


def distance(mixture, corner):
    return sum(float((w.detach() - z).square().sum()) for w, z in zip(mixture, corner, strict=True))


@pytest.mark.parametrize("activation", DartsPrime.switches["activation"])
def test_proximity_is_the_squared_distance_to_the_nearest_architecture_and_grows(activation):
    for seed in range(5):
        strategy = with_logits(CONSTRAINED, seed, activation=activation, constraint="proximity")
        mixture = strategy.mixture()
        expected = distance(mixture, nearest_of_all(CONSTRAINED, mixture))
        assert strategy.penalty(mixture, WARM_UP - 0.01) == 0
        for progress in (0.0, 0.25, 1.0):
            penalty = strategy.penalty(mixture, at(progress)).item()
            assert penalty == pytest.approx(RHO * progress / 2 * expected, rel=1e-5, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("constraint", ["proximity", "admm"])
def test_the_constraint_leads_to_an_architecture(constraint):
    """Without a held-out loss to weigh against, weights go to one of the allowed corners."""
    strategy = with_logits(CONSTRAINED, constraint=constraint)
    optimizer = torch.optim.SGD(strategy.logits.values, lr=200.0)
    for number in range(2000):
        optimizer.zero_grad()
        strategy.penalty(strategy.mixture(), 0.5 + number / 4000).backward()
        optimizer.step()
    choices = [int(weights.argmax()) for weights in strategy.mixture()]
    assert CONSTRAINED.allows(choices)
    assert distance(strategy.mixture(), one_hot(CONSTRAINED, choices)) < 0.05


def test_admm_alternates_projections_and_duals():
    """Two rounds by hand: z is nearest to w + u, then u grows by w - z."""
    strategy = with_logits(CONSTRAINED, constraint="admm")
    mixture = [weights.detach() for weights in strategy.mixture()]
    duals = [torch.zeros_like(weights) for weights in mixture]
    for progress in (0.0, 0.02):
        shifted = [w + u for w, u in zip(mixture, duals, strict=True)]
        corner = nearest_of_all(CONSTRAINED, shifted)
        duals = [s - z for s, z in zip(shifted, corner, strict=True)]
        expected = RHO / 2 * distance([w + u for w, u in zip(mixture, duals, strict=True)], corner)
        for later in (0.001, 0.016):
            found = float(strategy.penalty(mixture, at(progress + later)))
            assert found == pytest.approx(expected, rel=1e-5), "not due again"


@pytest.mark.slow
@pytest.mark.parametrize("constraint", ["proximity", "admm"])
@pytest.mark.parametrize("activation", DartsPrime.switches["activation"])
def test_a_weak_preference_of_the_held_out_loss_outweighs_the_architecture_nearest_at_first(activation, constraint):
    """As a constraint from the first step on would not let it: its first projection is of random logits."""
    nb201, noise = get_space("nb201"), stream(5)
    strategy = DartsPrime(nb201, stream(), activation=activation, schedule="every_step", constraint=constraint)
    preferred = [(choice + 2) % 5 for choice in strategy.derive()]
    for step in range(900):
        mixture = strategy.mixture()
        loss = sum((w @ torch.tensor(noise.normal(0, 0.05, 5), dtype=w.dtype)) for w in mixture)
        loss = loss - 0.02 * sum(w[choice] for w, choice in zip(mixture, preferred, strict=True))
        loss = loss + strategy.penalty(mixture, step / 900)
        strategy.logits.follow(torch.autograd.grad(loss, strategy.logits.values))
    assert strategy.derive() == preferred


def test_independent_weights_of_options_without_outputs_stay_the_threshold():
    nb201 = get_space("nb201")
    supernet = nb201.supernet(channels=4, cells_per_stage=1, classes=CLASSES)
    strategy = DartsPrime(nb201, stream(), activation="independent", constraint="none")
    images, targets = random_batch(8, seed=1, shape=(3, 8, 8))
    loss = torch.nn.functional.cross_entropy(supernet(images, strategy.mixture()), targets)
    gradients = torch.autograd.grad(loss, strategy.logits.values)
    none = nb201.decisions[0].options.index("none")
    assert all(gradient[none] == 0 for gradient in gradients)
    assert all((gradient[none + 1 :] != 0).all() for gradient in gradients)


def test_the_nearest_architecture_is_looked_for_fifty_times(monkeypatch):
    nearest, asked = Nearest(TOY, stream(), dual=False), []
    strategy = with_logits(constraint="proximity")
    monkeypatch.setattr(
        "nasrank.bench.training.strategies.darts_prime.best_choices", lambda *_: asked.append(1) or [0, 0, 0]
    )
    for step in range(1000):
        nearest.renew(strategy.mixture(), step / 1000)
    assert len(asked) == 50


def test_the_logits_descend_the_held_out_loss_and_the_penalty():
    supernet, strategy = ToySuperNet(), with_logits(constraint="proximity")
    step, before = make_step(supernet, fraction=0.9), copies(strategy)
    mixture = strategy.mixture()
    loss = step.loss(mixture, step.held_out())
    corner = nearest_of_all(TOY, mixture)
    rho = RHO * (0.9 - WARM_UP) / (1 - WARM_UP)
    loss = loss + rho / 2 * sum((w - z).square().sum() for w, z in zip(mixture, corner, strict=True))
    expected = torch.autograd.grad(loss, strategy.logits.values)
    strategy.update_architecture(step)
    for logits, start, gradient in zip(strategy.logits.values, before, expected, strict=True):
        decayed = gradient + 1e-3 * start
        torch.testing.assert_close(logits.detach() - start, -3e-4 * decayed.sign(), atol=2e-6, rtol=1e-2)
