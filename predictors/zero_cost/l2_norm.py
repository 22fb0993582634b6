"""Norms of the initial weights, summed over layers; it sees no data [Abdelfattah2021].

Checked against naslib/predictors/pruners/measures/l2_norm.py of NASLib. With usual initializations it is a count of
layers and their widths.

References:
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021.
"""

from __future__ import annotations

from torch import nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class WeightNorm(Proxy):
    """`sum_l |w_l|_2` over the weights of convolutions and linear maps."""

    name = "l2_norm"
    label = "norm of weights"
    reference = "Abdelfattah2021"
    needs = frozenset({"network"})

    def measure(self, probe: Probe) -> float:
        kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
        return sum(float(one.weight.detach().norm()) for one in probe.initial.modules() if isinstance(one, kinds))
