"""The mean of a Gaussian process and of extremely randomized trees, which err differently.

On NAS-Bench-101 and NAS-Bench-201, from 100 labels on, their mean ranked better than either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.process import fit_process
from nasrank.predictors.labelled.regression import Fitted, Regression
from nasrank.predictors.labelled.trees import extra_trees


@dataclass(frozen=True, eq=False)
class Mean:
    """Of what several regressions predict, in units of the targets."""

    parts: tuple[Fitted, ...]

    def predict(self, features: FloatArray) -> FloatArray:
        return np.asarray(np.mean([part.predict(features) for part in self.parts], axis=0))


@ESTIMATORS.register
class ProcessAndTrees(Regression):
    """Both on graph features, wiring and known scores."""

    name = "process_and_trees"
    label = "Gaussian process and trees of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        process = fit_process(features, targets, known=len(self.context.known))
        return Mean((process, extra_trees().fit(features, targets)))
