"""Cost as a predictor: the larger network is taken for the better one. Needs no label and no training.

It is the baseline that a trained super-net has to beat first: on NAS-Bench-201 the parameter count alone reaches a
Kendall's tau near 0.6 over the whole space.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS, Estimator
from nasrank.spaces.space import Cost


class CostEstimator(Estimator):
    """The score is one number of what the stand-alone network costs; it needs the space alone."""

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        space = self.context.space
        return np.array([self.number(space.cost(architecture)) for architecture in architectures], dtype=np.float64)

    @staticmethod
    @abstractmethod
    def number(cost: Cost) -> float:
        """The score of an architecture of this cost."""


@ESTIMATORS.register
class ParameterCount(CostEstimator):
    """Score = trainable parameters of the stand-alone network."""

    name = "parameters"
    label = "parameter count"

    @staticmethod
    def number(cost: Cost) -> float:
        return cost.parameters


@ESTIMATORS.register
class MultiplyAdds(CostEstimator):
    """Score = multiply-adds of the stand-alone network for one image."""

    name = "multiply_adds"
    label = "FLOPs"

    @staticmethod
    def number(cost: Cost) -> float:
        return cost.multiply_adds
