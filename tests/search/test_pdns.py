"""Pareto-dominance novelty search: what is novel, who survives, and what offspring is made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fronts_to_find import SPACE, accuracy_like, cheapness, volume_found
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from toy import CONSTRAINED, stream

from nasrank import get_space
from nasrank.bench.search.archive import ParetoArchive
from nasrank.bench.search.pdns import PDNS, PDNSSettings, novelty
from nasrank.bench.search.searcher import search

VALUES = st.integers(-5, 5).map(float)


def directly(values, archive, members):
    """By the definition, number by number."""
    objectives = range(len(archive[0]))
    low = [min(point[k] for point in [*values, *archive]) for k in objectives]
    high = [max(point[k] for point in [*values, *archive]) for k in objectives]

    def scaled(point):
        return [(point[k] - low[k]) / (high[k] - low[k]) if high[k] > low[k] else 0.0 for k in objectives]

    found = []
    for point, member in zip(values, members, strict=True):
        mean = sum(math.dist(scaled(point), scaled(other)) for other in archive) / len(archive)
        found.append(mean if member else -mean)
    return found


@pytest.mark.slow
@given(
    st.tuples(st.integers(1, 8), st.integers(1, 6), st.integers(1, 4)).flatmap(
        lambda sizes: st.tuples(
            arrays(float, (sizes[0], sizes[2]), elements=VALUES),
            arrays(float, (sizes[1], sizes[2]), elements=VALUES),
            arrays(bool, sizes[0]),
        )
    )
)
def test_novelty_is_the_mean_distance_to_the_archive(drawn):
    values, archive, members = drawn
    np.testing.assert_allclose(novelty(*drawn), directly(values.tolist(), archive.tolist(), members), atol=1e-12)


def test_what_has_no_value_is_at_the_worst_end():
    values, archive = np.array([[-np.inf, 1.0], [0.0, 1.0]]), np.array([[4.0, 0.0], [0.0, 1.0]])
    members = np.array([False, True])
    np.testing.assert_allclose(novelty(values, archive, members), [-math.sqrt(2) / 2, math.sqrt(2) / 2])
    nowhere = np.full((2, 1), -np.inf)
    assert novelty(nowhere, nowhere, members).tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_of_every_two_that_compete_the_more_novel_one_has_offspring(seed):
    size = 6
    searcher = PDNS(SPACE, stream(seed), PDNSSettings(population=size), objectives=2)
    pool = []
    for _ in range(2):
        asked = searcher.ask()
        assert len(asked) == size
        searcher.tell(asked, np.stack([cheapness(asked), accuracy_like(asked)], axis=1))
        pool += asked
    searcher.ask()
    front = searcher.front()
    novel = directly(
        [searcher.seen[one] for one in pool], [searcher.seen[one] for one in front], [one in front for one in pool]
    )
    best, worst = max(zip(novel, pool, strict=True)), min(zip(novel, pool, strict=True))
    assert best[1] in searcher.population
    assert len(searcher.population) == size
    assert all(searcher.population.count(one) <= pool.count(one) for one in pool), "each competes once"
    if pool.count(worst[1]) == 1 and novel.count(worst[0]) == 1:
        assert worst[1] not in searcher.population
    kept = sorted((novel[pool.index(one)] for one in searcher.population), reverse=True)
    by_novelty = sorted(novel, reverse=True)
    assert all(own >= by_novelty[2 * place + 1] for place, own in enumerate(kept)), "of 2k winners at most k are beaten"


def test_its_archive_is_the_front_of_all_it_was_told():
    searcher = PDNS(SPACE, stream(), objectives=2)
    search(searcher, [cheapness, accuracy_like], evaluations=300)
    assert set(searcher.archive.members) == set(searcher.front())
    assert len(searcher.archive) == len(searcher.front())


def test_an_architecture_that_is_worth_something_else_now_changes_the_archive():
    searcher = PDNS(SPACE, stream(), objectives=2)
    one, other, third = SPACE.random_choices(stream(1)), (0, 1, 2, 3, 4, 0), (1, 1, 1, 1, 1, 1)
    searcher.tell([one, other, third], [[5.0, 5.0], [4.0, 4.0], [6.0, 0.0]])
    assert searcher.archive.members == [tuple(one), third]
    searcher.tell([one, one], [[9.0, 9.0], [1.0, 1.0]])
    assert searcher.archive.members == [other, third]
    assert set(searcher.front()) == {other, third}


def test_the_archive_is_not_found_anew_at_every_telling(monkeypatch):
    def refuse(*_):
        raise AssertionError("compared all with all")

    monkeypatch.setattr(ParetoArchive, "of", refuse)
    searcher = PDNS(SPACE, stream(), objectives=2)
    assert len(search(searcher, [cheapness, accuracy_like], evaluations=200)) == 200


def test_without_mutation_children_exchange_one_run_of_choices():
    searcher = PDNS(SPACE, stream(), PDNSSettings(population=2, mutation=0.0), objectives=2)
    searcher.tell([(0,) * 6, (4,) * 6], [[1.0, 0.0], [0.0, 1.0]])
    for _ in range(50):
        one, other = searcher.ask()
        assert {a + b for a, b in zip(one, other, strict=True)} == {4}, "what one has the other lacks"
        assert len(np.flatnonzero(np.diff(one))) in (1, 2)
        assert 0 in one
        assert 4 in one


def test_mutation_changes_every_choice_with_its_probability_to_another():
    searcher = PDNS(SPACE, stream(), PDNSSettings(population=2, mutation=1.0), objectives=2)
    searcher.tell([(2,) * 6, (2,) * 6], [[1.0, 0.0]] * 2)
    children = np.array([child for _ in range(100) for child in searcher.ask()])
    assert not (children == 2).any()
    assert np.bincount(children.ravel(), minlength=5)[[0, 1, 3, 4]].min() > 200
    searcher = PDNS(SPACE, stream(), objectives=2)
    searcher.tell([(2,) * 6] * 20, [[1.0, 0.0]] * 20)
    children = np.array([child for _ in range(50) for child in searcher.ask()])
    assert (children != 2).mean() == pytest.approx(1 / 6, abs=0.02)


@pytest.mark.parametrize("space", [CONSTRAINED, get_space("nb201-activations")], ids=["constrained", "activations"])
def test_children_are_representatives_of_what_the_space_allows(space):
    searcher = PDNS(space, stream(), PDNSSettings(population=4, mutation=0.5), objectives=2)
    looked = search(
        searcher, [lambda paths: np.array(paths).sum(axis=1), lambda paths: -np.array(paths)[:, 0]], evaluations=80
    )
    assert len(looked) == 80
    assert all(space.allows(one) and space.representative(one) == one for one in looked)


def test_sizes_are_the_papers():
    assert PDNSSettings() == PDNSSettings(population=20, mutation=1 / 6)


@pytest.mark.slow
def test_its_front_has_a_larger_volume_than_that_of_random_search():
    found, random = ([volume_found(name, seed) for seed in range(5)] for name in ("pdns", "random"))
    assert np.mean(found) > np.mean(random)
