"""Weights times their gradients, with their signs, summed over weights [Abdelfattah2021].

As foresight/pruners/measures/plain.py of SamsungLabs/zero-cost-nas is described by readers of it. Layers that
batch normalization follows contribute next to nothing, as their scale makes no difference to the loss.

References:
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021.
"""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class Plain(Proxy):
    """`sum w dL/dw` over the weights of convolutions and linear maps; L is the mean loss of one batch."""

    name = "plain"
    label = "weights times gradients"
    reference = "Abdelfattah2021"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        return sum(float((layer.weight * layer.gradient).sum()) for layer in probe.descent.layers)
