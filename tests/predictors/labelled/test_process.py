"""The process against plain linear algebra, over every setting of its grid; its mean; and what it learns."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import kendalltau, multivariate_t

from nasrank.predictors.labelled import process
from nasrank.predictors.labelled.process import KNOWN_WEIGHTS, LENGTHS, NOISES, PRIOR, fit_process


def kernel(rows, others, length):
    squares = ((rows[:, None] - others[None]) ** 2).sum(-1)
    return 1 / (1 + squares / (2 * length**2))


def problem(labels, features=6, seed=0):
    generator = np.random.default_rng(seed)
    rows, others = generator.normal(size=(labels, features)) * 2, generator.normal(size=(25, features)) * 2
    targets = np.sin(rows[:, 0]) + rows[:, 1] + 0.3 * generator.normal(size=labels)
    return rows, targets, others


def likelihood(covariance, targets):
    """Targets whose variance has an inverse gamma distribution worth `PRIOR` of them follow Student's distribution."""
    return multivariate_t(shape=covariance, df=PRIOR).logpdf(targets)


@pytest.mark.parametrize("labels", [2, 5, 30, 60])
def test_it_is_the_posterior_mean_under_the_likeliest_length_and_noise(labels):
    rows, targets, others = problem(labels)
    standard = (targets - targets.mean()) / targets.std()

    def covariance(setting):
        return kernel(rows, rows, setting[0]) + setting[1] * np.eye(labels)

    length, noise = max(product(LENGTHS, NOISES), key=lambda one: likelihood(covariance(one), standard))
    weights = np.linalg.solve(covariance((length, noise)), standard)
    expected = kernel(others, rows, length) @ weights * targets.std() + targets.mean()
    np.testing.assert_allclose(fit_process(rows, targets).predict(others), expected, rtol=1e-7, atol=1e-9)


def test_a_linear_mean_is_a_linear_kernel_of_the_known_scores():
    rows, targets, others = problem(40)

    def covariance(setting):
        known = rows[:, -2:] @ rows[:, -2:].T
        return kernel(rows[:, :-2], rows[:, :-2], setting[0]) + known + setting[1] * np.eye(40)

    standard = (targets - targets.mean()) / targets.std()
    length, noise = max(product(LENGTHS, NOISES), key=lambda one: likelihood(covariance(one), standard))
    weights = np.linalg.solve(covariance((length, noise)), standard)
    joint = kernel(others[:, :-2], rows[:, :-2], length) + others[:, -2:] @ rows[:, -2:].T
    expected = joint @ weights * targets.std() + targets.mean()
    found = fit_process(rows, targets, known=2, linear=True).predict(others)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_known_scores_that_tell_count_for_more():
    rows, _, _ = problem(80)
    for exponent, expected in ((3.0, max(KNOWN_WEIGHTS)), (0.0, min(KNOWN_WEIGHTS))):
        targets = exponent * np.sin(3 * rows[:, -1] / 2) + rows[:, 0] * (exponent == 0)
        fitted = fit_process(rows, targets, known=1)
        assert fitted.scales[-1] / fitted.scales[0] == pytest.approx(expected)


def test_equal_targets_are_predicted_everywhere():
    rows, _, others = problem(10)
    np.testing.assert_array_equal(fit_process(rows, np.full(10, 3.0)).predict(others), np.full(25, 3.0))


def test_chunks_make_no_difference(monkeypatch):
    rows, targets, others = problem(30)
    fitted = fit_process(rows, targets)
    whole = fitted.predict(others)
    monkeypatch.setattr(process, "CHUNK", 4)
    np.testing.assert_allclose(fitted.predict(others), whole, rtol=1e-12)


def test_it_follows_what_bends():
    rows, _, others = problem(200)
    fitted = fit_process(rows, -np.abs(rows[:, 0]))
    assert kendalltau(fitted.predict(others), -np.abs(others[:, 0])).statistic > 0.6
