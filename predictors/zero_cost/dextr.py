"""How well conditioned the features of one image are, and how the class scores bend along a curve [Asthana2025].

Checked against NASBench201/correlation/NAS_Bench_201.py and no_free_lunch_architectures/length.py beside it, of
rohanasthana/Dextr; what stands there for other spaces bends scores of other image sizes, and takes ten of them at
random. Where it and this differ:

- The authors look at every module, however they are nested, and here each layer counts once, see
  `nasrank.predictors.zero_cost.feature_maps`. The vectors at the end, which are as well conditioned as can be, count as
  theirs do.
- Where there is no curvature, their score is the first part alone, on another scale. Here there is none.

References:
    [Asthana2025] Asthana et al., "Dextr: Zero-Shot Neural Architecture Search with Singular Value Decomposition and
        Extrinsic Curvature", TMLR 2025.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.feature_maps import feature_maps
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import argument

VECTORS = 3
"""Pooled features, output of the classifier and output of the network, of which the authors take one column each."""


@ESTIMATORS.register
class Dextr(Proxy):
    """`s k / (s + k)`, `s = ln(1 + sum over layers of min / max singular value)`, `k = ln(1 + curvature)`.

    Singular values are those of one image's feature map `(channels, positions)`. The curvature is that of the curve
    that the class scores draw while an image goes round a circle of radius 1 in a random plane, in one point of it:
    `(|v|^2 |a|^2 - (v a)^2)^(1/2) / |v|^3`, v and a the first and the second derivative. The network is in training
    mode, and normalizes by the one image.

    Attributes:
        side: pixels of the image that goes round, along each side.
    """

    name = "dextr"
    label = "Dextr"
    reference = "Asthana2025"
    needs = frozenset({"samples", "network"})
    images = 1
    side: ClassVar[int] = 64

    def measure(self, probe: Probe) -> float:
        image, generator = probe.images(1), probe.generator(self.name)
        conditions = VECTORS + sum(inverse_condition(one) for one in feature_maps(probe.network(), image))
        shape = (image.shape[1], self.side, self.side)
        numbers = torch.randn(image.shape[1] * self.side**2, 2, generator=generator, device=image.device)
        first, second = torch.linalg.qr(numbers).Q.T.reshape(2, 1, *shape)
        try:
            bent = curvature(untracked(probe.network()), first, second)
        except NotImplementedError as error:  # of an activation such as SiLU
            raise NotMeasurable(f"PyTorch has no second forward derivative of the network: {error}"[:200]) from error
        one, other = math.log1p(conditions), math.log1p(bent)
        return one * other / (one + other)


def inverse_condition(features: Tensor) -> float:
    """The smallest singular value by the greatest, of `(channels, positions)`; 0 where all are 0."""
    values = torch.linalg.svdvals(features)
    return float(values.min() / values.max()) if values.max() > 0 else 0.0


def untracked(network: nn.Module) -> nn.Module:
    """The network, after its normalizations have been kept from counting batches, which derivatives cannot cross."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = module.running_var = module.num_batches_tracked = None
    return network


class _PlainNormalization(TorchFunctionMode):
    """Normalizes by the batch in elementary steps: PyTorch's nested forward derivatives of `batch_norm` are wrong."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        if func is not F.batch_norm:
            return func(*args, **kwargs)
        inputs, _, _, weight, bias = args[:5] if len(args) > 4 else (*args[:3], kwargs["weight"], kwargs["bias"])
        centred = inputs - inputs.mean((0, 2, 3), keepdim=True)
        deviation = (centred.square().mean((0, 2, 3), keepdim=True) + argument("eps", 7, args, kwargs)).sqrt()
        normal = centred / deviation
        return normal if weight is None else normal * weight[:, None, None] + bias[:, None, None]


def curvature(network: Callable[[Tensor], Tensor], first: Tensor, second: Tensor) -> float:
    """Of the scores of `cos(t) first + sin(t) second` at `t = 0`, images `(1, channels, height, width)`.

    Raises:
        NotMeasurable: the scores stand still.
    """

    def scores(angle: Tensor) -> Tensor:
        with _PlainNormalization():
            return network(angle.cos() * first + angle.sin() * second).flatten()

    def velocity(angle: Tensor) -> Tensor:
        found: Tensor = torch.func.jvp(scores, (angle,), (one,))[1]
        return found

    start, one = torch.zeros((), device=first.device, dtype=first.dtype), torch.ones_like(first[0, 0, 0, 0])
    with torch.no_grad():
        v, a = (found.double() for found in torch.func.jvp(velocity, (start,), (one,)))
    if not v.any():
        raise NotMeasurable("the class scores do not depend on the image")
    swept = (v @ v) * (a @ a) - (v @ a) ** 2
    return float(swept.clamp(min=0).sqrt() / (v @ v) ** 1.5)
