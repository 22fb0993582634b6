"""NSGA-II and MOENAS: who survives, what is asked for, and that it finds fronts that random search does not."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from fronts_to_find import SPACE, accuracy_like, cheapness, volume_found
from toy import CONSTRAINED, TOY, stream

from nasrank import get_space
from nasrank.bench.search.moenas import MOENAS, MOENASSettings
from nasrank.bench.search.nsga2 import NSGA2, NSGA2Settings
from nasrank.bench.search.searcher import search
from nasrank.spaces.subspace import SubSpace


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moenas", "nsga2"])
def test_its_front_has_a_larger_volume_than_that_of_random_search(name):
    found, random = ([volume_found(one, seed) for seed in range(5)] for one in (name, "random"))
    assert np.mean(found) > np.mean(random)
    assert sum(one > other for one, other in zip(found, random, strict=True)) >= 4


def ranks(values):
    """Fronts peeled off one after the other, 0 the first."""
    rank, left = np.zeros(len(values), dtype=int), set(range(len(values)))
    while left:
        front = {
            one
            for one in left
            if not any((values[o] >= values[one]).all() and (values[o] > values[one]).any() for o in left)
        }
        left -= front
        rank[list(left)] += 1
    return rank


def crowding(values):
    """Of one front of different values: the sides of the box between the neighbours; infinite at the ends."""
    room = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column)
        room[order[[0, -1]]] = np.inf
        room[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / np.ptp(column)
    return room


@pytest.mark.parametrize("seed", range(5))
def test_the_first_fronts_survive_and_of_the_last_those_with_the_most_room(seed):
    population = 12
    searcher = NSGA2(SPACE, stream(seed), NSGA2Settings(population=population), objectives=2)
    told, values = [], stream(seed + 100).random((2 * population, 2))
    for generation in (values[:population], values[population:]):
        asked = searcher.ask()
        assert len(asked) == population
        searcher.tell(asked, generation)
        told += asked
    searcher.ask()
    survivors = set(searcher.population)
    assert len(survivors) == population
    inside = np.array([one in survivors for one in told])
    rank = ranks(values)
    last = rank[inside].max()
    assert inside[rank < last].all()
    assert not inside[rank > last].any()
    split = rank == last
    room = crowding(values[split])
    if not inside[split].all():
        assert room[inside[split]].min() >= room[~inside[split]].max()


def test_what_has_no_value_survives_only_where_nothing_else_does():
    searcher = NSGA2(SPACE, stream(), NSGA2Settings(population=4), objectives=2)
    first = searcher.ask()
    searcher.tell(first, [[np.nan, 9.0], [9.0, np.nan], [0.0, 0.0], [1.0, -1.0]])
    second = searcher.ask()
    searcher.tell(second, [[-5.0, -5.0], [-6.0, -6.0], [np.nan, np.nan], [np.nan, 1.0]])
    searcher.ask()
    assert set(searcher.population) == {*first[2:], *second[:2]}


def test_told_anew_it_competes_with_its_new_values():
    searcher = NSGA2(SPACE, stream(), NSGA2Settings(population=3), objectives=1)
    first = searcher.ask()
    searcher.tell(first, [3.0, 2.0, 1.0])
    second = searcher.ask()
    searcher.tell([first[0], *second], [-9.0, 0.0, 0.5, -1.0])
    searcher.ask()
    assert set(searcher.population) == {first[1], first[2], second[1]}


def test_it_continues_from_what_others_looked_at():
    """A population is what was told, as many as survive of it, wherever it came from."""
    told = [tuple(SPACE.random_choices(stream(seed))) for seed in range(60)]
    searcher = NSGA2(SPACE, stream(), NSGA2Settings(population=10))
    searcher.tell(told, np.arange(60.0))
    asked = searcher.ask()
    assert len(asked) == 10
    assert not set(asked) & set(told)
    best = sorted(dict.fromkeys(told), key=lambda one: searcher.seen[one][0])[-10:]
    assert set(searcher.population) == set(best)


@pytest.mark.parametrize("crossover", ["simulated-binary", "two-point"])
@pytest.mark.parametrize("mutation", ["polynomial", "uniform"])
def test_operators_make_choices_of_the_space(crossover, mutation):
    settings = NSGA2Settings(population=10, crossover=crossover, mutation=mutation, gene=0.5)
    for space in (CONSTRAINED, get_space("nb201-activations"), SubSpace(SPACE, {0: (1, 3), 4: (2,)})):
        searcher = NSGA2(space, stream(), settings, objectives=2)
        looked = search(
            searcher, [lambda paths: np.array(paths).sum(axis=1), lambda paths: -np.array(paths)[:, 0]], evaluations=60
        )
        assert len(set(looked)) == len(looked) == (6 if space is CONSTRAINED else 60)
        assert all(space.allows(one) and space.representative(one) == one for one in looked)


def test_without_mutation_two_points_take_every_choice_from_either_parent():
    settings = NSGA2Settings(population=2, crossover="two-point", crossed=1.0, mutated=0.0)
    searcher = NSGA2(SPACE, stream(), settings)
    searcher.tell([(0,) * 6, (4,) * 6], [1.0, 1.0])
    for child in searcher.ask():
        assert set(child) == {0, 4}
        changes = np.flatnonzero(np.diff(child))
        assert len(changes) == 2, "one run of choices between two points"


@pytest.mark.slow
def test_nothing_is_mutated_where_the_probability_is_nought():
    """Then mating finds nothing new between equal choices, and what is asked for is random."""
    settings = NSGA2Settings(population=2, crossed=0.0, mutated=0.0)
    searcher = NSGA2(TOY, stream(), settings)
    looked = search(searcher, [lambda paths: np.array(paths, dtype=float).sum(axis=1)], evaluations=1000)
    assert len(looked) == len(set(looked)) == 30, "all of the space"


def test_moenas_is_nsga2_with_the_published_sizes():
    assert issubclass(MOENAS, NSGA2)
    settings = MOENASSettings()
    assert (settings.population, settings.crossover, settings.crossed) == (20, "two-point", 1.0)
    assert (settings.mutation, settings.mutation_index, settings.mutated, settings.gene) == (
        "polynomial",
        1.0,
        1.0,
        None,
    )


def test_moenas_asks_for_nothing_that_is_in_its_population():
    searcher = MOENAS(SPACE, stream(), objectives=2)
    looked = []
    for _ in range(40):
        asked = searcher.ask()
        assert len(asked) == len(set(asked)) == 20
        assert not set(asked) & set(searcher.population)
        searcher.tell(asked, np.stack([cheapness(asked), accuracy_like(asked)], axis=1))
        looked += asked
    assert len(set(looked)) < len(looked), "but again for what has left it"


def test_pymoo_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymoo.algorithms.moo", None)
    with pytest.raises(ValueError, match=r"moenas needs pymoo: pip install 'nasrank\[search\]'"):
        MOENAS(CONSTRAINED, stream())
