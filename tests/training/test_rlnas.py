"""RLNAS trains the paths that SPOS would, on labels that say nothing about the images."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import chisquare
from toy import CONSTRAINED, TOY, ToySuperNet, gradients, make_step, stream

from bench.training.strategies.rlnas import RandomLabels, draw_labels
from bench.training.strategies.spos import SinglePathOneShot


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


def test_labels_are_uniform_and_the_seed_decides_them():
    labels = draw_labels(7000, 7, stream(2))
    assert labels.shape == (7000,)
    assert labels.dtype == torch.int64
    assert chisquare(np.bincount(labels, minlength=7)).pvalue > 1e-3
    pairs = labels[:-1] * 7 + labels[1:]
    assert chisquare(np.bincount(pairs, minlength=49)).pvalue > 1e-3
    assert torch.equal(labels, draw_labels(7000, 7, stream(2)))
    assert not torch.equal(labels, draw_labels(7000, 7, stream(3)))
