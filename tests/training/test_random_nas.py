"""RandomNAS samples uniformly over decisions, given that they make an architecture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product

import pytest
from scipy.stats import chisquare
from toy import CONSTRAINED, DECISIONS, TOY, LossTable, MeanOutput, ToySpace, make_step, stream

from nasrank.bench.training.strategies import strategy as strategies
from nasrank.bench.training.strategies.random_nas import RandomNas
from nasrank.bench.training.strategies.spos import SinglePathOneShot

DRAWS = 6000


def count(strategy):
    return Counter(tuple(strategy.path()) for _ in range(DRAWS))


@pytest.mark.parametrize("space", [TOY, CONSTRAINED], ids=["toy", "constrained"])
def test_combinations_that_the_space_allows_are_equally_likely(space):
    drawn = count(RandomNas(space, stream()))
    sizes = (range(len(decision.options)) for decision in space.decisions)
    allowed = [choices for choices in product(*sizes) if space.allows(choices)]
    assert set(drawn) <= set(allowed)
    assert all(type(choice) is int for choices in drawn for choice in choices)
    assert chisquare([drawn[choices] for choices in allowed]).pvalue > 1e-3


@dataclass(frozen=True)
class Redundant(ToySpace):
    """The second decision matters only where the first is 1; else the enumeration holds its option 0."""

    def random_choices(self, generator):
        architectures = [(0, 0), *((1, option) for option in range(5))]
        return list(architectures[generator.integers(6)])


def test_it_is_uniform_over_decisions_where_spos_is_over_architectures():
    space = Redundant(DECISIONS[:2])
    for strategy, share in ((RandomNas(space, stream()), 1 / 2), (SinglePathOneShot(space, stream()), 1 / 6)):
        first = sum(number for choices, number in count(strategy).items() if choices[0] == 0)
        assert chisquare([first, DRAWS - first], [DRAWS * share, DRAWS * (1 - share)]).pvalue > 1e-3


def test_a_step_trains_the_path_that_was_drawn():
    supernet = LossTable([0.0] * 5)
    RandomNas(ToySpace(DECISIONS[1:2]), stream(3)).accumulate(make_step(supernet, task=MeanOutput()))
    (drawn,) = RandomNas(ToySpace(DECISIONS[1:2]), stream(3)).path()
    assert supernet.values.grad.tolist() == [float(option == drawn) for option in range(5)]


def test_a_space_of_nothing_ends_the_training(monkeypatch):
    monkeypatch.setattr(strategies, "MOST_DRAWS", 20)
    with pytest.raises(FloatingPointError, match="none of 20 samples of RandomNAS is an architecture"):
        RandomNas(ToySpace(rule=lambda choices: False), stream()).path()
