"""How much a little noise on an image changes the features of a network of Gaussian weights [Lin2021].

Checked against ZeroShotProxy/compute_zen_score.py of idstcv/ZenNAS, and for NAS-Bench-201 against that of
cvlab-yonsei/AZ-NAS, which measures once where the authors take the mean of 32 times.

References:
    [Lin2021] Lin et al., "Zen-NAS: A Zero-Shot NAS for High-Performance Image Recognition", ICCV 2021.
"""

from __future__ import annotations

import torch
from torch import nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import Trace

NOISE = 0.01


@ESTIMATORS.register
class Zen(Proxy):
    """`ln mean_i |f(x_i + .01 e_i) - f(x_i)|_1 + sum_b ln sqrt(mean v_b)`, x and e of standard normal numbers.

    f is what enters the global average pool, in a network whose convolutions and linear maps have standard normal
    weights and no biases, and whose normalizations b use the statistics of the batch; v_b are their running variances
    after both passes. As many images as in the batch, of their size.
    """

    name = "zen"
    label = "Zen-score"
    reference = "Lin2021"
    needs = frozenset({"samples", "network"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        generator, network = probe.generator(self.name), probe.network()
        _make_gaussian(network, generator)
        like = probe.images()
        images, noise = (
            torch.randn(like.shape, generator=generator, device=like.device).contiguous(
                memory_format=torch.channels_last
            )
            for _ in range(2)
        )
        before, after = (_features(network, one) for one in (images, images + NOISE * noise))
        change = (after - before).flatten(1).abs().sum(1).mean().log()
        variances = [
            one.running_var.mean()
            for one in network.modules()
            if isinstance(one, nn.BatchNorm2d) and one.running_var is not None
        ]
        scale = torch.stack(variances).log().sum() / 2 if variances else torch.zeros(())
        if torch.isinf(change):
            raise NotMeasurable("the features do not depend on the image")
        return float(change + scale.to(change))


@torch.no_grad()
def _features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    with Trace(network, kept={"pooled"}) as trace:
        network(images)
    if not trace.pooled:
        raise NotMeasurable("the network has no global average pool")
    features: torch.Tensor = trace.pooled[-1]
    return features


@torch.no_grad()
def _make_gaussian(network: nn.Module, generator: torch.Generator) -> None:
    for one in network.modules():
        if isinstance(one, nn.Conv2d | nn.Linear):
            one.weight.copy_(torch.randn(one.weight.shape, generator=generator, device=generator.device))
        elif isinstance(one, nn.BatchNorm2d) and one.affine:
            one.weight.fill_(1)
        else:
            continue
        if one.bias is not None:
            one.bias.zero_()
