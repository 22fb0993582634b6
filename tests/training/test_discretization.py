"""The best allowed architecture under scores, against trying them all."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import CONSTRAINED, TOY, ToySpace, stream

from nasrank.bench.training.strategies import discretization
from nasrank.bench.training.strategies.discretization import best_choices, cheapest_ranks, total_scores
from nasrank.spaces import get_space
from nasrank.spaces.decisions import Decision


def random_scores(decisions, seed=0):
    generator = stream(seed)
    return [torch.tensor(generator.normal(size=len(decision.options))) for decision in decisions]


def total(scores, choices):
    return sum(float(row[choice]) for row, choice in zip(scores, choices, strict=True))


def best_of_all(space, scores):
    every = product(*(range(len(decision.options)) for decision in space.decisions))
    return max(filter(space.allows, every), key=lambda choices: total(scores, choices))


@given(
    options=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    share=st.floats(0.02, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_allowed_architecture_scores_higher(options, share, seed):
    """Over random sets of architectures, in which the last decision is free."""
    decisions = [Decision(str(place), tuple(map(str, range(count))), free=False) for place, count in enumerate(options)]
    decisions.append(Decision("free", ("a", "b", "c")))
    prefixes = list(product(*map(range, options)))
    generator = stream(seed)
    allowed = {prefix for prefix in prefixes if generator.random() < share} | {prefixes[seed % len(prefixes)]}
    space = ToySpace(decisions, rule=lambda choices: tuple(choices[:-1]) in allowed)
    scores = random_scores(decisions, seed)
    found = best_choices(space, scores, stream())
    assert space.allows(found)
    assert total(scores, found) == pytest.approx(total(scores, best_of_all(space, scores)))


@given(counts=st.lists(st.integers(2, 4), max_size=5), seed=st.integers(0, 2**32 - 1))
def test_every_combination_comes_once_and_in_order(counts, seed):
    generator = stream(seed)
    losses = sorted(([0.0, *sorted(generator.random(count - 1))] for count in counts), key=lambda row: row[1])
    found = list(cheapest_ranks(losses))
    every = product(*(range(len(row)) for row in losses))
    assert len(found) == len(set(found))
    assert set(found) == {tuple((index, rank) for index, rank in enumerate(ranks) if rank) for ranks in every}
    totals = [sum(losses[index][rank] for index, rank in ranks) for ranks in found]
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(totals))


def test_a_path_counts_the_scores_of_all_its_options():
    scores = random_scores(TOY.decisions)
    paths = list(product(range(2), range(5), range(3)))
    assert total_scores(scores, paths).tolist() == pytest.approx([total(scores, path) for path in paths])


def test_free_decisions_take_their_best():
    scores = random_scores(TOY.decisions)
    assert best_choices(TOY, scores, stream()) == [int(row.argmax()) for row in scores]


def test_nas_bench_101_at_most_nine_edges_of_twenty_one_wanted():
    """All edges wanted: an architecture comes of it, and no exchange of one option improves on it."""
    space = get_space("nb101")
    scores = [row + torch.arange(len(row)) / 2 for row in random_scores(space.decisions)]
    found = best_choices(space, scores, stream())
    assert space.allows(found)
    assert [int(row.argmax()) for row in scores[21:]] == found[21:]
    for place, options in enumerate(space.decisions):
        for option in range(len(options.options)):
            other = [*found[:place], option, *found[place + 1 :]]
            assert not space.allows(other) or total(scores, other) <= total(scores, found)


def test_the_best_of_random_architectures_where_the_order_is_too_long(monkeypatch):
    monkeypatch.setattr(discretization, "MOST_COMBINATIONS", 0)
    scores, generator = random_scores(CONSTRAINED.decisions), stream(3)
    assert tuple(best_choices(CONSTRAINED, scores, generator)) == best_of_all(CONSTRAINED, scores)
    assert generator.random() == stream(3).random(), "asking does not move the stream"


@pytest.mark.slow
def test_a_space_that_knows_its_best_is_asked():
    """DARTS's has 10^18 architectures, and of the combinations in order of their loss none soon is one."""
    space, other = get_space("darts"), get_space("nb101")
    for seed in range(5):
        scores = random_scores(space.decisions, seed)
        found = best_choices(space, scores, stream())
        assert space.from_choices(found) == space.best([vector.numpy() for vector in scores])
        assert total(scores, found) > max(total(scores, space.random_choices(stream(one))) for one in range(100))
    scores[0][:] = -torch.inf
    assert space.allows(best_choices(space, scores, stream()))
    assert other.allows(best_choices(other, random_scores(other.decisions), stream()))
