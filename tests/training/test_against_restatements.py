"""Every strategy, without and with landmarks, against the same training restated from the papers' formulas.

Both are computed here, in double precision and on a smooth super-net, so that they agree on every processor. A strategy
that trains other paths, other mixtures, at another rate or in another order than the restatement says has changed
every study's results: say so in the commit and in CHANGELOG.md, and raise its `revision`.
"""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
import torch
from restated import RESTATED
from restated_training import Term, Training
from toy import CLASSES, DECISIONS, ToySpace, ToySuperNet, random_batch, stream

from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.strategies import STRATEGIES, gm_nas
from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization
from nasrank.spaces.decisions import Decision

TAKEN_APART = {"gdas", "enas"}
"""They sample by gradients that their own tests compare with exact ones; no restatement would say more."""

SPACE = ToySpace(
    [Decision(one.name, one.options, into=node) for one, node in zip(DECISIONS, ("x", "", "x"), strict=True)]
)
LANDMARKS = [[0, 0, 0], [1, 4, 2], [0, 2, 1], [1, 1, 1], [0, 4, 0], [1, 2, 2]]
"""From the worst to the best."""

STEPS = 10
PASSES = {"few_shot": 2 * STEPS, "gm_nas": 60}
"""For each part of the space a few steps."""


@pytest.fixture(autouse=True)
def _one_batch_decides_a_division(monkeypatch):
    monkeypatch.setattr(gm_nas, "BATCHES", 1)


def batches(first):
    """Images in double precision, others for each purpose."""
    return cycle(
        [(images.double(), targets) for images, targets in map(random_batch, [12] * 7, range(first, first + 7))]
    )


def trained(name, guided):
    """Losses step by step, weights of the super-nets trained to the end, and the strategy's logits."""
    strategy, supernet = STRATEGIES[name](SPACE, stream(0)), ToySuperNet(SPACE.decisions).double()
    settings = LandmarkTerm.Settings(coefficient=2.0, pairs_per_step=3).always()
    order = np.arange(float(len(LANDMARKS)))
    leaves = []
    record = Generations(
        supernet,
        Classification(CLASSES),
        strategy,
        [LandmarkTerm(settings, TermContext(stream(1), LANDMARKS, order))] if guided else [],
        Optimization(PASSES.get(name, STEPS * strategy.passes_per_step), 12, learning_rate=0.05),
        batches(10),
        {"strategy": batches(20), "landmark": batches(30)},
        on_leaf=lambda supernet, part: leaves.append(dict(supernet.named_parameters())),
    ).run()
    logits = strategy.logits.values if hasattr(strategy, "logits") else []
    return [row["loss"] for row in record.rows], leaves, logits


def restated(name, guided):
    """The same by the restatement."""
    term = Term(LANDMARKS, stream(1), batches(30)) if guided else lambda weights: 0.0
    training = Training(name, stream(0), batches(10), batches(20), term)
    weights = {
        name: weight.detach().clone().requires_grad_()
        for name, weight in ToySuperNet(SPACE.decisions).double().named_parameters()
    }
    getattr(training, name, training.whole)(SPACE, weights, PASSES.get(name, STEPS))
    return training.losses, training.leaves, training.learned.values if training.learned else []


def test_every_strategy_is_restated_or_taken_apart_by_its_own_tests():
    assert RESTATED.keys() | TAKEN_APART == STRATEGIES.keys()


@pytest.mark.parametrize("guided", [False, True], ids=["plain", "landmark"])
@pytest.mark.parametrize("name", RESTATED)
def test_training_is_what_the_restatement_says(name, guided):
    losses, leaves, logits = trained(name, guided)
    expected_losses, expected_leaves, expected_logits = restated(name, guided)
    if name not in PASSES:
        assert losses == pytest.approx(expected_losses, rel=1e-6)
    assert len(leaves) == len(expected_leaves) == {"few_shot": 5, "gm_nas": 4}.get(name, 1)
    for weights, expected in zip(leaves, expected_leaves, strict=True):
        assert weights.keys() == expected.keys()
        for place in weights:
            torch.testing.assert_close(weights[place].detach(), expected[place].detach(), rtol=1e-5, atol=1e-7)
    assert len(logits) == len(expected_logits)
    for values, expected in zip(logits, expected_logits, strict=True):
        torch.testing.assert_close(values.detach().double(), expected.detach(), rtol=1e-4, atol=1e-7)


def test_the_controller_of_enas_has_the_published_size_and_rate():
    """Its own tests are about its gradient, which says nothing of these."""
    strategy = STRATEGIES["enas"](SPACE, stream())
    assert (strategy.controller.lstm.input_size, strategy.controller.lstm.hidden_size) == (100, 100)
    assert [group["lr"] for group in strategy._optimizer.param_groups] == [1e-3]
