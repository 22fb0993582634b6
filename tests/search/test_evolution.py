"""Evolution: it finds what random search of the same size does not, looks at nothing twice, and keeps to the space."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from toy import CONSTRAINED, TOY, stream

from nasrank.bench.search.evolution import Evolution, EvolutionSettings, evolve
from nasrank.spaces import get_space
from nasrank.spaces.subspace import SubSpace
from nasrank.testing import ParallelBranches, Trellis

SPACE = get_space("nb201")
SMALL = EvolutionSettings(population=20, parents=6, generations=8)


def closeness(paths, target=(3, 1, 3, 2, 0, 3)):
    """How many choices are those of one hidden architecture."""
    return (np.array(paths) == target).sum(axis=1).astype(float)


@pytest.mark.slow
def test_it_climbs_where_random_search_of_the_same_size_does_not():
    found = [closeness([evolve(SPACE, closeness, stream(seed), SMALL)])[0] for seed in range(5)]
    random = [closeness([SPACE.random_choices(stream(seed)) for _ in range(160)]).max() for seed in range(5)]
    assert min(found) >= 5
    assert np.mean(found) > np.mean(random)


def test_the_seed_decides():
    def looked_at(seed):
        search = Evolution(SPACE, stream(seed), SMALL)
        search.tell(first := search.ask(), closeness(first))
        return first, search.ask()

    assert looked_at(0) == looked_at(0) != looked_at(1)


@pytest.mark.slow
def test_nothing_is_looked_at_twice_and_only_what_the_space_allows():
    looked = []

    def score(paths):
        looked.extend(paths)
        return np.zeros(len(paths))

    evolve(CONSTRAINED, score, stream(), SMALL)
    assert len(looked) == len(set(looked))
    allowed = {path for path in product(range(2), range(5), range(3)) if CONSTRAINED.allows(path)}
    assert set(looked) == allowed, "a space of six architectures is looked through"


@pytest.mark.parametrize("name", ["nb101", "nb201-activations"])
def test_choices_that_make_one_architecture_are_looked_at_once(name):
    """Mutants that differ in what the best does not depend on are not new, and would fill the population."""
    space, looked = get_space(name), []

    def score(paths):
        looked.extend(space.position(space.from_choices(path)) for path in paths)
        return -np.array([space.cost(space.from_choices(path)).parameters for path in paths], dtype=float)

    best = evolve(space, score, stream(), SMALL)
    assert len(set(looked)) == len(looked) == SMALL.population * SMALL.generations
    assert best == tuple(space.choices(np.array([space.position(space.from_choices(best))]))[0])


@pytest.mark.parametrize("space", [ParallelBranches(), Trellis()], ids=["branches", "trellis"])
def test_it_climbs_in_spaces_that_nobody_can_count_through(space):
    worth = [stream(5).random(len(decision.options)) for decision in space.decisions]

    def score(paths):
        return np.array([sum(own[choice] for own, choice in zip(worth, path, strict=True)) for path in paths])

    found = evolve(space, score, stream(), SMALL)
    assert found == space.representative(found)
    assert score([found])[0] > score([space.random_choices(stream(seed)) for seed in range(160)]).max()
    part = SubSpace(space, {len(space.decisions) - 1: (0, 1)})
    assert part.owns(evolve(part, score, stream(), SMALL))


def test_choices_that_are_drawn_again_are_not_looked_up_again(monkeypatch):
    """A population that has converged draws the same ones by the hundred thousand, each with a hash of its graph."""
    space, looked_up = get_space("nb101"), []
    look_up = type(space).representative

    def counted(choices):
        looked_up.append(choices)
        return look_up(space, choices)

    monkeypatch.setattr(space, "representative", counted)
    search = Evolution(space, stream(), EvolutionSettings(population=10, parents=1, mutation=0.02))
    for _ in range(5):
        asked = search.ask()
        search.tell(asked, -np.arange(len(asked)) if search.seen else np.zeros(len(asked)))
    assert len(search.seen) == 50
    assert len(looked_up) == len(set(looked_up)) > 50


def test_the_first_generation_is_random_and_later_ones_descend_from_the_best():
    search = Evolution(SPACE, stream(), EvolutionSettings(population=40, parents=2, mutation=0.0))
    first = search.ask()
    assert len(set(first)) == 40
    search.tell(first, closeness(first))
    two_best = sorted(first, key=lambda path: -search.seen[path])[:2]
    children = [path for path in search.ask() if all(c in {a, b} for c, a, b in zip(path, *two_best, strict=True))]
    assert children, "without mutation all that is new is a mixture of two parents"


def test_sizes_are_the_papers():
    """2,000 architectures in all: [Zhang2021] for NAS-Bench-201."""
    assert EvolutionSettings() == EvolutionSettings(population=100, parents=30, generations=20, mutation=0.1)


def test_no_number_is_the_worst_score():
    search = Evolution(TOY, stream(), SMALL)
    search.tell([(0, 0, 0), (1, 1, 1)], np.array([np.nan, -5.0]))
    assert search.best() == (1, 1, 1)


def test_a_masked_score_is_no_number():
    search = Evolution(TOY, stream())
    search.tell([(0, 0, 0), (1, 1, 1)], np.ma.masked_equal([9.0, 1.0], 9.0))
    assert search.best() == (1, 1, 1)


def test_the_best_of_nothing_is_refused():
    with pytest.raises(ValueError, match="has not looked at an architecture"):
        Evolution(TOY, stream()).best()
