"""AZ-NAS: three proxies of what happens between the cells of a network [Lee2024]; the fourth is its multiply-adds.

Checked against NB201/ZeroShotProxy/compute_az_nas_score.py, NB201/custom/tss_model.py and NB201/tss_general.ipynb of
cvlab-yonsei/AZ-NAS. All three look at the same pass of 64 images of N(0, 1) numbers through a network in training mode
whose weights are drawn from N(0, 2 / fan-in). The authors rank networks without a finite score as the worst; here they
have none. Where the authors lose a score because an eigenvalue that is 0 comes out negative, it is 0 here.

`nasrank.predictors.zero_cost.aggregate` has what the authors make of the four. Their fourth, which they call
complexity, is registered as `flops`.

References:
    [Lee2024] Lee & Ham, "AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search", CVPR 2024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS, Need
from nasrank.predictors.zero_cost.blocks import block_features
from nasrank.predictors.zero_cost.initialization import kaiming_normal
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy

NEEDS: frozenset[Need] = frozenset({"samples", "network"})
"""Of the samples, only the shape."""


@ESTIMATORS.register
class Expressivity(Proxy):
    """`sum over blocks of H`, H the entropy of the spectrum of the covariance of a block's channels.

    `H = - sum_c p_c ln(p_c + 1e-8)`, p the eigenvalues of the covariance over images and positions, divided by their
    sum. The output of the stem counts as that of a block.
    """

    name = "az_expressivity"
    label = "AZ-NAS expressivity"
    reference = "Lee2024"
    needs = NEEDS

    def measure(self, probe: Probe) -> float:
        return sum(_blocks(probe).known_entropies)


@ESTIMATORS.register
class Progressivity(Proxy):
    """`min over blocks of H_l - H_(l-1)`, H as in expressivity: whether each block adds to what was there."""

    name = "az_progressivity"
    label = "AZ-NAS progressivity"
    reference = "Lee2024"
    needs = NEEDS

    def measure(self, probe: Probe) -> float:
        entropies = _blocks(probe).known_entropies
        if len(entropies) < 2:
            raise NotMeasurable("the network has no two blocks")
        return min(after - before for before, after in pairwise(entropies))


@ESTIMATORS.register
class Trainability(Proxy):
    """`mean over blocks of 2 - s - 1 / (s + 1e-6)`, greatest at `s = 1`, s the greatest gain of a block's Jacobian.

    s is the greatest singular value of the mean of `g_in g_out'` over images and positions, g_out random signs of the
    block's output `(positions, channels)`, and g_in what flows back from them to the block before. Where the resolution
    falls, pixels of the input that become one pixel count as channels.
    """

    name = "az_trainability"
    label = "AZ-NAS trainability"
    reference = "Lee2024"
    needs = NEEDS

    def measure(self, probe: Probe) -> float:
        gains = _blocks(probe).known_gains
        if not gains:
            raise NotMeasurable("the network has no two blocks")
        return sum(2 - gain - 1 / (gain + 1e-6) for gain in gains) / len(gains)


@dataclass(frozen=True)
class Blocks:
    """What the three proxies are computed from, or why it cannot be.

    Attributes:
        entropies: of the spectrum of each block's output, the stem's first.
        gains: of each block but the first.
    """

    entropies: list[float] | NotMeasurable
    gains: list[float] | NotMeasurable

    @property
    def known_entropies(self) -> list[float]:
        return _known(self.entropies)

    @property
    def known_gains(self) -> list[float]:
        return _known(self.gains)


_FOUND: WeakKeyDictionary[Probe, Blocks] = WeakKeyDictionary()


def _blocks(probe: Probe) -> Blocks:
    """Computed once, as long as the probe lives."""
    if probe not in _FOUND:
        generator, like = probe.generator("az_nas"), probe.images()
        images = torch.randn(like.shape, generator=generator, device=like.device)
        _FOUND[probe] = look_at_blocks(kaiming_normal(probe.network(), generator), images, generator)
    return _FOUND[probe]


def look_at_blocks(network: nn.Module, images: Tensor, generator: torch.Generator) -> Blocks:
    """Entropies and gains of the blocks of a network for images `(batch, channels, height, width)`."""
    features = block_features(network, images.contiguous(memory_format=torch.channels_last))
    return Blocks(
        _attempt(lambda: [spectral_entropy(one) for one in features]),
        _attempt(lambda: [gain(before, after, generator) for before, after in pairwise(features)]),
    )


def spectral_entropy(features: Tensor) -> float:
    """Of the covariance of the channels of `(batch, channels, height, width)`, from 0 to ln(channels).

    Raises:
        NotMeasurable: no channel varies.
    """
    rows = features.detach().movedim(1, -1).flatten(0, 2)
    centred = rows - rows.mean(0)
    eigenvalues = torch.linalg.eigvalsh((centred.T @ centred / len(rows)).double()).clamp(min=0)
    if not eigenvalues.sum() > 0:
        raise NotMeasurable("the output of a block is constant")
    shares = eigenvalues / eigenvalues.sum()
    return float(-(shares * (shares + 1e-8).log()).sum())


def gain(before: Tensor, after: Tensor, generator: torch.Generator) -> float:
    """The greatest singular value of the estimated Jacobian of a block, from its input and its output in one graph.

    Raises:
        NotMeasurable: the block passes on what it gets, or its output is not a whole fraction of its input in size.
    """
    signs = torch.empty_like(after).bernoulli_(0.5, generator=generator) * 2 - 1
    (back,) = torch.autograd.grad(after, before, signs, allow_unused=True, materialize_grads=True)
    if back.shape == signs.shape and torch.equal(back, signs):
        raise NotMeasurable("a block passes its input on unchanged")
    fraction = max(1, before.shape[2] // after.shape[2])
    if tuple(before.shape[2:]) != tuple(size * fraction for size in after.shape[2:]):
        raise NotMeasurable(f"a block makes {tuple(after.shape[2:])} pixels of {tuple(before.shape[2:])}")
    back = F.pixel_unshuffle(back, fraction)
    flat_back, flat_signs = (one.movedim(1, -1).flatten(0, 2) for one in (back, signs))
    return float(torch.linalg.matrix_norm(flat_back.T @ flat_signs / len(flat_signs), ord=2))


def _attempt(compute: Callable[[], list[float]]) -> list[float] | NotMeasurable:
    try:
        return compute()
    except NotMeasurable as error:
        return error


def _known(found: list[float] | NotMeasurable) -> list[float]:
    if isinstance(found, NotMeasurable):
        raise found
    return found
