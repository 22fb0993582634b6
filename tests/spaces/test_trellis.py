"""Paths through a trellis: counts of the papers, a numbering, and the best path against a look at all of them."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasrank.spaces.decisions import active_decisions, conditions
from nasrank.spaces.trellis.paths import Trellis

SMALL = Trellis(layers=6, levels=4, starts=(0, 1))
PAPER = Trellis(layers=12, levels=4, starts=(0, 1))
TINY = Trellis(layers=4, levels=3, starts=(0, 2), prefix="matching ")


def every_path(trellis):
    """By trying all levels of all layers, in lexicographic order."""
    for levels in product(range(trellis.levels), repeat=trellis.layers):
        if levels[0] in trellis.starts and all(abs(one - other) <= 1 for one, other in pairwise(levels)):
            yield levels


def total(trellis, scores, path):
    """Of the start and the moves, read off the decisions by name."""
    by_name = {
        decision.name: dict(zip(decision.options, own, strict=True)) for decision, own in _pairs(trellis, scores)
    }
    found = by_name[f"{trellis.prefix}start"][str(path[0])]
    for layer, (one, other) in enumerate(pairwise(path)):
        move = {-1: "finer", 0: "same", 1: "coarser"}[other - one]
        found += by_name[f"{trellis.prefix}layer {layer} at {one}"][move]
    return found


def _pairs(trellis, scores):
    return zip(trellis.decisions, scores, strict=True)


def drawn(trellis, generator, low=-9, high=10):
    """Small integers, so that sums are exact and many are equal."""
    return [[float(one) for one in generator.integers(low, high, len(d.options))] for d in trellis.decisions]


@pytest.mark.slow
def test_there_are_as_many_paths_as_the_papers_say():
    assert SMALL.count == 233
    assert PAPER.count == 75_025
    assert sum(path[0] == 0 for path in PAPER) == 28_657, "from one start, which is F(23)"
    assert Trellis(layers=3, levels=2, starts=(0, 1)).count == 8


@pytest.mark.parametrize("trellis", [SMALL, TINY], ids=["small", "tiny"])
class TestPaths:
    def test_they_are_all_there_in_order_and_numbered(self, trellis):
        paths = list(trellis)
        assert paths == list(every_path(trellis))
        assert [trellis.position(path) for path in paths] == list(range(trellis.count))

    def test_choices_lead_to_them_and_back(self, trellis):
        for path in trellis:
            choices = trellis.choices(path)
            assert trellis.path(choices) == path
            active = active_decisions(conditions(trellis.decisions), choices)
            assert sum(active) == trellis.layers, "the start and a move from each layer but the last"
            assert all(used or choice == 0 for used, choice in zip(active, choices, strict=True))

    def test_what_a_path_does_not_come_by_is_ignored(self, trellis):
        generator = np.random.default_rng(0)
        for path in list(trellis)[::7]:
            choices = trellis.choices(path)
            active = active_decisions(conditions(trellis.decisions), choices)
            others = [int(generator.integers(len(decision.options))) for decision in trellis.decisions]
            mixed = [own if used else other for own, used, other in zip(choices, active, others, strict=True)]
            assert trellis.path(mixed) == path

    def test_neighbours_differ_in_one_layer_and_are_mutual(self, trellis):
        paths = set(trellis)
        for path in paths:
            neighbours = trellis.neighbours(path)
            assert set(neighbours) <= paths
            apart = {other for other in paths if sum(a != b for a, b in zip(path, other, strict=True)) == 1}
            near = {other for other in apart if sum(abs(a - b) for a, b in zip(path, other, strict=True)) == 1}
            assert sorted(neighbours) == sorted(near)
            assert all(path in trellis.neighbours(other) for other in neighbours)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_best_path_is_that_of_an_exhaustive_search(seed):
    scores = drawn(SMALL, np.random.default_rng(seed))
    best = SMALL.best(scores)
    assert total(SMALL, scores, best) == max(total(SMALL, scores, path) for path in SMALL)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(2, 4))
def test_so_it_is_in_a_trellis_of_any_size(seed, layers, levels):
    generator = np.random.default_rng(seed)
    starts = tuple(sorted(generator.choice(levels, size=2, replace=False).tolist()))
    trellis = Trellis(layers, levels, starts)
    scores = drawn(trellis, generator, -3, 4)
    assert total(trellis, scores, trellis.best(scores)) == max(total(trellis, scores, path) for path in trellis)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_so_it_is_in_that_of_the_paper(seed):
    scores = drawn(PAPER, np.random.default_rng(seed), -99, 100)
    assert total(PAPER, scores, PAPER.best(scores)) == max(total(PAPER, scores, path) for path in PAPER)


def test_of_equal_paths_that_with_the_first_options_is_taken():
    scores = [[0.0] * len(decision.options) for decision in SMALL.decisions]
    assert SMALL.best(scores) == (0, 0, 0, 0, 0, 0)
    scores[0][1] = 1.0
    assert SMALL.best(scores) == (1, 0, 0, 0, 0, 0), "finer comes before the same"


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((0, 0), "6 layers have a level each, not 2"),
        ((2, 2, 2, 2, 2, 2), "layer 0 is at level 2; it may be at 0 or 1"),
        ((0, 2, 2, 2, 2, 2), "layer 1 is at level 2; after level 0 it may be at 0 or 1"),
        ((1, 2, 3, 3, 1, 1), "layer 4 is at level 1; after level 3 it may be at 2 or 3"),
    ],
)
def test_what_is_no_path_says_where(levels, words):
    with pytest.raises(ValueError, match=words):
        SMALL.refuse(levels)


@pytest.mark.parametrize(
    ("layers", "levels", "starts", "words"),
    [
        (1, 3, (0, 1), "two layers, levels and starts"),
        (4, 1, (0, 1), "two layers, levels and starts"),
        (4, 3, (0,), "two layers, levels and starts"),
        (4, 3, (1, 0), "ascending"),
        (4, 3, (0, 3), "starts must be levels from 0 to 2"),
    ],
)
def test_what_is_no_trellis_is_refused(layers, levels, starts, words):
    with pytest.raises(ValueError, match=words):
        Trellis(layers, levels, starts)
