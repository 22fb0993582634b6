"""NPENAS: it finds what random search does not, and its predictor has the last word."""

from __future__ import annotations

import numpy as np
import pytest
from toy import TOY, stream

from nasrank.bench.search.npenas import Npenas, NpenasSettings
from nasrank.bench.search.random_search import RandomSearch
from nasrank.bench.search.searcher import search
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def ascending(paths):
    """Every decision is worth the number of its option."""
    return np.array(paths, dtype=float).sum(axis=1)


@pytest.mark.slow
def test_it_finds_what_random_search_of_the_same_size_does_not():
    def found(kind, seed):
        searcher = kind(SPACE, stream(seed))
        search(searcher, [ascending], evaluations=60)
        return ascending([searcher.best()])[0]

    ours, chance = ([found(kind, seed) for seed in range(4)] for kind in (Npenas, RandomSearch))
    assert min(ours) > max(chance)


def test_ten_mutants_of_each_of_the_ten_best_are_rated_and_the_best_ten_looked_at(monkeypatch):
    searcher = Npenas(SPACE, stream(), NpenasSettings(redrawn=0.2))
    first = searcher.ask()
    assert len(first) == 10
    searcher.tell(first, ascending(first))
    others = [tuple(SPACE.random_choices(searcher.generator)) for _ in range(10)]
    searcher.tell(others, ascending(others) - 100)
    asked_about = []

    def predicted(candidates, samples):
        assert [sample.tolist() for sample in samples] == [list(range(20))]
        asked_about.extend(candidates)
        return -ascending(candidates)[None]

    monkeypatch.setattr(searcher, "predictions", predicted)
    chosen = searcher.ask()
    assert len(set(asked_about)) == len(asked_about) == 100
    for parent, start in zip(searcher.best_seen(10), range(0, 100, 10), strict=True):
        changes = [sum(a != b for a, b in zip(parent, one, strict=True)) for one in asked_about[start : start + 10]]
        assert np.mean(changes) < 2, "the tenth before the next parent's are mutants of this one"
    assert sorted(ascending(chosen)) == sorted(ascending(asked_about))[:10]


def test_sizes_are_the_papers():
    settings = NpenasSettings()
    assert (settings.initial, settings.parents, settings.mutants, settings.batch) == (10, 10, 10, 10)


def test_it_fills_up_with_random_architectures_where_nothing_is_left_near_the_best(monkeypatch):
    searcher = Npenas(SPACE, stream())
    searcher.tell(first := searcher.ask(), ascending(first))
    monkeypatch.setattr(searcher, "mutant", lambda parent: parent)
    assert len(set(searcher.ask()) - set(first)) == 10


def test_a_space_without_architectures_is_refused():
    with pytest.raises(ValueError, match="which ToySpace is not"):
        Npenas(TOY, stream())
