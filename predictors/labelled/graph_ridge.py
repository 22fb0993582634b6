"""A ridge regression on graph features: what few labels and an hour of work give."""

from __future__ import annotations

from typing import ClassVar

from sklearn.linear_model import Ridge

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.regression import Fitted, Regression

PENALTY = 10.0
"""That of the label-matched ridge: features are scaled so that it means the same here."""


@ESTIMATORS.register
class GraphRidge(Regression):
    """Linear in graph features and known scores."""

    name = "graph_ridge"
    label = "ridge of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("graph",)

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        fitted: Fitted = Ridge(alpha=PENALTY).fit(features, targets)
        return fitted


@ESTIMATORS.register
class WiringRidge(GraphRidge):
    """Linear in graph features, counts of which operation feeds which, and known scores."""

    name = "wiring_ridge"
    label = "ridge of graph features and wiring on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)
