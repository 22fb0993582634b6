"""The predictors that are fitted on labels alone. To add one: write its file and its name here."""

from __future__ import annotations

from predictors.gaussian_process import LabelMatchedGaussianProcess
from predictors.label_matched import LabelMatched, LabelMatchedRidge
from predictors.random_forest import LabelMatchedForest

LABEL_MATCHED: dict[str, type[LabelMatched]] = {
    predictor.name: predictor for predictor in (LabelMatchedRidge, LabelMatchedGaussianProcess, LabelMatchedForest)
}
"""By name."""
