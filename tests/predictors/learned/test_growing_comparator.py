"""A comparator that labels pairs itself: it keeps the surest, as many as said, and learns from them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from nasrank.predictors import ESTIMATORS, Context, Labels
from nasrank.predictors.learned.comparator import Comparator
from nasrank.predictors.learned.graph_batch import PADDING, Graphs
from nasrank.predictors.learned.growing_comparator import GrowingComparator
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def convolutions(cells):
    """What a cell is worth here: how many of its edges convolve."""
    return np.array([str(cell).count("conv") for cell in cells], dtype=float)


def drawn(seed, count):
    return SPACE.sample(np.random.default_rng(seed), count)


def fitted(kind=GrowingComparator, seed=0):
    cells = drawn(0, 40)
    labels = Labels(cells, convolutions(cells))
    return kind().prepared(Context(SPACE, generator=np.random.default_rng(seed), labels=labels))


@pytest.mark.usefixtures("_hasty")
def test_a_tournament_is_every_comparison_at_once():
    comparator, cells = fitted(Comparator), drawn(1, 7)
    wins = comparator.tournament(cells)
    assert wins.shape == (7, 7)
    np.testing.assert_allclose(np.diag(wins), 0.5)
    np.testing.assert_allclose(wins + wins.T, 1)
    np.testing.assert_allclose(wins[3], comparator.wins([cells[3]] * 7, cells))
    assert comparator.tournament([]).shape == (0, 0)


@pytest.mark.usefixtures("_hasty")
def test_it_starts_as_its_parent_and_is_not_registered():
    cells = drawn(1, 30)
    np.testing.assert_array_equal(fitted().score(cells), fitted(Comparator).score(cells))
    assert ESTIMATORS["comparator"] is Comparator


@pytest.mark.usefixtures("_hasty")
def test_as_many_pairs_are_kept_as_said_and_the_surest_of_all():
    comparator, first, second = fitted(), drawn(1, 20), drawn(2, 20)
    wins = comparator.wins(first, second)
    surest = sorted(range(20), key=lambda at: -abs(wins[at] - 0.5))[:6]
    comparator.add_pairs(first, second, keep=6)
    assert comparator.pairs == 6
    expected = [(first[at], second[at]) if wins[at] > 0.5 else (second[at], first[at]) for at in surest]
    graphs = Graphs(SPACE, drawn(0, 40))
    for kept, cells in zip((comparator._better, comparator._worse), zip(*expected, strict=True), strict=True):
        torch.testing.assert_close(kept.words, graphs.batch(cells)._padded(kept.words.shape[1]).words)
    comparator.add_pairs(second, first, keep=50)
    assert comparator.pairs == 6 + 20, "no more than there are"


@pytest.mark.slow
def test_it_learns_further_from_labels_and_from_what_it_takes_for_true():
    comparator, cells = fitted(), drawn(1, 200)
    before = kendalltau(comparator.score(cells), convolutions(cells)).statistic
    comparator.add_pairs(cells[:100], cells[100:], keep=50)
    wins = comparator.wins(cells[:100], cells[100:])
    surest = np.argsort(-np.abs(wins - 0.5), kind="stable")[:50]
    comparator.learn_further(20)
    after = comparator.wins(cells[:100], cells[100:])
    assert np.mean(np.abs(after - 0.5)[surest]) > np.mean(np.abs(wins - 0.5)[surest]), "it is surer of what it has kept"
    assert ((after > 0.5) == (wins > 0.5))[surest].all()
    assert kendalltau(comparator.score(cells), convolutions(cells)).statistic > before - 0.05


@pytest.mark.usefixtures("_hasty")
def test_the_loss_of_pairs_is_the_mean_cross_entropy_of_both_orders():
    comparator, cells = fitted(), drawn(1, 12)
    comparator.add_pairs(cells[:6], cells[6:], keep=6)
    with torch.no_grad():
        comparator._network.float()
        found = comparator._loss_of_pairs(comparator._better, comparator._worse)
        outputs = comparator._network(comparator._better), comparator._network(comparator._worse)
    ahead = (outputs[0][..., 0] + outputs[1][..., 1]).sigmoid()
    behind = (outputs[1][..., 0] + outputs[0][..., 1]).sigmoid()
    expected = -(ahead.log() + (1 - behind).log()).mean(1).sum() / 2
    torch.testing.assert_close(found, expected)


@pytest.mark.slow
@pytest.mark.usefixtures("_hasty")
def test_the_seed_decides_and_scores_are_in_double_precision():
    def scored(seed):
        comparator, cells = fitted(seed=seed), drawn(1, 30)
        comparator.add_pairs(cells[:15], cells[15:], keep=10)
        comparator.learn_further(3)
        return comparator.score(cells)

    states = torch.get_rng_state()
    first, same, other = scored(0), scored(0), scored(1)
    assert torch.equal(torch.get_rng_state(), states)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    comparator = fitted()
    comparator.learn_further(1)
    assert comparator.outputs(drawn(1, 3)).dtype == torch.float64
    assert comparator._opponents.dtype == torch.float64


def test_graphs_of_other_sizes_follow_each_other():
    cells = drawn(0, 12)
    graphs = Graphs(SPACE, cells)
    alone = [graphs.batch([cell]) for cell in cells]
    assert len({one.words.shape[1] for one in alone}) > 1
    joined = graphs.batch([])
    for one in alone:
        joined = joined.followed_by(one)
    whole = graphs.batch(cells)
    torch.testing.assert_close(joined.words, whole.words)
    torch.testing.assert_close(joined.adjacency, whole.adjacency)
    assert (joined.words == PADDING).any()
