"""Choosing by held-out labels: what is compared, on what, and that it is right where the answer is known."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels
from nasrank.predictors.known_scores import KnownScores
from nasrank.predictors.labelled import best_on_labels
from nasrank.predictors.labelled.best_on_labels import DEFAULT, BestOnLabels, candidates, cross_validated
from nasrank.predictors.labelled.xgboost_trees import BoostedTrees
from nasrank.spaces import get_space

SPACE = get_space("nb201")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch):
    monkeypatch.setattr(best_on_labels, "MOST_REPEATS", 1)


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def few(names, monkeypatch):
    monkeypatch.setattr(best_on_labels, "candidates", lambda *, stacked: {one: ESTIMATORS[one] for one in names})


def context(labels, seed=0, known=()):
    architectures = cells(labels, seed)
    accuracies = np.array([float(sum(one.operations)) for one in architectures])
    return Context(SPACE, labels=Labels(architectures, accuracies + np.arange(labels) * 1e-6), known=known)


def test_candidates_are_the_regressions_on_graphs_and_the_linear_mean_where_something_is_known():
    alone, stacked = candidates(stacked=False), candidates(stacked=True)
    assert {"graph_ridge", "wiring_ridge", "wiring_gaussian_process", "process_and_trees"} <= alone.keys()
    assert stacked.keys() - alone.keys() == {"proxy_mean_gaussian_process"}
    assert not {"label_matched", "xgboost", "best_on_labels"} & stacked.keys()


def test_each_is_measured_by_pairs_within_folds():
    class Recalling(Estimator):
        name, label, needs = (
            "recalling",
            "the mean of the labels, and the number of convolutions",
            frozenset({"labels"}),
        )

        def prepare(self, context):
            super().prepare(context)
            self.mean = context.labels.accuracies.mean()

        def score(self, architectures):
            return np.array([1e3 * self.mean + sum(op in (2, 3) for op in one.operations) for one in architectures])

    given = context(12)
    folds = [np.array([0, 3, 5, 7]), np.array([1, 2, 4]), np.array([6, 8, 9, 10, 11])]
    told, agreed, pairs = given.labels, 0, 0
    for fold in folds:
        for one, other in combinations(fold.tolist(), 2):
            counts = [sum(op in (2, 3) for op in told.architectures[place].operations) for place in (one, other)]
            agreed += np.sign(counts[0] - counts[1]) * np.sign(told.accuracies[one] - told.accuracies[other])
            pairs += 1
    assert cross_validated(Recalling, given, folds) == pytest.approx(agreed / pairs)


def test_it_takes_the_one_with_the_highest_tau_and_scores_as_that_one(monkeypatch):
    few(["graph_ridge", "wiring_gaussian_process"], monkeypatch)
    given = context(40)
    best = BestOnLabels().prepared(given)
    assert best.taus.keys() == {"graph_ridge", "wiring_gaussian_process"}
    assert best.taus[best.chosen] == max(best.taus.values())
    expected = ESTIMATORS[best.chosen]().prepared(given).score(cells(20, 1))
    np.testing.assert_allclose(best.score(cells(20, 1)), expected, rtol=1e-9)


def test_the_order_of_the_labels_decides_nothing(monkeypatch):
    few(["graph_ridge", "wiring_gaussian_process"], monkeypatch)
    given = context(30)
    order = np.random.default_rng(1).permutation(30)
    turned = Labels([given.labels.architectures[place] for place in order], given.labels.accuracies[order])
    one, other = (BestOnLabels().prepared(Context(SPACE, labels=labels)) for labels in (given.labels, turned))
    assert (one.chosen, one.taus) == (other.chosen, other.taus)
    np.testing.assert_array_equal(one.score(cells(20, 1)), other.score(cells(20, 1)))


def test_with_few_or_equal_labels_nothing_is_compared():
    for given in (context(5), Context(SPACE, labels=Labels(cells(20), np.ones(20)))):
        best = BestOnLabels().prepared(given)
        assert (best.chosen, best.taus) == (DEFAULT, {})


def test_where_the_known_score_is_the_truth_it_is_used(monkeypatch):
    few(["graph_ridge", "proxy_mean_gaussian_process"], monkeypatch)
    architectures, noise = cells(240), np.random.default_rng(7).normal(size=240)
    known = KnownScores(architectures, noise)
    given = Context(SPACE, labels=Labels(architectures[:40], noise[:40]), known=(known,))
    best = BestOnLabels().prepared(given)
    assert best.chosen == "proxy_mean_gaussian_process"
    assert best.name == "best_on_labels+known_scores"
    assert np.corrcoef(best.score(architectures[40:]), noise[40:])[0, 1] > 0.9


def test_without_xgboost_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "xgboost", None)
    with pytest.raises(ValueError, match=r"pip install 'nasrank\[xgboost\]'"):
        BoostedTrees().prepared(context(10))
