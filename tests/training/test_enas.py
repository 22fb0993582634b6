"""ENAS: samples have the controller's own probabilities, and its gradient is the exact one on average."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import CONSTRAINED, DECISIONS, TOY, LossTable, MeanOutput, ToySpace, make_step, random_batch, stream

from nasrank.bench.training.controller import Controller
from nasrank.bench.training.strategies import enas
from nasrank.bench.training.strategies.enas import Enas
from nasrank.spaces import get_space
from nasrank.spaces.decisions import Decision

ALL = list(product(range(2), range(5), range(3)))
"""Every combination of choices of both toys."""


def opinionated(space=TOY, seed=0):
    """An ENAS whose controller is far from uniform."""
    strategy = Enas(space, stream(seed))
    with torch.no_grad():
        for weights in strategy.controller.parameters():
            weights.mul_(8)
    return strategy


def log_probabilities(strategy):
    return strategy.controller.log_probabilities(torch.tensor(ALL))


@pytest.mark.slow
@pytest.mark.parametrize("space", [TOY, CONSTRAINED], ids=["toy", "constrained"])
def test_samples_have_the_controllers_probabilities_given_that_they_are_architectures(space):
    strategy, draws = opinionated(space), 3000
    probabilities = log_probabilities(strategy).exp().detach().double().numpy()
    assert probabilities.sum() == pytest.approx(1, abs=1e-5), "options that a decision lacks have none"
    assert probabilities.max() > 2 * probabilities.min()
    allowed = np.array([space.allows(choices) for choices in ALL])
    drawn = Counter(map(tuple, strategy.sample(draws)))
    observed = np.array([drawn[choices] for choices in ALL])
    assert not observed[~allowed].any()
    expected = draws * probabilities[allowed] / probabilities[allowed].sum()
    assert chisquare(observed[allowed], expected).pvalue > 1e-3


@pytest.mark.parametrize("weight", [enas.ENTROPY_WEIGHT, 0.5])
def test_the_mean_gradient_over_samples_is_the_exact_policy_gradient(weight, monkeypatch):
    """By enumeration: of the mean reward plus the weighted entropy, whatever the baseline.

    At its own weight the entropy hardly shows in the gradient, so a greater one is tried as well.
    """
    monkeypatch.setattr(enas, "ENTROPY_WEIGHT", weight)
    strategy, rewards = opinionated(), stream(1).random(len(ALL))
    weights = list(strategy.controller.parameters())
    exact = log_probabilities(strategy)
    probabilities = exact.exp()
    entropy = -(probabilities * exact).sum()
    objective = (probabilities * torch.tensor(rewards)).sum() + weight * entropy
    expected = torch.autograd.grad(objective, weights)

    found = [torch.zeros_like(one) for one in weights]
    for choices, reward, probability in zip(ALL, rewards, probabilities.tolist(), strict=True):
        strategy.baseline = 0.3
        loss = strategy.surrogate([choices], [reward])
        for total, gradient in zip(found, torch.autograd.grad(loss, weights), strict=True):
            total -= probability * gradient
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def test_the_baseline_is_a_moving_average_that_starts_at_the_first_rewards():
    strategy = Enas(TOY, stream())
    log_probability = float(strategy.controller.log_probabilities(torch.tensor([ALL[4]])).detach())
    assert strategy.surrogate([ALL[4]], [0.5]).item() == 0, "the first reward is neither good nor bad"
    assert strategy.baseline == pytest.approx(0.5 - 1e-4 * log_probability)
    strategy.baseline = 0.2
    strategy.surrogate([ALL[4]] * 2, [0.4, 0.6])
    assert strategy.baseline == pytest.approx(0.99 * 0.2 + 0.01 * (0.5 - 1e-4 * log_probability))


@pytest.mark.slow
@pytest.mark.parametrize("updates", [400, pytest.param(4218, marks=pytest.mark.slow)])
def test_rewards_that_say_nothing_leave_the_controller_where_it_was(updates):
    """Accuracies of one batch of 64 images, pure noise, over the updates of a whole training on NAS-Bench-201.

    With Adam's usual epsilon the effective number of architectures, e to the entropy, falls from 15,620 to 1,610.
    """
    space, noise = get_space("nb201"), stream(1)
    strategy = Enas(space, stream())
    for _ in range(updates):
        paths = strategy.sample(enas.REWARDED)
        strategy._optimizer.zero_grad()
        strategy.surrogate(paths, list(noise.binomial(64, 0.3, size=len(paths)) / 64)).backward()
        strategy._optimizer.step()
    every = strategy.preference(space.choices(np.arange(len(space))))
    assert np.exp(every).sum() == pytest.approx(1, abs=1e-4)
    assert np.exp(-(np.exp(every) * every).sum()) > 15_500


class GoodOption(LossTable):
    """Loss -1 along option 2 of the second decision, 0 along the others; keeps the images it was given."""

    def __init__(self):
        super().__init__([0.0])
        self.images = []

    def forward(self, images, path):
        self.images.append(images)
        return self.values - float(path[1] == 2)


def test_in_the_first_tenth_rewards_move_the_baseline_alone():
    strategy = Enas(TOY, stream())
    before = [weights.detach().clone() for weights in strategy.controller.parameters()]
    strategy.update_architecture(make_step(GoodOption(), fraction=0.0999, task=MeanOutput()))
    assert strategy.baseline is not None
    assert all(torch.equal(*pair) for pair in zip(before, strategy.controller.parameters(), strict=True))
    for _ in range(2):  # an update whose rewards are all the baseline moves little
        strategy.update_architecture(make_step(GoodOption(), fraction=0.1, task=MeanOutput()))
    assert not all(torch.equal(*pair) for pair in zip(before, strategy.controller.parameters(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("space", [TOY, CONSTRAINED], ids=["toy", "constrained"])
def test_the_controller_learns_what_is_rewarded_and_derives_it(space):
    strategy, step = Enas(space, stream()), make_step(GoodOption(), task=MeanOutput())
    before = np.mean([path[1] == 2 for path in strategy.sample(200)])
    for _ in range(150):
        strategy.update_architecture(step)
    assert np.mean([path[1] == 2 for path in strategy.sample(200)]) > before + 0.2
    derived = strategy.derive()
    assert derived == strategy.derive(), "the same each time"
    assert derived[1] == 2
    assert space.allows(derived)


def test_an_update_rewards_three_samples_on_one_held_out_batch_and_keeps_no_gradient():
    supernet, drawn = GoodOption(), []

    def held_out():
        drawn.append(random_batch(seed=len(drawn)))
        return drawn[-1]

    Enas(TOY, stream()).update_architecture(make_step(supernet, task=MeanOutput(), held_out=held_out))
    assert len(drawn) == 1
    assert [images is drawn[0][0] for images in supernet.images] == [True] * 3
    assert supernet.values.grad is None


def test_it_derives_the_likeliest_options_where_they_make_an_architecture():
    strategy = opinionated()
    assert tuple(strategy.derive()) == greedy(strategy, TOY.decisions)


def greedy(strategy, decisions):
    """By the log-probabilities of whole sequences: marginals of each decision given the choices before it."""
    probabilities = dict(zip(ALL, log_probabilities(strategy).exp().tolist(), strict=True))
    chosen = ()
    for decision in decisions:
        chosen += (
            max(
                range(len(decision.options)),
                key=lambda option: sum(
                    p for path, p in probabilities.items() if path[: len(chosen) + 1] == (*chosen, option)
                ),
            ),
        )
    return chosen


def test_a_sample_is_derived_where_the_greedy_choices_are_forbidden():
    strategy = opinionated()
    barred = greedy(strategy, TOY.decisions)
    strategy.space = ToySpace(rule=lambda choices: tuple(choices) != barred)
    best = max(pair for pair in zip(log_probabilities(strategy).tolist(), ALL, strict=True) if pair[1] != barred)
    state = strategy.generator.bit_generator.state
    assert tuple(strategy.derive()) == best[1]
    assert strategy.generator.bit_generator.state == state


def test_it_prefers_what_it_draws_most_often():
    strategy = opinionated()
    counts = Counter(map(tuple, strategy.sample(4000)))
    shares = [counts[choices] / 4000 for choices in ALL]
    np.testing.assert_allclose(np.exp(strategy.preference(ALL)), shares, atol=0.03)


def test_the_controller_is_the_papers():
    """Weights start in U(-0.1, 0.1), and no logit is beyond 2.5: at most e^5 to 1 between options."""
    controller = Enas(TOY, stream()).controller
    weights = torch.cat([values.detach().flatten() for values in controller.parameters()])
    assert 0.0999 < weights.abs().max() <= 0.1
    assert weights.std() == pytest.approx(0.1 / 3**0.5, rel=0.01)
    outputs, none_absent = torch.tensor([-1000.0, 2.0, 1000.0]), torch.zeros(3, dtype=torch.bool)
    logits = torch.tensor([-2.5, 2.5 * float(np.tanh(2 / 5)), 2.5])
    torch.testing.assert_close(controller._log_softmax(outputs, none_absent), logits.log_softmax(0))


def test_torchs_global_stream_is_left_alone():
    before = torch.random.get_rng_state()
    strategy = Enas(TOY, stream())
    strategy.accumulate(make_step(GoodOption(), task=MeanOutput()))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_reward_that_is_no_number_ends_the_training():
    broken = LossTable([float("nan")] * 5)
    strategy = Enas(ToySpace(DECISIONS[1:2]), stream())
    with pytest.raises(FloatingPointError, match="the rewards of ENAS are"):
        strategy.update_architecture(make_step(broken, task=MeanOutput()))


def two_of_three(chosen):
    """Open are the options of three decisions of which two have to choose the second."""
    left = 2 - len(chosen)
    return (sum(chosen) + left >= 2, sum(chosen) < 2)


def test_a_controller_draws_among_open_options_by_its_own_probabilities():
    torch.manual_seed(0)
    decisions = [Decision(name, ("no", "yes")) for name in "abc"]
    controller = Controller(decisions, hidden=8, tanh=2.5, temperature=1.0, open_options=two_of_three)
    with torch.no_grad():
        for weights in controller.parameters():
            weights.mul_(20)
        everything = list(product((0, 1), repeat=3))
        probabilities = controller.log_probabilities(torch.tensor(everything)).exp()
    known = dict(zip(everything, probabilities.tolist(), strict=True))
    assert {choices for choices, value in known.items() if value > 0} == {(0, 1, 1), (1, 0, 1), (1, 1, 0)}
    assert sum(known.values()) == pytest.approx(1)
    noise = torch.from_numpy(np.random.default_rng(0).gumbel(size=(4000, *controller.shape)))
    drawn = Counter(map(tuple, controller.decode(noise).tolist()))
    possible = [choices for choices, value in known.items() if value > 0]
    shares = np.array([known[choices] for choices in possible])
    expected = 4000 * shares / shares.sum()
    assert chisquare([drawn[choices] for choices in possible], expected).pvalue > 1e-3
    assert sum(drawn[choices] for choices in possible) == 4000
