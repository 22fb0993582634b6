"""Gaussian processes on what is known of a cell's graph [Rasmussen2006]; see `nasrank.predictors.labelled.process`.

References:
    [Rasmussen2006] Rasmussen & Williams, "Gaussian Processes for Machine Learning", MIT Press 2006.
"""

from __future__ import annotations

from typing import ClassVar

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.labelled.process import fit_process
from nasrank.predictors.labelled.regression import Fitted, Regression


@ESTIMATORS.register
class GraphProcess(Regression):
    """On graph features; known scores have a length scale of their own."""

    name = "graph_gaussian_process"
    label = "Gaussian process of graph features on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("graph",)

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        return fit_process(features, targets, known=len(self.context.known))


@ESTIMATORS.register
class WiringProcess(GraphProcess):
    """On graph features and on which operation feeds which."""

    name = "wiring_gaussian_process"
    label = "Gaussian process of graph features and wiring on the same labels"
    encodings: ClassVar[tuple[str, ...]] = ("wiring",)


@ESTIMATORS.register
class ProxyMeanProcess(WiringProcess):
    """With a mean that is linear in known scores, so that few labels correct these rather than replace them."""

    name = "proxy_mean_gaussian_process"
    label = "Gaussian process about a linear mean on the same labels"
    about_known: ClassVar[bool] = True

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        return fit_process(features, targets, known=len(self.context.known), linear=True)
