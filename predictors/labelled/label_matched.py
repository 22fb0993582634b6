"""The label-matched baselines: what the landmarks' labels are worth without any super-net.

A landmark super-net has seen the stand-alone accuracies of its landmarks. So have these regressions, and nothing else;
a ranking that does not beat them has not used its labels better than thirty numbers in a textbook model. The first of
them, and the one that every report shows, is a ridge regression. All of them stand in `nasrank.predictors.labelled`.

Stacked on known scores, such as those of a trained super-net, they take these for a further feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

from scipy.stats import rankdata
from sklearn.linear_model import Ridge

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS, Context, Estimator
from nasrank.predictors.labelled.regression import Fitted, Regression, stacked_names

PENALTY = 10.0
"""On NAS-Bench-201 with 30 random labels, a little better than choosing by leave-one-out error among the labels."""


class LabelMatched(Regression):
    """A regression on how often each option is chosen, and on which decision chooses which option.

    It is fitted to the ranks of the labels, which is what the landmark term uses of them; accuracies themselves have
    a long lower tail that costs a linear model a fifth of its Kendall's tau here, a Gaussian process a tenth, and a
    random forest nothing. Where all labels are equal, every architecture has the same score.

    Known scores of the context are one more feature each, and name and label say so.
    """

    candidate: ClassVar[bool] = False

    @final
    def prepare(self, context: Context) -> None:
        """Fit the regression, anew; of the context, the space and what it is stacked upon are remembered."""
        assert context.labels is not None
        Estimator.prepare(self, Context(context.space, known=context.known, encodings=context.encodings))
        self.name, self.label = stacked_names(type(self), context.known)
        self._model = self.fit(self.features(context.labels.architectures), rankdata(context.labels.accuracies))

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """The predicted rank among the labels `(n,)`, as of `Estimator.score`."""
        return self.predict(architectures)


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
