"""How differently the images of a batch switch the ReLUs [Mellor2021].

Checked against score_networks.py of BayesWatch/nas-without-training, whose K counts the units on which two images
agree. The authors' batch has 128 images and their hooks see only ReLUs that a backward pass has visited; NASLib's has
64. Scores of batches of different sizes do not compare.

References:
    [Mellor2021] Mellor et al., "Neural Architecture Search without Training", ICML 2021.
"""

from __future__ import annotations

import torch

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class Nwot(Proxy):
    """`ln |det K|`, `K = sum over ReLUs of x x' + (1 - x)(1 - x)'`, x `(batch, units)` where the input is above 0."""

    name = "nwot"
    label = "NASWOT"
    reference = "Mellor2021"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        agreements = torch.zeros(())
        for values in probe.descent.trace.rectified:
            signs = (values.detach() > 0).flatten(1).float() * 2 - 1
            agreements = agreements + (signs @ signs.mT).double().cpu() / 2 + signs.shape[1] / 2
        if agreements.ndim < 2:
            raise NotMeasurable("the network has no ReLU")
        sign, logarithm = torch.linalg.slogdet(agreements)
        if sign == 0 or torch.isinf(logarithm):
            raise NotMeasurable("two images switch all ReLUs alike, so that K is singular")
        return float(logarithm)
