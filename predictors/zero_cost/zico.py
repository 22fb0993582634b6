"""How alike the gradients of two batches are, in proportion to their size [Li2023].

Checked against ZeroShotProxy/compute_zico.py of SLDGroup/ZiCo, which adds the gradients of the first batch to those of
the second, and against NB201/ZeroShotProxy/compute_zico_score.py of ondratybl/VKDNW, which has it from AZ-NAS and does
not. Here they are not added, as in the paper.

References:
    [Li2023] Li et al., "ZiCo: Zero-shot NAS via Inverse Coefficient of Variation on Gradients", ICLR 2023.
"""

from __future__ import annotations

import math

from torch import Tensor

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class ZiCo(Proxy):
    """`sum_l ln sum_w mean |g| / std g`, over two batches, for each layer's weights w whose deviation is not zero.

    g is the gradient of the mean loss of a batch, and layers are convolutions and linear maps. The batches are the
    first and the second half of the images. A layer all of whose deviations are zero is left out, as the codes do.
    """

    name = "zico"
    label = "ZiCo"
    reference = "Li2023"
    needs = frozenset({"samples", "network", "loss"})
    images = 2 * BATCH

    def measure(self, probe: Probe) -> float:
        both = zip(*(half.layers for half in probe.halves()), strict=True)
        found = [self._of_layer(one.gradient, other.gradient) for one, other in both]
        if not any(found):
            raise NotMeasurable("the gradients of both batches are the same")
        return sum(math.log(one) for one in found if one)

    def _of_layer(self, one: Tensor, other: Tensor) -> float:
        """With two batches, the mean of sizes is `(|a| + |b|) / 2` and the deviation `|a - b| / 2`."""
        deviation, size = (one - other).abs(), one.abs() + other.abs()
        varied = deviation > 0
        return float((size[varied] / deviation[varied]).sum())
