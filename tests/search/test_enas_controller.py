"""The controller as a policy: draws, gradient and bonus are those of its probabilities, and it climbs."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import TOY, stream

from nasrank.bench.search.controller import ControllerSettings, RecurrentPolicy
from nasrank.bench.search.enas import ENAS, ENASSettings
from nasrank.bench.search.searcher import search
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("nb201")
ALL = list(product(range(2), range(5), range(3)))
"""Every architecture of the toy."""


def policy_of(space=TOY, seed=0, scale=20.0, **settings):
    """A policy far from uniform."""
    chosen = ControllerSettings(hidden=6, **settings)
    policy = RecurrentPolicy(space, chosen, stream(seed), learning_rate=0.01, betas=(0.0, 0.999))
    with torch.no_grad():
        for weights in policy.controller.parameters():
            weights.mul_(scale)
    return policy


def log_probabilities(policy):
    return policy.controller.log_probabilities(torch.tensor(ALL))


def pairwise(paths):
    """What each choice is worth depends on the one before it, so that no option is good by itself."""
    array = np.array(paths)
    return ((array[:, 1:] + array[:, :-1]) % 5 == 3).sum(axis=1).astype(float)


@pytest.mark.slow
def test_it_learns_what_goes_together():
    settings = ENASSettings(samples=10, learning_rate=1e-2, hidden=32, temperature=1.0, tanh_constant=None)
    randoms = stream(9)
    random = [pairwise([SPACE.random_choices(randoms) for _ in range(800)]) for _ in range(5)]
    found = [pairwise(search(ENAS(SPACE, stream(s), settings), [pairwise], evaluations=800)) for s in range(2)]
    assert min(values[-100:].mean() for values in found) > 2 * np.mean(random)
    assert np.mean([values.max() for values in found]) > np.mean([values.max() for values in random])


def test_draws_have_its_probabilities():
    policy, draws = policy_of(), 3000
    probabilities = log_probabilities(policy).exp().detach().double().numpy()
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.max() > 2 * probabilities.min()
    drawn = Counter(policy.draw(draws))
    assert chisquare([drawn[one] for one in ALL], draws * probabilities / probabilities.sum()).pvalue > 1e-3


@pytest.mark.parametrize("entropy", [0.0, 0.5])
def test_the_mean_gradient_over_draws_is_that_of_mean_reward_and_entropy(entropy):
    policy, rewards = policy_of(entropy=entropy), stream(1).random(len(ALL))
    weights = list(policy.controller.parameters())
    exact = log_probabilities(policy)
    probabilities = exact.exp()
    objective = (probabilities * torch.from_numpy(rewards)).sum() - entropy * (probabilities * exact).sum()
    expected = torch.autograd.grad(objective, weights)
    found = [torch.zeros_like(one) for one in weights]
    for choices, reward, probability in zip(ALL, rewards, probabilities.tolist(), strict=True):
        loss = policy.loss([choices], np.array([reward - 0.3]))  # whatever the baseline
        for total, gradient in zip(found, torch.autograd.grad(loss, weights), strict=True):
            total -= probability * gradient
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def test_the_loss_agrees_with_finite_differences():
    policy, advantages = policy_of(entropy=0.0), np.array([0.5, -1.0])
    policy.controller.double()
    weights = policy.controller.heads
    (gradient,) = torch.autograd.grad(policy.loss(ALL[3:5], advantages), [weights])
    for place in [(0, 0, 1), (1, 3, 2), (2, 5, 0)]:
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                weights[place] += step
                values.append(float(policy.loss(ALL[3:5], advantages)))
                weights[place] -= step
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(float(gradient[place]), abs=1e-7)


def test_a_step_makes_what_was_worth_more_than_usual_likelier():
    policy = policy_of(scale=1.0)
    before = log_probabilities(policy).detach()
    policy.learn([ALL[7], ALL[20]], np.array([1.0, -1.0]))
    change = log_probabilities(policy).detach() - before
    assert change[7] > 0 > change[20]


def test_long_gradients_are_shortened():
    def largest_step(longest):
        adam = {"learning_rate": 1.0, "betas": (0.0, 0.0), "epsilon": 1.0}
        policy = RecurrentPolicy(TOY, ControllerSettings(), stream(), **adam, longest_gradient=longest)
        before = [weights.detach().clone() for weights in policy.controller.parameters()]
        policy.learn([ALL[7]], np.array([1e3]))
        after = policy.controller.parameters()
        return max(float((new.detach() - old).abs().max()) for new, old in zip(after, before, strict=True))

    assert largest_step(1e-3) < 1e-2 < 0.1 < largest_step(None)


def test_logits_are_bounded_where_they_are_meant_to_be():
    def spread(**settings):
        each = log_probabilities(policy_of(scale=60.0, **settings)).detach()
        return float(each.max() - each.min())

    assert spread(tanh_constant=0.5) <= 3 * 2 * 0.5, "three decisions, each within plus and minus a half"
    assert spread(tanh_constant=None) > 3
    assert spread(tanh_constant=None, temperature=1.0) > 2 * spread(tanh_constant=None, temperature=5.0)


def test_it_draws_what_a_part_of_a_space_has_left():
    part = SubSpace(TOY, {1: (2, 4)})
    drawn = policy_of(part).draw(200)
    assert {choices[1] for choices in drawn} == {2, 4}
    assert {choices[2] for choices in drawn} == {0, 1, 2}


def test_the_generator_decides_and_global_states_do_not():
    def draws(seed, torchs):
        torch.manual_seed(torchs)
        policy = policy_of(seed=seed)
        policy.learn(policy.draw(4)[:4], np.array([1.0, -1.0, 0.5, 0.0]))
        return policy.draw(30)

    with torch.random.fork_rng(devices=[]):
        assert draws(0, 1) == draws(0, 2) != draws(1, 1)


def test_settings_are_the_published_ones():
    expected = {"learning_rate": 1e-3, "decay": 0.99, "temperature": 5.0, "tanh_constant": 2.5, "hidden": 100}
    assert expected.items() <= ENASSettings().model_dump().items()
