"""The random forest: what it can learn and a line cannot, and what no mean of labels can exceed."""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from nasrank.predictors import Context, Labels
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.predictors.labelled.random_forest import LabelMatchedForest
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def test_scores_are_means_of_ranks():
    """Of 30 labels the ranks are 1 to 30, and the mean of all trees is near their middle."""
    accuracies = np.random.default_rng(0).uniform(10, 95, 30)
    forest = LabelMatchedForest().prepared(Context(SPACE, labels=Labels(cells(30), accuracies)))
    scores = forest.score(cells(500, 1))
    assert scores.min() >= 1
    assert scores.max() <= 30
    assert abs(scores.mean() - 15.5) < 4


def test_it_learns_a_threshold_better_than_a_line_does():
    """Good only if the last edge is one of the first two operations and the first edge one of the last three."""
    known, wanted = cells(200), cells(400, 1)

    def truth(architectures):
        operations = np.array([architecture.operations for architecture in architectures])
        return np.where((operations[:, 5] < 2) == (operations[:, 0] < 2), 1.0, 0.0)

    context = Context(SPACE, labels=Labels(known, truth(known)))
    trees, linear = (
        kendalltau(model().prepared(context).score(wanted), truth(wanted)).statistic
        for model in (LabelMatchedForest, LabelMatchedRidge)
    )
    assert trees > linear + 0.2
