"""How evenly the weights of a network could be told from its predictions: entropy of Fisher's information [Tybl2025].

Checked against NB201/ZeroShotProxy/compute_vkdnw_score.py, NB201/tss_general_.py, NB201/tss_utils.py and
ImageNet_MBV2/ZeroShotProxy/compute_vkdnw_score.py of ondratybl/VKDNW. Where they and the paper differ:

- With `L L' = diag(p) - p p'` the information is `J' L L' J`, as in the paper. The code has `J' L' L J`, whose spectrum
  is another; it is what the published scores are made of, and so it is here.
- The code makes p less certain, as `0.95 p + 0.05 / classes`, which the paper does not say.
- In the paper some weights of each layer are taken, in the code the first of each parameter, also of normalizations,
  for as many parameters as 128. For NAS-Bench-201 the stored version of the code takes them all, and that for
  MobileNets 128 at random; the first 128 is the default of the last version's command line.
- The number of layers is that of parameters, of which a convolution with its normalization has three.

References:
    [Tybl2025] Tybl & Neumann, "Training-free Neural Architecture Search through Variance of Knowledge of Deep Network
        Weights", CVPR 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.initialization import kaiming_normal
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import CONVOLUTIONS

DOUBT = 0.05
"""How much of the predicted probabilities is spread over all classes."""


@ESTIMATORS.register
class Vkdnw(Proxy):
    """`parameters + H`, H the entropy of the nine deciles of the information's eigenvalues, divided by their sum.

    `H = - sum_k q_k ln(q_k + 1e-10)` is at most ln 9: it tells networks apart that have as many parameter tensors. The
    information is about the first number of each of the first parameters, averaged over 64 images of N(0, 1) numbers.
    Weights are drawn from N(0, 2 / fan-in), and the network is in evaluation mode, where normalizations do nothing as
    long as they have seen no image.

    Attributes:
        parameters: of how many parameters the information is about.
    """

    name = "vkdnw"
    label = "VKDNW"
    reference = "Tybl2025"
    needs = frozenset({"samples", "network"})
    parameters: ClassVar[int] = 128

    def measure(self, probe: Probe) -> float:
        generator, like = probe.generator(self.name), probe.images()
        images = torch.randn(like.shape, generator=generator, device=like.device)
        network = evaluating(kaiming_normal(probe.network(), generator))
        jacobian, scores = sampled_jacobian(network, images, self.parameters)
        return len(list(network.parameters())) + decile_entropy(information(jacobian, scores))


def evaluating(network: nn.Module) -> nn.Module:
    """The network in evaluation mode, with normalizations that have seen no image."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            device = next(network.parameters()).device
            module.running_mean = torch.zeros(module.num_features, device=device)
            module.running_var = torch.ones(module.num_features, device=device)
    return network.eval()


class _Sensitivities(TorchFunctionMode):
    """Records how the first number of each wanted parameter changes the output of its layer.

    Attributes:
        found: name of the parameter, the output, its first channel `output -> (batch, ...)`, and the derivative of that
            by the number, which can be broadcast to it.
    """

    def __init__(self, wanted: Mapping[str, Tensor]) -> None:
        super().__init__()
        self._names = {one.data_ptr(): name for name, one in wanted.items()}
        self.found: list[tuple[str, Tensor, int, Tensor]] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        if func in CONVOLUTIONS:
            inputs, weight, bias, *settings = _arguments(args, kwargs, ("input", "weight", "bias", *SETTINGS))
            kernel = torch.zeros_like(weight[:1, :1])
            kernel.view(-1)[0] = 1
            self._record(weight, output, 1, lambda: func(inputs.detach()[:, :1], kernel, None, *settings)[:, 0])
            self._record(bias, output, 1, lambda: torch.ones_like(output[:, 0]))
        elif func is F.linear:
            inputs, weight, bias = _arguments(args, kwargs, ("input", "weight", "bias"))
            self._record(weight, output, -1, lambda: inputs.detach()[..., 0])
            self._record(bias, output, -1, lambda: torch.ones_like(output[..., 0]))
        elif func is F.batch_norm:
            places = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
            inputs, mean, variance, weight, bias, _, _, eps = _arguments(args, kwargs, places)
            deviation = (variance[0] + (1e-5 if eps is None else eps)).sqrt()
            self._record(weight, output, 1, lambda: (inputs.detach()[:, 0] - mean[0]) / deviation)
            self._record(bias, output, 1, lambda: torch.ones_like(output[:, 0]))
        return output

    def _record(self, parameter: Tensor | None, output: Tensor, axis: int, derivative: Callable[[], Tensor]) -> None:
        if parameter is not None and parameter.data_ptr() in self._names:
            self.found.append((self._names[parameter.data_ptr()], output, axis, derivative().detach()))


SETTINGS = ("stride", "padding", "dilation")
USUAL: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1}


def _arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [args[place] if place < len(args) else kwargs.get(name, USUAL.get(name)) for place, name in enumerate(names)]


def sampled_jacobian(network: nn.Module, images: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Derivatives of class scores by the first number of each of the first parameters, and the scores.

    `(batch, classes, parameters)` and `(batch, classes)`, both float64. Images must not depend on each other. Of
    convolutions, only those without groups are known.
    """
    wanted = dict(list(network.named_parameters())[:count])
    with _Sensitivities(wanted) as sensitivities:
        scores = network(images.contiguous(memory_format=torch.channels_last))
    found, places = sensitivities.found, {name: place for place, name in enumerate(wanted)}
    jacobian = torch.zeros(*scores.shape, len(wanted), dtype=torch.float64, device=scores.device)
    for index in range(scores.shape[1]):
        gradients = torch.autograd.grad(
            scores[:, index].sum(),
            [output for _, output, _, _ in found],
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        for gradient, (name, _, axis, derivative) in zip(gradients, found, strict=True):
            product = (gradient.select(axis, 0) * derivative).flatten(1) if gradient.ndim > 2 else None
            change = (gradient[:, 0] * derivative) if product is None else product.double().sum(1)
            jacobian[:, index, places[name]] += change
    return jacobian, scores.detach().double()


def covariance_root(probabilities: Tensor) -> Tensor:
    """The lower triangular `L` with `L L' = diag(p) - p p'` of each row of `(batch, classes)`, without zeros."""
    left = (1 - probabilities.cumsum(1)).clamp(min=0)
    left[:, -1] = 0
    before = torch.cat([torch.ones_like(left[:, :1]), left[:, :-1]], 1)
    diagonal = (probabilities * left / before).sqrt()
    below = -probabilities[:, :, None] / torch.where(left > 0, left, 1)[:, None, :]
    units = below.tril(-1) + torch.eye(left.shape[1], dtype=left.dtype, device=left.device)
    return units * diagonal[:, None, :]


def information(jacobian: Tensor, scores: Tensor) -> Tensor:
    """`mean over images of (L J)' (L J)`, `(parameters, parameters)`, L of the probabilities that the scores mean."""
    probabilities = (1 - DOUBT) * scores.softmax(1) + DOUBT / scores.shape[1]
    rows = (covariance_root(probabilities) @ jacobian).flatten(0, 1)
    return rows.T @ rows / len(scores)


def decile_entropy(matrix: Tensor) -> float:
    """Of the nine deciles of a symmetric matrix's eigenvalues, divided by their sum.

    Raises:
        NotMeasurable: they are all 0, or not finite.
    """
    if not matrix.isfinite().all():
        raise NotMeasurable("the class scores are too large for their derivatives to be finite")
    eigenvalues = torch.linalg.eigvalsh(matrix).clamp(min=0)
    deciles = torch.quantile(eigenvalues, torch.arange(1, 10, dtype=matrix.dtype, device=matrix.device) / 10)
    if not deciles.sum() > 0:
        raise NotMeasurable("the class scores do not depend on the weights that were looked at")
    shares = deciles / deciles.sum()
    return float(-(shares * (shares + 1e-10).log()).sum())
