"""How many different things the ReLUs of a network do on the same few images [Peng2024].

Checked against src/metrics/swap.py, src/utils/utilities.py and correlation.py of pym1024/SWAP.

References:
    [Peng2024] Peng et al., "SWAP-NAS: Sample-Wise Activation Patterns for Ultra-fast NAS", ICLR 2024.
"""

from __future__ import annotations

import math
from typing import ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.initialization import standard_normal
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import Trace


@ESTIMATORS.register
class Swap(Proxy):
    """How many different patterns over the images the units of all ReLUs have, averaged over draws of N(0, 1) weights.

    The pattern of a unit, which is one number of what a ReLU is applied to, says on which images it is positive: 16
    images leave at most 65,536 patterns. Only ReLUs of images `(batch, channels, height, width)` count.

    Attributes:
        repeats: how often the weights are drawn.
    """

    name = "swap"
    label = "SWAP"
    reference = "Peng2024"
    needs = frozenset({"samples", "network"})
    images = 16
    repeats: ClassVar[int] = 32

    def measure(self, probe: Probe) -> float:
        return _patterns(probe, self.images, self.repeats)


@ESTIMATORS.register
class RegularizedSwap(Swap):
    """`SWAP * exp(-(p - mu)^2 / sigma)`, p the parameters of the network in thousands.

    The authors give neither mu nor sigma for a benchmark, and choose them by the size of network that is wanted. Those
    here are set by hand for networks of some hundred thousand parameters, and say little where networks are of another
    size. A factor that is 0 to the precision of float64 leaves no score.

    Attributes:
        mu: thousands of parameters that are best.
        sigma: how far from them is how much worse, in millions of parameters squared.
    """

    name = "swap_regularized"
    label = "SWAP, regularized by hand"
    mu: ClassVar[float] = 800.0
    sigma: ClassVar[float] = 400.0**2

    def measure(self, probe: Probe) -> float:
        thousands = sum(one.numel() for one in probe.network().parameters()) / 1e3
        factor = math.exp(-((thousands - self.mu) ** 2) / self.sigma)
        if factor == 0:
            raise NotMeasurable(
                f"{thousands:,.0f} thousand parameters are too far from {self.mu:,.0f} to be told apart"
            )
        return _patterns(probe, self.images, self.repeats) * factor


_FOUND: WeakKeyDictionary[Probe, dict[tuple[int, int], float]] = WeakKeyDictionary()
"""What both proxies look at, while the probe lives."""


def _patterns(probe: Probe, images: int, repeats: int) -> float:
    found = _FOUND.setdefault(probe, {})
    if (images, repeats) not in found:
        generator, network = probe.generator("swap"), probe.network()
        counts = [count_patterns(standard_normal(network, generator), probe.images(images)) for _ in range(repeats)]
        found[images, repeats] = sum(counts) / len(counts)
    return found[images, repeats]


@torch.no_grad()
def count_patterns(network: nn.Module, images: Tensor) -> int:
    """How many different patterns over at most 16 images the units of the network's ReLUs have.

    Raises:
        NotMeasurable: there is no ReLU of images.
        ValueError: there are more than 16 images.
    """
    if len(images) > 16:
        raise ValueError(f"{len(images)} images have more patterns than can be told apart; 16 are the most")
    with Trace(network) as trace:
        network(images)
    rectified = [values for values in trace.rectified if values.ndim == 4]
    if not rectified:
        raise NotMeasurable("the network has no ReLU of images")
    seen = torch.zeros(2 ** len(images), dtype=torch.bool, device=images.device)
    powers = 2 ** torch.arange(len(images), device=images.device, dtype=torch.float32)  # exact below 2^24
    for values in rectified:
        seen[(powers @ (values > 0).movedim(1, -1).flatten(1).float()).long()] = True  # channels are often last
    return int(seen.sum())
