"""Gradient-boosted trees on graph features and wiring [Chen2016], with the extra `xgboost`.

References:
    [Chen2016] Chen & Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.
"""

from __future__ import annotations

from typing import Any, ClassVar

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.regression import Fitted, Regression

SETTINGS: dict[str, Any] = {
    "n_estimators": 300,
    "max_depth": 4,
    "learning_rate": 0.05,
    "subsample": 0.8,
    "colsample_bytree": 0.3,
    "n_jobs": 1,
    "random_state": 0,
}


@ESTIMATORS.register
class BoostedTrees(Regression):
    """Not among what is chosen from on labels: what that is must not depend on what is installed."""

    name = "xgboost"
    label = "XGBoost of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)
    candidate: ClassVar[bool] = False

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        """Raises ValueError where XGBoost is not installed."""
        try:
            from xgboost import XGBRegressor
        except ImportError as error:
            raise ValueError("XGBoost is not installed: pip install 'nasrank[xgboost]'") from error
        fitted: Fitted = XGBRegressor(**SETTINGS).fit(features, targets)
        return fitted
