"""Fuzzy C-means, against its definition written out and against what must hold at a minimum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from nasrank.predictors.transfer.clusters import fuzzy_c_means, memberships, objective


def blobs(seed=0, each=20):
    generator = np.random.default_rng(seed)
    return np.concatenate([generator.normal(centre, 0.3, size=(each, 2)) for centre in ([0, 0], [4, 0], [0, 5])])


def by_definition(points, centres, fuzziness):
    found = np.zeros((len(points), len(centres)))
    for i, point in enumerate(points):
        for j, centre in enumerate(centres):
            ratios = [np.linalg.norm(point - centre) / np.linalg.norm(point - other) for other in centres]
            found[i, j] = 1 / sum(ratio ** (2 / (fuzziness - 1)) for ratio in ratios)
    return found


@pytest.mark.parametrize("fuzziness", [1.3, 2.0, 3.0])
def test_memberships_are_those_of_the_definition(fuzziness):
    generator = np.random.default_rng(0)
    points, centres = generator.normal(size=(15, 4)), generator.normal(size=(3, 4))
    found = memberships(points, centres, fuzziness)
    np.testing.assert_allclose(found, by_definition(points, centres, fuzziness), rtol=1e-10)
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found > 0).all()


def test_no_other_memberships_are_better():
    """A numerical minimizer over all that are positive and sum to one finds the same."""
    generator = np.random.default_rng(1)
    points, centres = generator.normal(size=(4, 2)), generator.normal(size=(3, 2))

    def shares(free):
        weights = np.exp(free.reshape(4, 3))
        return weights / weights.sum(1, keepdims=True)

    best = minimize(lambda free: objective(points, centres, shares(free)), np.zeros(12), tol=1e-12)
    np.testing.assert_allclose(memberships(points, centres), shares(best.x), atol=1e-4)


def test_a_point_on_centres_belongs_to_these_alone():
    centres = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    np.testing.assert_array_equal(memberships(np.array([[0.0, 0.0], [1.0, 1.0]]), centres), [[0.5, 0.5, 0], [0, 0, 1]])


def test_centres_are_a_minimum():
    """Weighted means of all points, and no small step of theirs makes the sum smaller."""
    points = blobs()
    centres = fuzzy_c_means(points, 3, np.random.default_rng(0))
    weights = memberships(points, centres) ** 2
    means = [(weight[:, None] * points).sum(0) / weight.sum() for weight in weights.T]
    np.testing.assert_allclose(centres, means, atol=1e-5)
    least = objective(points, centres, memberships(points, centres))
    generator = np.random.default_rng(2)
    for _ in range(50):
        moved = centres + generator.normal(scale=0.05, size=centres.shape)
        assert objective(points, moved, memberships(points, moved)) > least


def test_blobs_are_found():
    points = blobs()
    centres = fuzzy_c_means(points, 3, np.random.default_rng(3))
    crisp = memberships(points, centres).argmax(1).reshape(3, 20)
    assert [len(set(blob)) for blob in crisp] == [1, 1, 1]
    assert len(set(crisp[:, 0])) == 3


def test_one_cluster_is_the_mean():
    points = blobs()
    np.testing.assert_allclose(fuzzy_c_means(points, 1, np.random.default_rng(0)), [points.mean(0)])


def test_the_generator_decides():
    first, same = (fuzzy_c_means(blobs(), 3, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, same)


@pytest.mark.parametrize(
    ("clusters", "fuzziness", "message"),
    [(0, 2.0, "0 clusters of 2 different points"), (3, 2.0, "3 clusters of 2"), (2, 1.0, "fuzziness is 1")],
)
def test_what_cannot_be_clustered_is_refused(clusters, fuzziness, message):
    points = np.array([[0.0], [1.0], [1.0]])
    with pytest.raises(ValueError, match=message):
        fuzzy_c_means(points, clusters, np.random.default_rng(0), fuzziness)
