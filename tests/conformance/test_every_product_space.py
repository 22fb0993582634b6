"""Laws of the registered spaces in which every combination of options is an architecture of its own."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from scipy.stats import chisquare

from nasrank.spaces import SPACES
from nasrank.spaces.product import ProductSpace

PRODUCTS = {name: space for name, space in SPACES.items() if isinstance(space, ProductSpace)}

pytestmark = pytest.mark.parametrize("space", PRODUCTS.values(), ids=PRODUCTS)


def some(space, count):
    return space.sample(np.random.default_rng(0), count)


def test_it_is_as_large_as_the_product_of_its_decisions(space):
    assert len(space) == prod(len(decision.options) for decision in space.decisions)
    assert all(decision.free for decision in space.decisions)
    assert all(space.active(space.at(0)))


@pytest.mark.slow
def test_enumeration_is_lexicographic_with_the_last_decision_fastest(space):
    positions = None if space.listable else np.unique(np.random.default_rng(0).integers(len(space), size=10_000))
    choices = space.choices(positions)
    np.testing.assert_array_equal(np.lexsort(choices.T[::-1]), np.arange(len(choices)))


def test_samples_are_uniform_over_each_decision(space):
    count = min(4000, len(space) // 2)
    rows = np.array([space.to_choices(a) for a in space.sample(np.random.default_rng(0), count)])
    for place, decision in enumerate(space.decisions):
        assert chisquare(np.bincount(rows[:, place], minlength=len(decision.options))).pvalue > 1e-4


def test_neighbours_are_all_that_differ_in_one_decision(space):
    for architecture in some(space, 10):
        neighbours = space.neighbours(architecture)
        assert len(set(neighbours)) == len(neighbours) == sum(len(d.options) - 1 for d in space.decisions)
        for neighbour in neighbours:
            pairs = zip(space.to_choices(architecture), space.to_choices(neighbour), strict=True)
            assert sum(mine != other for mine, other in pairs) == 1
        assert architecture in space.neighbours(neighbours[0])


def test_a_mutation_is_a_neighbour_and_all_are_reached(space):
    architecture = space.at(len(space) // 2)
    generator = np.random.default_rng(0)
    neighbours = set(space.neighbours(architecture))
    reached = {space.mutate(architecture, generator) for _ in range(20 * len(neighbours))}
    assert reached == neighbours


def test_a_child_takes_every_choice_from_either_parent(space):
    first, second = some(space, 2)
    pairs = list(zip(space.to_choices(first), space.to_choices(second), strict=True))
    generator = np.random.default_rng(0)
    children = np.array([space.to_choices(space.crossover(first, second, generator)) for _ in range(200)])
    for place, (mine, other) in enumerate(pairs):
        assert set(children[:, place].tolist()) == {mine, other}
