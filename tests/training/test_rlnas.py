"""RLNAS trains the paths that SPOS would, on labels that say nothing about the images."""

from __future__ import annotations

import torch
from toy import CONSTRAINED, TOY, ToySuperNet, gradients, make_step, stream

from nasrank.bench.training.strategies.rlnas import RandomLabels
from nasrank.bench.training.strategies.spos import SinglePathOneShot


def test_it_asks_for_random_labels_and_the_angle():
    assert RandomLabels.random_labels
    assert RandomLabels.score == "angle"
    assert not SinglePathOneShot.random_labels


def test_a_step_is_one_of_spos():
    for space in (TOY, CONSTRAINED):
        found = []
        for strategy in (RandomLabels(space, stream(1)), SinglePathOneShot(space, stream(1))):
            supernet = ToySuperNet(space.decisions)
            losses = [strategy.accumulate(make_step(supernet)) for _ in range(4)]
            found.append((losses, gradients(supernet)))
        (losses, one), (others, other) = found
        assert losses == others
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
