"""Proxies of a linear map of two numbers, computed by hand.

The scores are `W x` with `W = [[1, 2], [3, -1]]`. The loss is the mean of `o . t` for targets t, so that with
x = (1, 0), t = (1, 2) and x = (2, 1), t = (0, 4) its gradient is `W' = mean t x' = [[.5, 0], [5, 2]]`.
"""

from __future__ import annotations

import math

import pytest
import torch
from tiny_networks import Linear, measured, probe_of, value

WEIGHTS = [[1.0, 2.0], [3.0, -1.0]]
INPUTS = torch.tensor([[1.0, 0.0], [2.0, 1.0]])[:, :, None, None]
TARGETS = torch.tensor([[1.0, 2.0], [0.0, 4.0]])


@pytest.fixture
def probe():
    return probe_of(
        lambda: Linear(WEIGHTS), (INPUTS, TARGETS), lambda outputs, targets: (outputs * targets).sum(1).mean()
    )


EXPECTED = {
    "params": 4,
    "trainable_layers": 1,
    "flops": 4,
    "l2_norm": math.sqrt(1 + 4 + 9 + 1),
    "grad_norm": math.sqrt(0.25 + 25 + 4),
    "snip": 0.5 + 0 + 15 + 2,
    "plain": 0.5 + 0 + 15 - 2,
    # outputs (1, 3), (4, 5); their gradients t / 2; products (.5, 3), (0, 10); each channel has two weights
    "fisher": 2 * ((0.25 + 0) / 2 + (9 + 100) / 2) / 2,
    # the sum of the outputs of an image of ones is the sum of all weights
    "synflow": math.log(1 + 2 + 3 + 1),
    # the loss is linear in the weights
    "grasp": 0,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_by_hand(name, probe):
    assert value(name, probe) == pytest.approx(EXPECTED[name], rel=1e-6, abs=1e-7)


def test_grasp_of_a_quadratic_loss():
    """`L = mean |W x|^2 / 2` has `g = W C` and `H g = g C` with `C = mean x x' = [[2.5, 1], [1, .5]]`."""
    probe = probe_of(
        lambda: Linear(WEIGHTS), (INPUTS, TARGETS), lambda outputs, targets: outputs.square().sum(1).mean() / 2
    )
    weights, moments = torch.tensor(WEIGHTS), torch.tensor([[2.5, 1.0], [1.0, 0.5]])
    assert value("grasp", probe) == pytest.approx(-float((weights * (weights @ moments @ moments)).sum()))


def test_zico_of_two_images(probe):
    """The gradients of each are `t x'`: [[1, 0], [2, 0]] and [[0, 0], [8, 4]]; the second weight never varies."""
    assert value("zico", probe) == pytest.approx(math.log(1 / 1 + 10 / 6 + 4 / 4))


def test_zico_of_equal_batches_has_no_score():
    twice = (INPUTS[:1].repeat(2, 1, 1, 1), TARGETS[:1].repeat(2, 1))
    probe = probe_of(lambda: Linear(WEIGHTS), twice, lambda outputs, targets: (outputs * targets).sum(1).mean())
    assert measured("zico", probe).reason == "the gradients of both batches are the same"


def test_a_linear_map_has_the_same_gradient_for_every_image(probe):
    """So all correlations are 1, and eigenvalues 2 and 0."""
    small = 1e-5
    expected = -(math.log(2 + small) + 1 / (2 + small) + math.log(small) + 1 / small)
    assert value("jacov", probe) == pytest.approx(expected, rel=1e-6)


def test_what_a_linear_map_has_not(probe):
    assert measured("nwot", probe).reason == "the network has no ReLU"
    assert measured("zen", probe).reason == "the network has no global average pool"
