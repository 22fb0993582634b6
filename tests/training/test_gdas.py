"""GDAS: a hard, unbiased sample forward, the gradient of the tempered softmax backward."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from toy import CONSTRAINED, TOY, LossTable, MeanOutput, ToySpace, ToySuperNet, make_step, stream

from nasrank.bench.training.strategies import strategy as strategies
from nasrank.bench.training.strategies.gdas import Gdas
from nasrank.spaces.decisions import Decision


def with_logits(values, seed=0):
    """A GDAS over one decision with these logits; its noise comes from a fresh stream of `seed`."""
    strategy = Gdas(ToySpace((Decision("only", tuple(map(str, range(len(values))))),)), stream(seed))
    with torch.no_grad():
        strategy.logits.values[0].copy_(torch.tensor(values))
    strategy.generator = stream(seed)
    return strategy


@given(
    values=st.lists(st.floats(-3, 3, width=32), min_size=2, max_size=6),
    fraction=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_draw_is_one_hot_with_the_gradient_of_the_tempered_softmax(values, fraction, seed):
    strategy = with_logits(values, seed)
    (draw,) = strategy.draw(fraction)
    direction = torch.tensor(stream(7).standard_normal(len(values)), dtype=torch.float32)
    (found,) = torch.autograd.grad(draw @ direction, strategy.logits.values)

    noise = torch.tensor(stream(seed).gumbel(size=len(values)), dtype=torch.float32)
    logits = torch.tensor(values, requires_grad=True)
    temperature = 10 + fraction * (0.1 - 10)
    soft = torch.softmax((torch.log_softmax(logits, 0) + noise) / temperature, 0)
    (expected,) = torch.autograd.grad(soft @ direction, logits)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-3)

    assert torch.count_nonzero(draw) == 1, "exactly zero elsewhere, so that nothing else is computed"
    assert draw[soft.argmax()].item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("fraction", [0.0, 0.9])
def test_options_are_drawn_with_the_probabilities_of_their_logits_at_any_temperature(fraction):
    """The Gumbel-max trick: the temperature softens the gradient, never the sample."""
    values, draws = [0.5, -1.0, 0.0, 1.2], 4000
    strategy = with_logits(values)
    drawn = np.bincount([int(strategy.draw(fraction)[0].argmax()) for _ in range(draws)], minlength=4)
    probabilities = torch.softmax(torch.tensor(values, dtype=torch.float64), 0).numpy()
    assert chisquare(drawn, draws * probabilities).pvalue > 1e-3


def test_the_temperature_falls_linearly_from_10_to_a_tenth():
    """Read off the gradient: without noise, that of equal logits is proportional to 1 / temperature."""

    class Silent:
        def gumbel(self, size):
            return np.zeros(size)

    def temperature(fraction):
        strategy = with_logits([0.0, 0.0])
        strategy.generator = Silent()
        (draw,) = strategy.draw(fraction)
        (gradient,) = torch.autograd.grad(draw[0], strategy.logits.values)
        return 0.25 / gradient[0].item()

    assert [temperature(fraction) for fraction in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(
        [10.0, 7.525, 5.05, 0.1], rel=1e-4
    )


@pytest.mark.slow
def test_samples_that_are_no_architecture_are_drawn_again():
    """What is left has the probabilities of its logits among the architectures."""
    strategy, draws = Gdas(CONSTRAINED, stream()), 600
    values = ([0.5, 0.0], [0.0, 0.1, 0.2, 0.7, 0.4], [0.3, 0.0, -0.5])
    with torch.no_grad():
        for logits, wanted in zip(strategy.logits.values, values, strict=True):
            logits.copy_(torch.tensor(wanted))
    drawn = Counter(tuple(int(weights.argmax()) for weights in strategy.draw(0.5)) for _ in range(draws))
    every = [path for path in product(range(2), range(5), range(3)) if CONSTRAINED.allows(path)]
    odds = np.exp([sum(value[choice] for value, choice in zip(values, path, strict=True)) for path in every])
    assert set(drawn) <= set(every)
    assert chisquare([drawn[path] for path in every], draws * odds / odds.sum()).pvalue > 1e-3


def test_logits_that_have_left_the_space_end_the_training(monkeypatch):
    monkeypatch.setattr(strategies, "MOST_DRAWS", 20)
    nowhere = Gdas(ToySpace(rule=lambda choices: False), stream())
    with pytest.raises(FloatingPointError, match="none of 20 samples of GDAS is an architecture"):
        nowhere.draw(0.5)


class OneGoodOption(LossTable):
    """Loss -1 along option 2 of the second decision, 0 along the others."""

    def forward(self, images, path, *, numbers):
        assert numbers
        return -path[1][2].expand(len(images))


def test_the_logits_descend_the_held_out_loss():
    strategy = Gdas(TOY, stream())
    step = make_step(OneGoodOption([]), fraction=0.9, task=MeanOutput())
    for _ in range(200):
        strategy.update_architecture(step)
    others = [logit for option, logit in enumerate(strategy.logits.values[1].tolist()) if option != 2]
    assert strategy.logits.values[1][2] > max(others) + 0.02


def test_the_weights_are_trained_along_one_hard_path():
    supernet = ToySuperNet()
    paths = []
    supernet.register_forward_pre_hook(lambda _, arguments: paths.append(arguments[1]))
    Gdas(TOY, stream()).accumulate(make_step(supernet))
    (path,) = paths
    assert all(type(choice) is int for choice in path)
    for maps, chosen in zip(supernet.options, path, strict=True):
        assert [linear.weight.grad is not None for linear in maps] == [option == chosen for option in range(len(maps))]


def test_the_derived_architecture_is_the_likeliest_that_is_allowed():
    strategy = Gdas(CONSTRAINED, stream())
    with torch.no_grad():
        for logits, values in zip(
            strategy.logits.values, ([2.0, 0.0], [0.0, 0.1, 1.0, 0.5, 3.0], [0, 1, 0]), strict=True
        ):
            logits.copy_(torch.tensor(values))
    assert strategy.derive() == [0, 3, 1], "0 and 4 would be likelier; 1 and 2 are allowed and less likely"


def test_it_prefers_what_it_draws_most_often():
    strategy = with_logits([0.5, -1.0, 2.0])
    counts = Counter(int(strategy.draw(0.5)[0].argmax()) for _ in range(4000))
    np.testing.assert_allclose(
        np.exp(strategy.preference([[0], [1], [2]])), [counts[option] / 4000 for option in range(3)], atol=0.03
    )
