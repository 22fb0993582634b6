"""Norms of the gradients of the loss, summed over layers [Abdelfattah2021].

Checked against foresight/pruners/measures/grad_norm.py of SamsungLabs/zero-cost-nas, which NASLib has, too.

References:
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021.
"""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class GradientNorm(Proxy):
    """`sum_l |dL/dw_l|_2` over the weights of convolutions and linear maps; L is the mean loss of one batch."""

    name = "grad_norm"
    label = "gradient norm"
    reference = "Abdelfattah2021"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        return sum(float(layer.gradient.norm()) for layer in probe.descent.layers)
