"""The label-matched baselines: what the landmarks' labels are worth without any super-net.

A landmark super-net has seen the stand-alone accuracies of its landmarks. So have these regressions, and nothing else;
a ranking that does not beat them has not used its labels better than thirty numbers in a textbook model. The first of
them, and the one that every report shows, is a ridge regression. All of them stand in `nasrank.predictors.labelled`.

Stacked on known scores, such as those of a trained super-net, they take these for a further feature.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, final

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import Ridge

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator, Need
from nasrank.spaces.decisions import Decision
from nasrank.spaces.space import SearchSpace

PENALTY = 10.0
"""On NAS-Bench-201 with 30 random labels, a little better than choosing by leave-one-out error among the labels."""


class Fitted(Protocol):
    """A regression of scikit-learn that has been fitted."""

    def predict(self, features: FloatArray) -> FloatArray: ...


class LabelMatched(Estimator):
    """A regression on how often each option is chosen, and on which decision chooses which option.

    It is fitted to the ranks of the labels, which is what the landmark term uses of them; accuracies themselves have
    a long lower tail that costs a linear model a fifth of its Kendall's tau here, a Gaussian process a tenth, and a
    random forest nothing. Where all labels are equal, every architecture has the same score.

    Where the context has known scores, they are one more feature, and name and label say so.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({"labels"})

    @final
    def prepare(self, context: Context) -> None:
        """Fit the regression, anew; of the context, the space and what it is stacked upon are remembered."""
        assert context.labels is not None
        super().prepare(Context(context.space, known=context.known))
        kind, known = type(self), context.known
        self.name = kind.name if known is None else f"{kind.name}+{known.name}"
        self.label = kind.label if known is None else f"{kind.label} and {known.label}"
        self._model = self.fit(self._features(context.labels.architectures), rankdata(context.labels.accuracies))

    @abstractmethod
    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        """The regression of targets `(n,)` on features `(n, features)`; the same ones give the same bits."""

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """The predicted rank among the labels `(n,)`, as of `Estimator.score`."""
        if len(architectures) == 0:
            return np.empty(0)  # which scikit-learn refuses to predict
        features = self._features(architectures)
        return np.asarray(self._model.predict(features), dtype=np.float64)

    def _features(self, architectures: Sequence[Any]) -> FloatArray:
        encoded = encode(self.context.space, architectures)
        if self.context.known is None:
            return encoded
        return np.column_stack([encoded, self.context.known.score(architectures)])


@ESTIMATORS.register
class LabelMatchedRidge(LabelMatched):
    """Linear, and shrunk towards taking all architectures for equally good."""

    name = "label_matched"
    label = "ridge on the same labels"

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        fitted: Fitted = Ridge(alpha=PENALTY).fit(features, targets)
        return fitted


def regressions() -> dict[str, type[LabelMatched]]:
    """All registered regressions on the same labels by name: the ridge, then the others in the registry's order."""
    found = {name: one for name, one in ESTIMATORS.items() if issubclass(one, LabelMatched)}
    return {LabelMatchedRidge.name: LabelMatchedRidge, **found}


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
