"""The label-matched ridge against its closed form, and its features against a count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, rankdata
from toy import DECISIONS

from nasrank.predictors import Context, Estimator, Labels
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.labelled.label_matched import PENALTY, LabelMatchedRidge
from nasrank.spaces import get_space
from nasrank.spaces.decisions import Decision
from nasrank.spaces.nb201.cell import OPERATIONS

SPACE = get_space("nb201")


class Toy:
    """As much of a space as the features need; its architectures are their choices."""

    decisions = DECISIONS

    @staticmethod
    def to_choices(architecture):
        return architecture

    @staticmethod
    def active(_architecture):
        return (True, True, True)


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def ridge(architectures, accuracies, known=()):
    return LabelMatchedRidge().prepared(Context(SPACE, labels=Labels(architectures, accuracies), known=known))


def closed_form(features, targets, wanted):
    """Ridge with an intercept that is not penalised: centre, solve (X'X + penalty) w = X'y, add the means."""
    mean, target_mean = features.mean(0), targets.mean()
    centred = features - mean
    gram = centred.T @ centred + PENALTY * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (targets - target_mean))
    return (wanted - mean) @ weights + target_mean


@pytest.mark.slow
@given(labels=st.integers(2, 40), seed=st.integers(0, 1000))
def test_it_is_the_ridge_regression_of_the_ranks_of_the_labels(labels, seed):
    known, wanted = cells(labels, seed), cells(25, seed + 1)
    accuracies = np.random.default_rng(seed).uniform(10, 95, labels)
    found = ridge(known, accuracies).score(wanted)
    expected = closed_form(encode(SPACE, known), rankdata(accuracies), encode(SPACE, wanted))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_stacked_it_has_the_other_scores_for_one_more_feature():
    known, wanted = cells(20), cells(25, 1)
    accuracies = np.random.default_rng(0).uniform(10, 95, 20)

    class Other(Estimator):
        name, label = "other", "another estimator"

        def score(self, architectures):
            return np.array([float(sum(cell.operations)) for cell in architectures])

    features = [np.column_stack([encode(SPACE, some), Other().score(some)]) for some in (known, wanted)]
    stacked = ridge(known, accuracies, [Other()])
    expected = closed_form(features[0], rankdata(accuracies), features[1])
    np.testing.assert_allclose(stacked.score(wanted), expected, rtol=1e-8)


def test_only_the_order_of_the_labels_counts():
    known, wanted = cells(20), cells(50, 1)
    accuracies = np.random.default_rng(0).uniform(10, 95, 20)
    one = ridge(known, accuracies).score(wanted)
    for same_order in (accuracies / 100, np.exp(accuracies), accuracies - 50):
        np.testing.assert_allclose(ridge(known, same_order).score(wanted), one)


def test_features_are_counts_and_one_hot_choices():
    for cell, row in zip(cells(30), encode(SPACE, cells(30)), strict=True):
        names = [OPERATIONS[operation] for operation in cell.operations]
        assert row[:5].tolist() == [names.count(name) for name in sorted(OPERATIONS)]
        one_hot = row[5:].reshape(6, 5)
        assert one_hot.argmax(1).tolist() == list(cell.operations)
        assert one_hot.sum(1).tolist() == [1] * 6


def test_options_of_the_same_name_count_together_across_decisions():
    """On the toy space every decision has an "a" and a "b", only one has a "d"."""
    rows = encode(Toy, [(0, 0, 0), (1, 3, 2)])
    np.testing.assert_array_equal(rows[:, :5], [[3, 0, 0, 0, 0], [0, 1, 1, 1, 0]])
    np.testing.assert_array_equal(rows[:, 5:], [[1, 0, 1, 0, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1, 0, 0, 0, 1]])


def test_what_an_architecture_does_not_depend_on_is_no_feature_of_it():
    class FirstAlone(Toy):
        @staticmethod
        def active(architecture):
            return (True, architecture[0] == 1, True)

    rows = encode(FirstAlone, [(0, 3, 0), (1, 3, 2)])
    np.testing.assert_array_equal(rows[:, :5], [[2, 0, 0, 0, 0], [0, 1, 1, 1, 0]])
    np.testing.assert_array_equal(rows[:, 5:], [[1, 0, 0, 0, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1, 0, 0, 0, 1]])


def test_numbers_count_together_with_their_like_and_say_how_large_they_are():
    class Numbers:
        decisions = (
            Decision.numbers("ratio", (1, 2, 5)),
            Decision.integers("kernel", 1, 2),
            Decision.numbers("other ratio", (1, 2, 5)),
            Decision("size", ("1", "2", "4"), ordered=True),
        )

        @staticmethod
        def to_choices(architecture):
            return architecture

        @staticmethod
        def active(architecture):
            return (True, True, architecture[0] > 0, True)

    rows = encode(Numbers, [(1, 1, 2, 1), (0, 0, 1, 2)])
    kinds = ["1", "1 of 1, 2", "1 of 1, 2, 5", "2", "2 of 1, 2", "2 of 1, 2, 5", "4", "5 of 1, 2, 5"]
    counts = {"2": 1, "2 of 1, 2": 1, "2 of 1, 2, 5": 1, "5 of 1, 2, 5": 1}, {"4": 1, "1 of 1, 2": 1, "1 of 1, 2, 5": 1}
    np.testing.assert_array_equal(rows[:, :8], [[count.get(kind, 0) for kind in kinds] for count in counts])
    np.testing.assert_array_equal(rows[:, 8:-4], [[0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]])
    np.testing.assert_array_equal(rows[:, -4:], [[0.25, 1, 1, 0.5], [0, 0, 0, 1]])


def test_it_learns_a_truth_that_is_linear_in_its_features():
    known, wanted = cells(60), cells(300, 1)
    worth = np.random.default_rng(5).normal(size=(6, 5))

    def truth(architectures):
        return np.array([worth[range(6), list(cell.operations)].sum() for cell in architectures])

    few = ridge(known[:10], truth(known[:10])).score(wanted)
    many = ridge(known, truth(known)).score(wanted)
    assert kendalltau(many, truth(wanted)).statistic > 0.6
    assert kendalltau(many, truth(wanted)).statistic > kendalltau(few, truth(wanted)).statistic
