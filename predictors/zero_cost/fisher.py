"""How much the loss of a batch would change without a channel, to second order, summed over weights [Theis2018].

Checked against foresight/pruners/measures/fisher.py of SamsungLabs/zero-cost-nas. There, the number of a channel is
copied to each of the weights that make the channel before all are summed, so a channel counts as often as it has
weights.

References:
    [Theis2018] Theis et al., "Faster Gaze Prediction with Dense Networks and Fisher Pruning", 2018.
    [Turner2020] Turner et al., "BlockSwap: Fisher-guided Block Substitution for Network Compression on a Budget",
        ICLR 2020.
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021: as a proxy.
"""

from __future__ import annotations

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, Layer, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class Fisher(Proxy):
    """`sum_c n_c mean_i (sum_hw a dL/da)^2 / 2` over the channels c of every convolution and linear map.

    a is what the layer gives out for image i, before normalization, n_c how many weights make the channel, and L the
    mean loss of one batch, so that the gradients are a batch size smaller than those of an image's own loss.
    """

    name = "fisher"
    label = "Fisher"
    reference = "Turner2020"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        return sum(self._of_layer(layer) for layer in probe.descent.layers)

    def _of_layer(self, layer: Layer) -> float:
        saliency = (layer.output * layer.output_gradient).sum(2)
        return layer.weight[0].numel() * float(saliency.square().mean(0).sum()) / 2
