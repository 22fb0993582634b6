"""What regressions on labels have in common: features from encodings and known scores, targets from ranks.

A regression says which `encodings` it takes its features from and fits arrays. It is fitted to ranks of the labels:
accuracies themselves have a long lower tail that costs a linear model a fifth of its Kendall's tau on NAS-Bench-201.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS
from nasrank.predictors.estimator import Context, Estimator, Need

CHUNK = 20_000
"""Architectures whose features are in memory at once when they are scored."""


class Fitted(Protocol):
    """A regression that has been fitted, such as one of scikit-learn."""

    def predict(self, features: FloatArray) -> FloatArray: ...


class Regression(Estimator):
    """A regression on encodings of architectures, and on known scores of the context, each one more feature.

    It is fitted to normal scores of the ranks, and says of an architecture which share of the labelled ones it is
    expected to be better than. Where all labels are equal, every architecture has the same score. Name and label say
    upon what it is stacked.

    Attributes:
        encodings: names of those that its features come from, in this order.
        candidate: whether `nasrank.predictors.labelled.best_on_labels` may choose it.
        about_known: whether it is a regression of its own only where there are known scores.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({"labels"})
    encodings: ClassVar[tuple[str, ...]] = ("choices",)
    candidate: ClassVar[bool] = True
    about_known: ClassVar[bool] = False

    @classmethod
    def isomorphism_invariant(cls) -> bool:
        """Whether architectures with isomorphic effective graphs have equal scores, if their known scores are equal."""
        return all(ENCODINGS.named(name).isomorphism_invariant for name in cls.encodings)

    def prepare(self, context: Context) -> None:
        """Fit the regression, anew; remembered are the space, encodings and what it is stacked upon.

        Labels are sorted before, so that their order decides nothing.
        """
        assert context.labels is not None
        super().prepare(Context(context.space, known=context.known, encodings=context.encodings))
        self.name, self.label = stacked_names(type(self), context.known)
        features = self.features(context.labels.architectures)
        targets = normal_scores(context.labels.accuracies)
        order = np.lexsort((*features.T, targets))
        self._model = self.fit(features[order], targets[order])

    @abstractmethod
    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        """The regression of targets `(n,)` on features `(n, features)`; the same ones give the same bits.

        The last features, as many as the context has known scores, are these.
        """

    def predict(self, architectures: Sequence[Any]) -> FloatArray:
        """What the fitted regression says, in units of its targets, `(n,)`."""
        if self._context is None or len(architectures) == 0:
            self.context  # noqa: B018  (which says what has not been done)
            return np.empty(0)  # which scikit-learn refuses to predict
        parts = [architectures[start : start + CHUNK] for start in range(0, len(architectures), CHUNK)]
        if len(parts) == 1:
            parts = [architectures]  # itself, which a cache may know
        return np.concatenate([np.asarray(self._model.predict(self.features(one)), dtype=np.float64) for one in parts])

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """The share of the labelled architectures that each is expected to surpass `(n,)`, between 0 and 1."""
        return np.asarray(ndtr(self.predict(architectures)), dtype=np.float64)

    def features(self, architectures: Sequence[Any]) -> FloatArray:
        """Rows of all encodings, then known scores, `(n, features)`."""
        context = self.context
        columns = [context.encoded(name, architectures) for name in self.encodings]
        columns += [one.score(architectures)[:, None] for one in context.known]
        return np.concatenate(columns, axis=1) if len(columns) > 1 else columns[0]


def normal_scores(labels: FloatArray) -> FloatArray:
    """What a standard normal distribution has at the ranks of labels, `(n,)`; equal ones share a rank."""
    return np.asarray(ndtri((rankdata(labels) - 0.5) / len(labels)), dtype=np.float64)


def stacked_names(kind: type[Estimator], known: Sequence[Estimator]) -> tuple[str, str]:
    """Name and label of an estimator that stands on others."""
    return "+".join([kind.name, *(one.name for one in known)]), " and ".join(
        [kind.label, *(one.label for one in known)]
    )
