"""How much the gradient flow of a batch would change without a weight, summed over weights [Wang2020].

Checked against foresight/pruners/measures/grasp.py of SamsungLabs/zero-cost-nas, which NASLib has, too: one batch for
both gradients, temperature 1, and the sign that its authors chose since accuracy seemed to fall with the other one.

References:
    [Wang2020] Wang et al., "Picking Winning Tickets Before Training by Preserving Gradient Flow", ICLR 2020.
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021: as a proxy.
"""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class Grasp(Proxy):
    """`-w' H g` over the weights w of convolutions and linear maps; g and H are of the mean loss of one batch."""

    name = "grasp"
    label = "GraSP"
    reference = "Wang2020"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        return -probe.curvature
