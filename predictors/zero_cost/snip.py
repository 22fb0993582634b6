"""How much the loss of a batch would change without a weight, summed over weights [Lee2019].

As foresight/pruners/measures/snip.py of SamsungLabs/zero-cost-nas is described by readers of it: it multiplies every
weight by a mask of ones and takes the gradient for the mask: that is the weight times its own gradient.

References:
    [Lee2019] Lee et al., "SNIP: Single-shot Network Pruning Based on Connection Sensitivity", ICLR 2019.
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021: as a proxy.
"""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class Snip(Proxy):
    """`sum |w dL/dw|` over the weights of convolutions and linear maps; L is the mean loss of one batch."""

    name = "snip"
    label = "SNIP"
    reference = "Lee2019"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        return sum(float((layer.weight * layer.gradient).abs().sum()) for layer in probe.descent.layers)
