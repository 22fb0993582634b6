"""How evenly a network learns from its images: the condition number of its neural tangent kernel [Chen2021].

Checked against lib/procedures/ntk.py and prune_tenas.py of VITA-Group/TENAS. Where they and the paper differ:

- The authors rank operations by how much the number changes when one of them is taken out of a super-net of 3 channels;
  here, as in the comparisons of AZ-NAS and VKDNW, it is that of the stand-alone network.
- Their code is started with an initialization whose name it does not know, so that the weights stay the same in all
  repeats, which differ by their images. So it is here.
- 16 images and 3 repeats are the defaults of the code; its launcher asks for 72 images on NAS-Bench-201.
- Their eigenvalues are in single precision, where the smallest may be 0 or negative by rounding. Such a network has no
  score here.

References:
    [Chen2021] Chen, Gong & Wang, "Neural Architecture Search on ImageNet in Four GPU Hours: A Theoretically Inspired
        Perspective", ICLR 2021.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy


@ESTIMATORS.register
class TangentKernel(Proxy):
    """`max / min` of the eigenvalues of `K_ij = <g_i, g_j>`, averaged over repeats of other images; lower is better.

    `g_i` is the gradient of the sum of the class scores of image i, with respect to all parameters that are called
    weights, of normalizations too, in training mode: the images of a repeat share the statistics of normalization.

    Attributes:
        images_each: images of a repeat, the next ones of the batch; as many as there are where there are fewer.
        repeats: how many repeats there are, as far as the batch has images for them.
    """

    name = "ntk"
    label = "NTK condition number"
    reference = "Chen2021"
    needs = frozenset({"samples", "network"})
    higher_is_better = False
    images = 48
    images_each: ClassVar[int] = 16
    repeats: ClassVar[int] = 3

    def measure(self, probe: Probe) -> float:
        network, images = probe.network(), probe.images(self.images_each * self.repeats)
        size = min(self.images_each, len(images))
        groups = [images[start : start + size] for start in range(0, len(images) - size + 1, size)]
        return sum(condition_number(tangent_kernel(network, group)) for group in groups) / len(groups)


def tangent_kernel(network: nn.Module, images: Tensor) -> Tensor:
    """Inner products `(images, images)`, float64, of the gradients of each image's summed scores."""
    weights = [parameter for name, parameter in network.named_parameters() if "weight" in name]
    summed = network(images).sum(1)
    gradients = [
        torch.autograd.grad(one, weights, retain_graph=True, allow_unused=True, materialize_grads=True)
        for one in summed
    ]
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for of_one_weight in zip(*gradients, strict=True):
        rows = torch.stack(of_one_weight).flatten(1).double()
        kernel += rows @ rows.T
    return kernel


def condition_number(kernel: Tensor) -> float:
    """The greatest eigenvalue of a symmetric matrix by the smallest.

    Raises:
        NotMeasurable: the smallest is 0 to the precision of gradients in float32.
    """
    eigenvalues = torch.linalg.eigvalsh(kernel)
    smallest, greatest = float(eigenvalues[0]), float(eigenvalues[-1])
    if not smallest > len(kernel) * torch.finfo(torch.float32).eps * greatest:
        raise NotMeasurable("the neural tangent kernel is singular: gradients of different images depend on each other")
    return greatest / smallest
