"""How differently the images of a batch switch the ReLUs [Mellor2021].

Checked against score_networks.py of BayesWatch/nas-without-training, whose K counts the units on which two images
agree. The authors' batch has 128 images and their hooks see only ReLUs that a backward pass has visited; NASLib's has
64. Scores of batches of different sizes do not compare.

References:
    [Mellor2021] Mellor et al., "Neural Architecture Search without Training", ICML 2021.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from torch import Tensor

from nasrank.predictors.arrays import FloatArray
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
        uses = Counter(map(id, probe.descent.trace.rectified))
        inputs = {id(values): values.detach() for values in probe.descent.trace.rectified}
        if not inputs:
            raise NotMeasurable("the network has no ReLU")
        agreements = sum(uses[name] * agreement(values) for name, values in inputs.items())
        sign, logarithm = np.linalg.slogdet(agreements)
        if sign <= 0 or np.isinf(logarithm):
            raise NotMeasurable("two images switch all ReLUs alike, so that K is singular")
        return float(logarithm)


def agreement(values: Tensor) -> FloatArray:
    """On how many units `(batch, ...)` two images are both above zero or both not, `(batch, batch)`."""
    units = values.movedim(1, -1).flatten(1)  # in the order that they lie in memory
    active = torch.gt(units, 0, out=torch.empty(units.shape, dtype=torch.float32, device=units.device))
    both = (active @ active.mT).double().cpu().numpy()  # whole numbers below 2 ** 24, so they are exact
    own = both.diagonal()
    return np.asarray(units.shape[1] - own[:, None] - own + 2 * both)
