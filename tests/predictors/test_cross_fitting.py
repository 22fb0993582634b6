"""Cross-fitting against its definition: who is fitted to what, and that no label calibrates what has seen it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, rankdata
from sklearn.linear_model import LinearRegression, Ridge

from nasrank.predictors.cross_fitting import cross_fitted, scaled_ranks
from nasrank.predictors.labelled.gaussian_process import LabelMatchedGaussianProcess

NAN = float("nan")


class Watched:
    """A regression that remembers what it was fitted to, and predicts the last feature."""

    def __init__(self):
        self.fits = []

    def __call__(self, features, targets):
        self.fits.append((features, targets))
        return self

    def predict(self, features):
        return features[:, -1]


def example(n=12, nets=2, labelled=8, seed=0):
    random = np.random.default_rng(seed)
    features, scores = random.normal(size=(n, 3)), random.normal(size=(nets, n))
    labels = np.where(np.arange(n) < labelled, random.normal(size=n), NAN)
    told = np.array([(np.arange(n) % nets == net) & (np.arange(n) < labelled - 2) for net in range(nets)])
    return features, scores, labels, told


def test_every_regression_is_fitted_to_the_labels_that_its_super_net_was_not_told():
    features, scores, labels, told = example()
    watched = Watched()
    found = cross_fitted(watched, features, scores, labels, told)
    assert len(watched.fits) == 2
    for net, (rows, targets) in enumerate(watched.fits):
        honest = [place for place in range(12) if place < 8 and not told[net, place]]
        assert len(honest) == 5, "three of six that guide are the other's, and two guide nobody"
        np.testing.assert_array_equal(rows[:, :3], features[honest])
        np.testing.assert_allclose(rows[:, 3], scaled_ranks(scores[net])[honest])
        np.testing.assert_array_equal(targets, rankdata(labels[honest]))
    np.testing.assert_allclose(found, (scaled_ranks(scores[0]) + scaled_ranks(scores[1])) / 2)


def test_a_score_of_what_was_told_does_not_matter_as_long_as_its_rank_is_kept():
    """Of the ranks alone, which of the labelled are scored how among those told changes no fit of that super-net."""
    features, scores, labels, told = example(n=30, labelled=20)
    watched, other = Watched(), Watched()
    cross_fitted(watched, features, scores, labels, told)
    places = np.flatnonzero(told[0])
    swapped = scores.copy()
    swapped[0, places] = scores[0, places[::-1]]
    cross_fitted(other, features, swapped, labels, told)
    for (rows, targets), (same, same_targets) in zip(watched.fits, other.fits, strict=True):
        np.testing.assert_array_equal(rows, same)
        np.testing.assert_array_equal(targets, same_targets)


def test_one_super_net_that_was_told_nothing_is_plain_stacking():
    features, scores, labels, _ = example(n=40, nets=1, labelled=20)
    found = cross_fitted(lambda x, y: Ridge().fit(x, y), features, scores, labels, np.zeros((1, 40), dtype=bool))
    stacked = np.column_stack([features, scaled_ranks(scores[0])])
    expected = Ridge().fit(stacked[:20], rankdata(labels[:20])).predict(stacked)
    np.testing.assert_allclose(found, scaled_ranks(expected))


def test_super_nets_that_know_their_landmarks_by_heart_are_not_believed():
    """Their scores are noise, but of what they were told; stacked on blindly, a regression takes them for the truth."""
    random = np.random.default_rng(3)
    features = random.normal(size=(400, 4))
    truth = features @ [1.0, -0.5, 0.3, 0.0] + 0.5 * random.normal(size=400)
    labels = np.where(np.arange(400) < 40, truth, NAN)
    told = np.array([np.arange(400) < 20, (np.arange(400) >= 20) & (np.arange(400) < 40)])
    scores = np.where(told, truth, random.normal(size=(2, 400)))
    everyone = np.nanmax(np.where(told, scores, NAN)[:, :40], axis=0)
    found = cross_fitted(lambda x, y: LinearRegression().fit(x, y), features, scores, labels, told)
    blind_scores = np.concatenate([everyone, scores[0, 40:]])
    blind = np.column_stack([features, scaled_ranks(blind_scores)])
    blindly = LinearRegression().fit(blind[:40], rankdata(labels[:40])).predict(blind)
    honest, trusting = (kendalltau(one[40:], truth[40:]).statistic for one in (found, blindly))
    assert honest > 0.4
    assert honest > trusting + 0.2


def test_it_takes_the_fit_of_a_registered_regression():
    features, scores, labels, told = example(n=30, labelled=16)
    fit = LabelMatchedGaussianProcess().fit
    one, again = (cross_fitted(fit, features, scores, labels, told) for _ in range(2))
    assert one.shape == (30,)
    np.testing.assert_array_equal(one, again)
    order = np.random.default_rng(1).permutation(30)
    moved = cross_fitted(fit, features[order], scores[:, order], labels[order], told[:, order])
    np.testing.assert_allclose(moved, one[order], atol=1e-8)


def test_higher_scores_of_a_super_net_may_be_in_any_unit():
    features, scores, labels, told = example()
    fit = Ridge().fit
    np.testing.assert_allclose(
        cross_fitted(fit, features, np.exp(3 * scores), labels, told), cross_fitted(fit, features, scores, labels, told)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.zeros(5)}, r"do not fit each other"),
        ({"scores": np.zeros((2, 5))}, r"do not fit each other"),
        ({"features": np.zeros(12)}, r"do not fit each other"),
        ({"told": np.zeros((3, 12), dtype=bool)}, r"told is of shape \(3, 12\): give one row for each super-net"),
        ({"scores": np.full((2, 12), NAN)}, "must be finite"),
        ({"features": np.full((12, 3), np.inf)}, "must be finite"),
        ({"told": np.ones((2, 12), dtype=bool)}, "super-net 0 was told of an architecture that has no label"),
        ({"told": np.tile(np.arange(12) < 7, (2, 1))}, "super-net 0 was told all but 1 of the labels"),
    ],
)
def test_what_is_refused(change, message):
    features, scores, labels, told = example()
    content = {"features": features, "scores": scores, "labels": labels, "told": told} | change
    with pytest.raises(ValueError, match=message):
        cross_fitted(Ridge().fit, **content)
