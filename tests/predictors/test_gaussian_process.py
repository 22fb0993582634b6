"""The Gaussian process against its closed form, worked out with plain linear algebra."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import kendalltau, multivariate_normal, rankdata

from nasrank.predictors import Context, Labels
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.labelled.gaussian_process import LENGTHS, NOISES, LabelMatchedGaussianProcess
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
from nasrank.spaces import get_space

SPACE = get_space("nb201")


def cells(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


def kernel(first, second, length):
    squares = ((first[:, None] - second[None]) ** 2).sum(-1)
    return np.exp(-squares / (2 * length**2))


def closed_form(features, targets, wanted):
    """Posterior mean under the likeliest length and noise."""
    standard = (targets - targets.mean()) / targets.std()

    def likelihood(pair):
        length, noise = pair
        covariance = kernel(features, features, length) + noise * np.eye(len(features))
        return multivariate_normal(cov=covariance).logpdf(standard)

    length, noise = max(product(LENGTHS, NOISES), key=likelihood)
    covariance = kernel(features, features, length) + noise * np.eye(len(features))
    mean = kernel(wanted, features, length) @ np.linalg.solve(covariance, standard)
    return mean * targets.std() + targets.mean()


@pytest.mark.parametrize("labels", [2, 5, 30, 80])
def test_it_is_the_posterior_mean_of_the_ranks_of_the_labels(labels):
    known, wanted = cells(labels, labels), cells(25, 1)
    accuracies = np.random.default_rng(labels).uniform(10, 95, labels)
    context = Context(SPACE, labels=Labels(known, accuracies))
    found = LabelMatchedGaussianProcess().prepared(context).score(wanted)
    expected = closed_form(encode(SPACE, known), rankdata(accuracies), encode(SPACE, wanted))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_it_learns_what_no_linear_model_can():
    """That half of the edges should be convolutions, no more and no fewer."""
    known, wanted = cells(200), cells(400, 1)

    def truth(architectures):
        operations = np.array([architecture.operations for architecture in architectures])
        return -np.abs(np.isin(operations, (2, 3)).sum(axis=1) - 3.0)

    context = Context(SPACE, labels=Labels(known, truth(known)))
    curved, linear = (
        kendalltau(model().prepared(context).score(wanted), truth(wanted)).statistic
        for model in (LabelMatchedGaussianProcess, LabelMatchedRidge)
    )
    assert curved > linear + 0.2
