"""The label-matched baselines: what the landmarks' labels are worth without any super-net.

A landmark super-net has seen the stand-alone accuracies of its landmarks. So have these regressions, and nothing else;
a ranking that does not beat them has not used its labels better than thirty numbers in a textbook model. The first of
them, and the one that every report shows, is a ridge regression. All of them stand in `nasrank.predictors.labelled`.

Stacked on another estimator, such as a trained super-net, they take its scores for further features.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.linear_model import Ridge

from nasrank.bench.foundation.registry import Registry
from nasrank.predictors.arrays import FloatArray, finite
from nasrank.predictors.estimator import Estimator
from nasrank.spaces.decisions import Decision
from nasrank.spaces.space import SearchSpace

PENALTY = 10.0
"""On NAS-Bench-201 with 30 random labels, a little better than choosing by leave-one-out error among the labels."""


class Fitted(Protocol):
    """A regression of scikit-learn that has been fitted."""

    def predict(self, features: FloatArray) -> FloatArray: ...


class LabelMatched(ABC):
    """A regression on how often each option is chosen, and on which decision chooses which option.

    It is fitted to the ranks of the labels, which is what the landmark term uses of them; accuracies themselves have
    a long lower tail that costs a linear model a fifth of its Kendall's tau here, a Gaussian process a tenth, and a
    random forest nothing.

    Args:
        architectures: the labelled ones, such as the landmarks of a seed.
        accuracies: their stand-alone accuracies `(labelled,)`, in any one unit; where all are equal, every architecture
            has the same score.
        stacked_on: an estimator whose scores are one more feature; their variance should be near 1, as that of
            `nasrank.predictors.known_scores`.

    Raises:
        ValueError: fewer than two labels, not as many as architectures, or some that are NaN, infinite, masked or no
            numbers.
    """

    name: str
    label: str

    def __init__(
        self,
        space: SearchSpace[Any],
        architectures: Sequence[Any],
        accuracies: npt.ArrayLike,
        stacked_on: Estimator | None = None,
    ) -> None:
        if len(architectures) != np.size(accuracies) or np.size(accuracies) < 2:
            counts = f"{len(architectures)} architectures and {np.size(accuracies)} labels"
            raise ValueError(f"{counts}: give 2 or more of each")
        labels = finite("labels", accuracies)
        self.space = space
        self.stacked_on = stacked_on
        if stacked_on is not None:
            self.name, self.label = f"{self.name}+{stacked_on.name}", f"{self.label} and {stacked_on.label}"
        self._model = self.fit(self._features(architectures), rankdata(labels))

    @abstractmethod
    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        """The regression of targets `(n,)` on features `(n, features)`; the same ones give the same bits."""

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        if len(architectures) == 0:
            return np.empty(0)  # which scikit-learn refuses to predict
        return np.asarray(self._model.predict(self._features(architectures)), dtype=np.float64)

    def _features(self, architectures: Sequence[Any]) -> FloatArray:
        encoded = encode(self.space, architectures)
        if self.stacked_on is None:
            return encoded
        return np.column_stack([encoded, self.stacked_on.score(architectures)])


LABEL_MATCHED: Registry[type[LabelMatched]] = Registry("predictor fitted on labels", "nasrank.predictors.labelled")
"""By name. To add one: a file here that registers it, or a plugin that does."""


@LABEL_MATCHED.register
class LabelMatchedRidge(LabelMatched):
    """Linear, and shrunk towards taking all architectures for equally good."""

    name = "label_matched"
    label = "ridge on the same labels"

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        fitted: Fitted = Ridge(alpha=PENALTY).fit(features, targets)
        return fitted


def encode(space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
    """Counts of each option, one-hot choices of each decision, then how far up an ordered one is.

    `(n, distinct options + all options + ordered decisions)`. Options of different decisions count together when they
    have the same name, and numbers when the decisions are between the same ones. An ordered decision is 0 at its first
    option and 1 at its last, between them by its values where it has some, else evenly. A decision that an architecture
    does not depend on is as if it had chosen none.
    """
    choices = np.array([space.to_choices(architecture) for architecture in architectures], dtype=np.int64)
    active = np.array([space.active(architecture) for architecture in architectures])
    one_hot = np.concatenate(
        [
            np.eye(len(decision.options))[choices[:, place]] * active[:, [place]]
            for place, decision in enumerate(space.decisions)
        ],
        axis=1,
    )
    columns = [(option, decision.values) for decision in space.decisions for option in decision.options]
    counts = one_hot @ np.array([[float(column == kind) for kind in sorted(set(columns))] for column in columns])
    levels = [
        _heights(decision)[choices[:, place]] * active[:, place]
        for place, decision in enumerate(space.decisions)
        if decision.ordered
    ]
    return np.column_stack([counts, one_hot, *levels])


def _heights(decision: Decision) -> FloatArray:
    """How far up each option of an ordered decision is, `(options,)`, from 0 to 1."""
    values = np.array(decision.values or range(len(decision.options)), dtype=np.float64)
    return np.asarray((values - values[0]) / (np.ptp(values) or 1.0))
