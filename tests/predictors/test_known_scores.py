"""Known scores: ranks among all of them, in a unit that a regression can use."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from nasrank.predictors import Context
from nasrank.predictors.known_scores import KnownScores
from nasrank.spaces import get_space


def test_scores_are_standardized_ranks():
    known = KnownScores(["a", "b", "c", "d"], np.array([0.9, -1e9, 0.1, 0.1]))
    deviation = np.std([1, 2.5, 2.5, 4])
    np.testing.assert_allclose(known.score(["b", "a", "c"]), np.array([-1.5, 1.5, 0.0]) / deviation)


def test_all_known_together_have_mean_0_and_variance_1():
    scores = np.random.default_rng(0).exponential(size=50)
    found = KnownScores(range(50), scores).score(range(50))
    assert found.mean() == pytest.approx(0, abs=1e-12)
    assert found.std() == pytest.approx(1)
    np.testing.assert_array_equal(found.argsort(), scores.argsort())


def test_equal_scores_say_nothing():
    np.testing.assert_array_equal(KnownScores("abc", np.ones(3)).score("abc"), np.zeros(3))


def test_what_is_not_known_has_no_score():
    with pytest.raises(ValueError, match="of a super-net: 1 architectures have none, first z"):
        KnownScores("abc", np.arange(3.0), "x", "scores of a super-net").score("az")


@pytest.mark.parametrize("scores", [[1.0, 2.0], [1.0, 2.0, np.nan], [1.0, 2.0, np.inf]])
def test_scores_that_do_not_fit_are_refused(scores):
    with pytest.raises(
        ValueError, match=r"3 architectures need as many finite scores, not 2|1 of 3 scores are not finite"
    ):
        KnownScores("abc", np.array(scores))


def test_what_could_not_be_measured_is_worst_where_that_is_asked_for():
    scores = np.array([0.5, np.nan, -3.0, np.nan, 1e300])
    known = KnownScores("abcde", scores, nan_is_worst=True)
    np.testing.assert_array_equal(known.score("abcde"), KnownScores("abcde", [4, 0, 3, 0, 5]).score("abcde"))
    with pytest.raises(ValueError, match="2 of 5 scores are not finite"):
        KnownScores("abcde", scores)
    for wrong, words in (
        ([np.nan, np.nan], "none of 2 scores is a number"),
        ([np.inf, np.nan], "1 of 1 scores are not"),
    ):
        with pytest.raises(ValueError, match=words):
            KnownScores("ab", wrong, nan_is_worst=True)


def test_none_asked_for_is_none():
    scores = KnownScores("abc", np.arange(3.0)).score([])
    assert (scores.shape, scores.dtype) == ((0,), np.float64)


def test_it_is_an_estimator_that_needs_nothing_more():
    known = KnownScores("abc", np.arange(3.0))
    assert known.prepared(Context(get_space("nb201"))) is known
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(known)).score("cab"), known.score("cab"))
