"""FairNAS's strict fairness: after any number of rounds, every option of a decision was trained equally often."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from toy import CONSTRAINED, TOY, ToySpace, ToySuperNet, gradients, make_step, stream

from nasrank.bench.training.strategies.fairnas import FairNas
from nasrank.spaces.decisions import Decision


def space_of(sizes):
    return ToySpace([Decision(str(place), tuple(map(str, range(size)))) for place, size in enumerate(sizes)])


@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_every_round_is_fair_to_every_option_of_every_decision(sizes, seed):
    strategy = FairNas(space_of(sizes), stream(seed))
    for _ in range(3):
        paths = strategy.round()
        assert len(paths) == strategy.passes_per_step == max(sizes)
        for column, size in zip(zip(*paths, strict=True), sizes, strict=True):
            trained = Counter(column)
            assert set(trained) == set(range(size))
            assert max(trained.values()) - min(trained.values()) <= 1
            if size == max(sizes):
                assert set(trained.values()) == {1}, "strict fairness"


def test_columns_are_independent_permutations():
    strategy = FairNas(space_of([3, 3]), stream())
    rounds = Counter(tuple(tuple(path) for path in sorted(strategy.round())) for _ in range(1200))
    assert len(rounds) == 6, "the 3! ways to match two decisions' options"
    assert chisquare(list(rounds.values())).pvalue > 1e-3


def test_a_round_keeps_one_architectures_choices_of_constrained_decisions():
    strategy = FairNas(CONSTRAINED, stream())
    assert strategy.passes_per_step == 3, "the five options of a constrained decision do not count"
    rounds = [strategy.round() for _ in range(200)]
    for paths in rounds:
        assert sorted(path[2] for path in paths) == [0, 1, 2]
        assert len({tuple(path[:2]) for path in paths}) == 1
        assert all(type(choice) is int for path in paths for choice in path)
    kept = Counter(tuple(paths[0][:2]) for paths in rounds)
    assert set(kept) == {(0, 3), (1, 2)}
    assert chisquare(list(kept.values())).pvalue > 1e-3


def test_a_step_accumulates_the_gradients_of_its_round_on_one_batch():
    supernet = ToySuperNet()
    step = make_step(supernet)
    loss = FairNas(TOY, stream(4)).accumulate(step)
    found = gradients(supernet)

    supernet.zero_grad()
    losses = [step.loss(path) for path in FairNas(TOY, stream(4)).round()]
    torch.stack(losses).sum().backward()
    expected = gradients(supernet)
    assert found.keys() == expected.keys() == dict(supernet.named_parameters()).keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient)
    assert loss == pytest.approx(float(np.mean([float(one.detach()) for one in losses])))
