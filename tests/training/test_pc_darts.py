"""PC-DARTS: shares of the edges into a node, the warm-up, and what comes of it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from toy import TOY, ToySpace, ToySuperNet, gradients, make_step, stream

from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.pc_darts import PcDarts
from nasrank.spaces.decisions import Decision

NODES = ("x", "y", "", "x")
CELL = ToySpace([Decision(str(place), ("a", "b"), into=node) for place, node in enumerate(NODES)])
COMPETING = ToySpace(
    [Decision(str(place), ("absent", "present"), free=False, into="x") for place in range(3)],
    rule=lambda choices: sum(choices) == 1,
)


def with_logits(space, *values):
    """A PC-DARTS with these logits, those of the edges into each node last."""
    strategy = PcDarts(space, stream())
    with torch.no_grad():
        for logits, wanted in zip(strategy.logits.values, values, strict=True):
            logits.copy_(torch.tensor(wanted))
    return strategy


def test_edges_into_a_node_share_a_weight_of_one():
    strategy = with_logits(CELL, [0.1, 0.4], [0.3, 0.0], [1.0, 2.0], [-1.0, 0.0], [0.5, -0.5], [2.0])
    first, last = np.exp([0.5, -0.5]) / np.exp([0.5, -0.5]).sum()
    assert [float(share.detach()) for share in strategy.shares()] == pytest.approx([first, 1, 1, last])
    for weights, logits, share in zip(
        strategy.mixture(), ([0.1, 0.4], [0.3, 0.0], [1.0, 2.0], [-1.0, 0.0]), (first, 1, 1, last), strict=True
    ):
        np.testing.assert_allclose(weights.detach(), share * np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)


def test_where_decisions_lead_nowhere_the_mixture_is_that_of_darts():
    pairs = zip(PcDarts(TOY, stream()).mixture(), Darts(TOY, stream()).mixture(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def test_all_logits_rest_for_three_tenths_of_training_and_then_descend():
    """Adam's first step is the sign of the gradient times its learning rate, 6e-4 here."""
    supernet, strategy = ToySuperNet(CELL.decisions), PcDarts(CELL, stream())
    before = [logits.detach().clone() for logits in strategy.logits.values]
    assert len(before) == 6, "four decisions and two nodes"
    strategy.update_architecture(make_step(supernet, fraction=0.29))
    assert all(torch.equal(*pair) for pair in zip(before, strategy.logits.values, strict=True))

    step = make_step(supernet, fraction=0.3)
    expected = torch.autograd.grad(step.loss(strategy.mixture(), step.held_out()), strategy.logits.values)
    strategy.update_architecture(step)
    for logits, start, gradient in zip(strategy.logits.values, before, expected, strict=True):
        decayed = gradient + 1e-3 * start
        torch.testing.assert_close(logits.detach() - start, -6e-4 * decayed.sign(), atol=5e-6, rtol=2e-2)


def test_the_weights_train_on_the_mixture_with_shares():
    supernet, strategy = ToySuperNet(CELL.decisions), PcDarts(CELL, stream())
    step = make_step(supernet)
    strategy.accumulate(step)
    found = gradients(supernet)
    supernet.zero_grad()
    step.loss([weights.detach() for weights in strategy.mixture()]).backward()
    assert found.keys() == dict(supernet.named_parameters()).keys()
    for name, gradient in gradients(supernet).items():
        torch.testing.assert_close(found[name], gradient)


def test_shares_do_not_choose_between_options_that_are_free():
    strategy = with_logits(CELL, [0.1, 0.4], [0.3, 0.0], [1.0, 2.0], [-1.0, -2.0], [9.0, -9.0], [2.0])
    assert strategy.derive() == [1, 0, 1, 0]


@pytest.mark.parametrize(("edges", "kept"), [([0.0, 0.0, 0.0], 1), ([2.0, 0.0, 0.0], 0), ([-1.0, -2.0, 2.0], 2)])
def test_where_decisions_compete_heavier_edges_have_their_way(edges, kept):
    """Against the definition, over all architectures: log weights times share times edges of the node."""
    options = ([0.0, 0.5], [0.0, 0.7], [0.0, 0.4])
    strategy = with_logits(COMPETING, *options, edges)
    shares = torch.tensor(edges).softmax(0) * 3

    def score(choices):
        weighed = zip(shares, options, choices, strict=True)
        return sum(float(share * torch.tensor(row).log_softmax(0)[choice]) for share, row, choice in weighed)

    best = max(filter(COMPETING.allows, product(range(2), repeat=3)), key=score)
    assert strategy.derive() == list(best)
    assert best.index(1) == kept


def test_it_asks_for_a_quarter_of_the_channels():
    assert PcDarts.supernet_options == {"partial_channels": 4}


def test_heavier_edges_say_more_about_what_it_prefers():
    """A decision's log weights count by its share of the node, relative to an even one."""
    logits = ([0.1, 0.4], [0.3, 0.0], [1.0, 2.0], [-1.0, 0.0])
    strategy = with_logits(CELL, *logits, [0.5, -0.5], [2.0])
    first, last = np.exp([0.5, -0.5]) / np.exp([0.5, -0.5]).sum()
    factors = (2 * first, 1, 1, 2 * last)
    for path in product(range(2), repeat=4):
        terms = [
            factor * (values[choice] - np.log(np.exp(values).sum()))
            for factor, values, choice in zip(factors, logits, path, strict=True)
        ]
        assert strategy.preference([path])[0] == pytest.approx(sum(terms), abs=1e-5)
