"""What networks that read graphs learn from labels, each of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.predictors import ESTIMATORS, Context, Labels
from nasrank.predictors.learned.comparator import Comparator
from nasrank.predictors.learned.network_predictor import NetworkPredictor
from nasrank.spaces import get_space
from nasrank.testing.trellis import Trellis

NB201, NB101 = get_space("nb201"), get_space("nb101")
KINDS = {name: kind for name, kind in ESTIMATORS.items() if issubclass(kind, NetworkPredictor)}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def fitted(kind, space, cells, truth, seed=0):
    return kind().prepared(Context(space, generator=np.random.default_rng(seed), labels=Labels(cells, truth)))


def heavy_nodes(cells):
    """Of a cell of NAS-Bench-101: 3 for each 3x3 convolution and 1 for each 1x1."""
    return np.array([sum((3, 1, 0)[operation] for operation in cell.operations) for cell in cells], dtype=float)


def test_there_are_some():
    assert {"neural_predictor", "comparator", "transformer"} <= KINDS.keys()


@pytest.mark.slow
@EVERY_KIND
def test_it_learns_to_count_nodes(kind):
    known, unseen = (NB101.sample(np.random.default_rng(seed), 60 * (1 + seed)) for seed in (0, 1))
    scores = fitted(kind, NB101, known, np.exp(heavy_nodes(known))).score(unseen)
    assert kendalltau(scores, heavy_nodes(unseen)).statistic > 0.8


@EVERY_KIND
@pytest.mark.usefixtures("_hasty")
def test_what_cannot_matter_changes_nothing(kind):
    """An operation whose output nothing reads."""
    cells = NB201.sample(np.random.default_rng(0), 20)
    rest = "none~1|+|nor_conv_3x3~0|none~1|none~2|"
    alike = [
        f"|{first}~0|+|{second}~0|{rest}" for first, second in (("none", "none"), ("avg_pool_3x3", "nor_conv_1x1"))
    ]
    first, second = fitted(kind, NB201, cells, np.arange(20.0)).score(alike)
    assert first == second


@EVERY_KIND
@pytest.mark.usefixtures("_hasty")
def test_the_order_of_vertices_changes_nothing(kind):
    cells = NB101.sample(np.random.default_rng(0), 20)
    estimator = fitted(kind, NB101, cells, np.arange(20.0))
    first, second = estimator.score(["conv3x3(0)+maxpool3x3(0)+output(1,2)", "maxpool3x3(0)+conv3x3(0)+output(1,2)"])
    assert first == pytest.approx(second, abs=1e-12)


@EVERY_KIND
@pytest.mark.usefixtures("_hasty")
def test_the_seed_decides_everything(kind):
    cells, other = NB201.sample(np.random.default_rng(0), 20), NB201.sample(np.random.default_rng(1), 20)
    first, same, another = (fitted(kind, NB201, cells, np.arange(20.0), seed).score(other) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, another)


@EVERY_KIND
@pytest.mark.usefixtures("_hasty")
def test_graphs_of_other_sizes_and_operations_are_scored(kind):
    """In a space whose few labels do not show all operations."""
    space = Trellis()
    known, others = (space.sample(np.random.default_rng(seed), 8) for seed in (0, 1))
    assert np.isfinite(fitted(kind, space, known, np.arange(8.0)).score(others)).all()


# --- the comparator ---


@pytest.fixture(scope="module")
def comparator():
    cells = NB101.sample(np.random.default_rng(0), 60)
    return fitted(Comparator, NB101, cells, heavy_nodes(cells))


@pytest.mark.slow
def test_either_order_of_a_pair_says_the_same(comparator):
    first, second = (NB101.sample(np.random.default_rng(seed), 50) for seed in (1, 2))
    wins = comparator.wins(first, second)
    assert wins.shape == (50,)
    assert ((wins > 0) & (wins < 1)).all()
    np.testing.assert_allclose(wins + comparator.wins(second, first), 1, rtol=1e-12)
    np.testing.assert_allclose(comparator.wins(first, first), 0.5, rtol=1e-12)


@pytest.mark.slow
def test_the_better_one_is_likely_to_win(comparator):
    first, second = (NB101.sample(np.random.default_rng(seed), 200) for seed in (1, 2))
    ahead = heavy_nodes(first) - heavy_nodes(second)
    wins = comparator.wins(first, second)
    assert ((wins > 0.5) == (ahead > 0))[np.abs(ahead) >= 3].mean() > 0.9
    assert abs(wins[ahead == 0].mean() - 0.5) < 0.15


def test_a_score_is_the_share_of_the_labelled_that_lose(comparator):
    labelled = NB101.sample(np.random.default_rng(0), 60)
    for cell, score in zip(labelled[:3], comparator.score(labelled[:3]), strict=True):
        assert score == pytest.approx(comparator.wins([cell] * 60, labelled).mean(), rel=1e-12)


def test_pairs_are_asked_one_to_one(comparator):
    cells = NB101.sample(np.random.default_rng(0), 3)
    with pytest.raises(ValueError, match="3 architectures cannot be compared with 2"):
        comparator.wins(cells, cells[:2])
    assert comparator.wins([], []).shape == (0,)
    with pytest.raises(ValueError, match="has not been prepared"):
        Comparator().wins(cells, cells)
