"""A predictor that has learned from another space: zero-shot, or with a few labels of the space at hand.

Without labels, the score is the prediction of the pre-trained heads. With labels, a Gaussian process is fitted to the
ranks of these, on the embeddings and the zero-shot prediction; the weight of the latter, the length scale and the noise
are those under which the labels are most likely. GENNAPE [Mills2023] fits the network itself further; `heads` does
that with its heads, on the same embeddings.

Whoever ranks by it should say what it has learned from: `source` is in its label.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Literal, TypeAlias

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import Context, Estimator
from nasrank.predictors.transfer.pretrained import Pretrained
from nasrank.predictors.transfer.pretraining import normal_scores
from nasrank.predictors.transfer.sources import refuse_other_inputs
from nasrank.spaces.space import SearchSpace

FURTHER_UPDATES = 60
"""Of the heads, on the labels of the space at hand."""

LENGTHS, NOISES, WEIGHTS = (2.0, 4.0, 8.0, 16.0), (0.1, 0.3, 1.0), (0.0, 2.0, 5.0)
"""Of the Gaussian process; the weights are those of the zero-shot prediction among the numbers of an embedding."""

Predict: TypeAlias = Callable[[FloatArray], FloatArray]


class Transferable(Estimator):
    """Needs nothing but the space, and uses labels where there are some; known scores have no place in it.

    It is not in the registry, because it is made with something: what has been learned, and from where.

    Args:
        pretrained: what has been learned.
        further: what is fitted to labels.
    """

    name = "transferable"
    label = "transferred from another space"

    def __init__(self, pretrained: Pretrained, further: Literal["process", "heads"] = "process") -> None:
        self.pretrained, self._further = pretrained, further
        self.label = f"transferred from {pretrained.source}"
        self._predict: Predict = pretrained.heads.predict

    @classmethod
    def refuse(cls, space: SearchSpace[Any]) -> None:
        super().refuse(space)
        refuse_other_inputs(space)

    def prepare(self, context: Context) -> None:
        """Fit further to the labels, where there are some; of the context, the space is remembered."""
        super().prepare(Context(context.space))
        self._predict = self.pretrained.heads.predict
        if context.labels is not None:
            embedded = self.pretrained.embeddings(context.space, context.labels.architectures)
            fit = _heads if self._further == "heads" else _Process
            self._predict = fit(self.pretrained, embedded, normal_scores(context.labels.accuracies))

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """The predicted normal score among the source's architectures, or the labels `(n,)`."""
        space = self.context.space
        if len(architectures) == 0:
            return np.empty(0)
        return self._predict(self.pretrained.embeddings(space, architectures))


def _heads(pretrained: Pretrained, embedded: FloatArray, targets: FloatArray) -> Predict:
    further = pretrained.heads.copied()
    further.learn(embedded, targets, FURTHER_UPDATES)
    return further.predict


class _Process:
    """A Gaussian process on embeddings and zero-shot predictions."""

    def __init__(self, pretrained: Pretrained, embedded: FloatArray, targets: FloatArray) -> None:
        self._heads = pretrained.heads
        best = -np.inf
        for length, noise, weight in product(LENGTHS, NOISES, WEIGHTS):
            process = GaussianProcessRegressor(RBF(length) + WhiteKernel(noise), optimizer=None, normalize_y=True)
            process.fit(self._features(embedded, weight), targets)
            if process.log_marginal_likelihood_value_ > best:
                best, self._weight, self._process = process.log_marginal_likelihood_value_, weight, process

    def __call__(self, embedded: FloatArray) -> FloatArray:
        return np.asarray(self._process.predict(self._features(embedded, self._weight)), dtype=np.float64)

    def _features(self, embedded: FloatArray, weight: float) -> FloatArray:
        return np.column_stack([embedded, weight * self._heads.predict(embedded)])
