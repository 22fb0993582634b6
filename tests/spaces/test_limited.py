"""Spaces under a limit of what networks cost: what is drawn and what is searched keeps it."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.search.searcher import SEARCHERS, search
from nasrank.spaces import get_space
from nasrank.spaces.limited import Limit, Limited
from nasrank.spaces.subspace import SubSpace

SPACE = get_space("mobilenet")
CHEAP = Limit("multiply_adds", most=1.6e6)


def cost(choices):
    return SPACE.cost(SPACE.from_choices(choices))


def test_what_is_drawn_keeps_the_limit_and_everything_that_keeps_it_is_drawn():
    part, generator = Limited(SPACE, [CHEAP]), np.random.default_rng(0)
    drawn = [part.random_choices(generator) for _ in range(200)]
    assert all(cost(choices).multiply_adds <= 1.6e6 for choices in drawn)
    everywhere = [SPACE.random_choices(np.random.default_rng(seed)) for seed in range(300)]
    expected = [cost(choices).multiply_adds <= 1.6e6 for choices in everywhere]
    assert [part.allows(choices) for choices in everywhere] == expected
    assert 0 < sum(expected) < 300


@pytest.mark.parametrize("name", ["evolution", "rea", "random", "nsga2"])
def test_searchers_ask_for_nothing_that_breaks_it(name):
    kind = SEARCHERS[name]
    part = Limited(SPACE, [CHEAP, Limit("parameters", least=20_000)])
    searcher = kind(part, np.random.default_rng(0), objectives=kind.fewest_objectives)
    worth = [lambda paths: np.array([cost(path).multiply_adds for path in paths], dtype=float)]
    looked = search(searcher, worth * kind.fewest_objectives, evaluations=150)
    assert len(looked) == 150
    for path in looked:
        assert cost(path).multiply_adds <= 1.6e6
        assert cost(path).parameters >= 20_000


def test_a_limit_goes_with_options_that_are_left():
    part = Limited(SPACE, [CHEAP], {0: (2,)})
    generator = np.random.default_rng(0)
    assert {part.random_choices(generator)[0] for _ in range(20)} == {2}
    assert isinstance(part, SubSpace)
    assert not part.allows(SPACE.to_choices(SPACE.at(0)))


def test_the_networks_may_have_options():
    part = Limited(SPACE, [Limit("parameters", most=1e4)], width=2)
    choices = part.random_choices(np.random.default_rng(0))
    assert SPACE.cost(SPACE.from_choices(choices), width=2).parameters <= 1e4 < cost(choices).parameters


@pytest.mark.slow
def test_a_limit_that_nothing_meets_is_told_with_what_there_is():
    part = Limited(SPACE, [Limit("multiply_adds", most=1e5)])
    message = r"no architecture of mobilenet was found with multiply_adds at most 100,000: 10,000 random ones have "
    with pytest.raises(ValueError, match=message + r"multiply_adds from [\d,]+ to [\d,]+$"):
        part.random_choices(np.random.default_rng(0))


def test_limits_that_are_none_are_refused():
    with pytest.raises(ValueError, match="'latency' cannot be limited; known are multiply_adds, parameters"):
        Limit("latency", most=1)
    with pytest.raises(ValueError, match="no parameters are at least 2 and at most 1"):
        Limit("parameters", least=2, most=1)


@pytest.mark.parametrize("fixed", ["heads", "details"])
def test_either_level_of_a_space_beyond_listing_is_drawn_alone(fixed):
    """Search by level, as docs/how-to/search-spaces.md shows it: no draw in 10,000 had all details at their first."""
    glit = get_space("glit")
    places = [place for place, decision in enumerate(glit.decisions) if decision.level == fixed]
    part = Limited(glit, [Limit("multiply_adds", most=1.3e7)], dict.fromkeys(places, (0,)))
    generator = np.random.default_rng(0)
    drawn = [part.random_choices(generator) for _ in range(30)]
    assert len(set(map(tuple, drawn))) > 20
    for choices in drawn:
        assert {choices[place] for place in places} == {0}
        assert glit.cost(glit.from_choices(choices)).multiply_adds <= 1.3e7
