"""Trees on graph features and wiring: random forests [Breiman2001], extremely randomized trees [Geurts2006].

References:
    [Breiman2001] Breiman, "Random Forests", Machine Learning 45, 2001.
    [Geurts2006] Geurts, Ernst & Wehenkel, "Extremely Randomized Trees", Machine Learning 63, 2006.
"""

from __future__ import annotations

from typing import ClassVar

from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.regression import Fitted, Regression

TREES = 100
SHARE_OF_FEATURES = 1 / 3
"""That a split may choose from, as in the random forest on choices."""

SEED = 0


@ESTIMATORS.register
class GraphForest(Regression):
    """Each tree is grown on a resample of the labels, all from one fixed seed.

    It is no candidate, and neither are the other trees: at no number of labels did they rank as well as with a Gaussian
    process, see `nasrank.predictors.labelled.process_and_trees`, and they take most of the time.
    """

    name = "graph_random_forest"
    label = "random forest of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)
    candidate: ClassVar[bool] = False

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        forest = RandomForestRegressor(TREES, max_features=SHARE_OF_FEATURES, random_state=SEED)
        fitted: Fitted = forest.fit(features, targets)
        return fitted


@ESTIMATORS.register
class GraphExtraTrees(Regression):
    """Splits are drawn at random, and each tree has seen all labels."""

    name = "graph_extra_trees"
    label = "extremely randomized trees of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)
    candidate: ClassVar[bool] = False

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        fitted: Fitted = extra_trees().fit(features, targets)
        return fitted


def extra_trees() -> ExtraTreesRegressor:
    """Not yet fitted."""
    return ExtraTreesRegressor(TREES, max_features=SHARE_OF_FEATURES, random_state=SEED)
