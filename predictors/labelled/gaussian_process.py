"""A Gaussian process on the same labels: architectures that choose alike are expected to do alike [Rasmussen2006].

The length scale and the noise are those of a small grid under which the labels are most likely. A grid needs no start,
cannot fail to converge and keeps five labels from being explained by a length scale that no more labels would confirm.

References:
    [Rasmussen2006] Rasmussen & Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, chapters 2 and 5.
"""

from __future__ import annotations

from itertools import product

from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.label_matched import LabelMatched
from nasrank.predictors.labelled.regression import Fitted

LENGTHS = (4.0, 8.0, 16.0)
"""Two cells of NAS-Bench-201 drawn at random are about 4 apart. A shorter scale changed nothing with 50 labels or more;
with 5 it was at times the likeliest, and cost a tenth of Kendall's tau."""

NOISES = (0.1, 0.3, 1.0)
"""Variances, in units of that of the process."""


@ESTIMATORS.register
class LabelMatchedGaussianProcess(LabelMatched):
    """With a squared exponential kernel and noise; the score is the posterior mean."""

    name = "gaussian_process"
    label = "Gaussian process on the same labels"

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        candidates = [
            GaussianProcessRegressor(RBF(length) + WhiteKernel(noise), optimizer=None, normalize_y=True)
            for length, noise in product(LENGTHS, NOISES)
        ]
        fitted: list[Fitted] = [candidate.fit(features, targets) for candidate in candidates]
        likelihoods = [candidate.log_marginal_likelihood_value_ for candidate in candidates]
        return fitted[likelihoods.index(max(likelihoods))]
