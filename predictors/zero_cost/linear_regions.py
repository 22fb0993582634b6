"""Into how many linear pieces a network divides its inputs, counted on random ones [Chen2021].

Checked against lib/procedures/linear_region_counter.py, lib/models/cell_searchs/search_model_darts.py and
prune_tenas.py of VITA-Group/TENAS. Where they and this differ:

- The authors count on a network of one cell with one channel and no stem. Here it is the smallest network that the
  space has, for images of one channel, and of its ReLUs those that see the images in full resolution, which are those
  of the cells of the first stage. On all ReLUs, and in networks of usual size, next to all images differ.
- Their code means to draw the weights anew in each repeat, but keeps them, as it does not know the name of the
  initialization that it is started with. Here they are drawn anew, as the space draws them.

References:
    [Chen2021] Chen, Gong & Wang, "Neural Architecture Search on ImageNet in Four GPU Hours: A Theoretically Inspired
        Perspective", ICLR 2021.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import Trace


@ESTIMATORS.register
class LinearRegions(Proxy):
    """How many different patterns of positive and other inputs of ReLUs the crops cause, averaged over repeats.

    A crop is 3x3 pixels of one channel of one image of the batch, each drawn at random, with replacement.

    Attributes:
        crops: crops of a forward pass, which share the statistics of normalization.
        passes: forward passes of a repeat, whose patterns are counted together.
        repeats: how often weights and crops are drawn.
        side: pixels of a crop along each side, or as many as the images have.
    """

    name = "linear_regions"
    label = "linear regions"
    reference = "Chen2021"
    needs = frozenset({"samples", "network"})
    images = BATCH
    crops: ClassVar[int] = 1000
    passes: ClassVar[int] = 3
    repeats: ClassVar[int] = 3
    side: ClassVar[int] = 3

    def measure(self, probe: Probe) -> float:
        generator = probe.generator(self.name)
        counts = []
        for _ in range(self.repeats):
            network = smallest_network(probe, generator)
            crops = [draw_crops(probe.images(), self.crops, self.side, generator) for _ in range(self.passes)]
            counts.append(count_regions(network, crops))
        return sum(counts) / len(counts)


def smallest_network(probe: Probe, generator: torch.Generator) -> nn.Module:
    """A network of the architecture for images of one channel, as small as the space has it, with fresh weights."""
    if probe.space is None:
        raise ValueError("linear regions are counted on a network of another size, for which the probe needs a space")
    options = probe.space.network_options.smallest().arguments
    seed = int(torch.randint(2**62, (), generator=generator, device=generator.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = probe.space.network(probe.architecture, **options, classes=2, image_channels=1)
    return network.to(probe.images(1).device).train()


def draw_crops(images: Tensor, count: int, side: int, generator: torch.Generator) -> Tensor:
    """So many random squares `(count, 1, side, side)` of one channel of images `(images, channels, height, width)`."""
    side = min(side, *images.shape[2:])

    def draw(end: int) -> Tensor:
        return torch.randint(end, (count, 1, 1), generator=generator, device=images.device)

    image, channel = draw(images.shape[0]), draw(images.shape[1])
    top, left = draw(images.shape[2] - side + 1), draw(images.shape[3] - side + 1)
    pixels = torch.arange(side, device=images.device)
    return images[image, channel, top + pixels[:, None], left + pixels[None, :]][:, None]


@torch.no_grad()
def count_regions(network: nn.Module, batches: list[Tensor]) -> int:
    """How many different patterns ReLUs have that see images in full resolution, over all batches together.

    Raises:
        NotMeasurable: there is no such ReLU.
    """
    patterns = []
    for images in batches:
        with Trace(network) as trace:
            network(images)
        signs = [(values > 0).flatten(1) for values in trace.rectified if values.shape[2:] == images.shape[2:]]
        if not signs:
            raise NotMeasurable("the network has no ReLU in full resolution")
        patterns.append(np.packbits(torch.cat(signs, 1).cpu().numpy(), axis=1))
    rows = np.ascontiguousarray(np.concatenate(patterns))
    return len(np.unique(rows.view(np.dtype((np.void, rows.shape[1]))).ravel()))
