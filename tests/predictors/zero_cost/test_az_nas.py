"""AZ-NAS against spectra and Jacobians that are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.az_nas import (
    Expressivity,
    Progressivity,
    Trainability,
    gain,
    look_at_blocks,
    spectral_entropy,
)
from nasrank.predictors.zero_cost.blocks import block_features
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.spaces import get_space


class Pointwise(nn.Module):
    def __init__(self, matrix: Tensor, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(matrix.shape[1], matrix.shape[0], 1, bias=False, stride=stride)
        self.conv.weight.data = matrix[:, :, None, None]

    def forward(self, images: Tensor) -> Tensor:
        return self.conv(images)


class Nothing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        return images


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(channels: int = 4, batch: int = 8, side: int = 16) -> Tensor:
    return torch.randn(batch, channels, side, side, generator=generator(1))


# --- expressivity and progressivity ---


def with_covariance(deviations: list[float]) -> Tensor:
    """Features `(1, channels, rows, 1)` whose channels are uncorrelated, with these standard deviations."""
    channels, rows = len(deviations), 32
    basis = torch.linalg.qr(torch.cat([torch.ones(rows, 1), torch.randn(rows, channels)], 1)).Q[:, 1:]
    return (basis * torch.tensor(deviations) * rows**0.5).T.reshape(1, channels, rows, 1)


@pytest.mark.parametrize("channels", [2, 7])
def test_equal_variances_have_the_logarithm_of_their_number_for_entropy(channels: int) -> None:
    features = with_covariance([3.0] * channels) + 5
    assert spectral_entropy(features) == pytest.approx(math.log(channels), abs=1e-5)


def test_other_variances_have_the_entropy_of_their_shares() -> None:
    shares = [0.7, 0.2, 0.1]
    expected = -sum(share * math.log(share) for share in shares)
    features = with_covariance([share**0.5 for share in shares])
    assert spectral_entropy(features) == pytest.approx(expected, abs=1e-5)
    turned = torch.einsum("dc,nchw->ndhw", torch.linalg.qr(torch.randn(3, 3)).Q, 4 * features)
    assert spectral_entropy(turned) == pytest.approx(expected, abs=1e-5)


def test_copies_of_one_channel_have_none_and_constants_no_score() -> None:
    one = noise(1)
    assert spectral_entropy(torch.cat([one, -2 * one], 1)) == pytest.approx(0, abs=1e-5)
    with pytest.raises(NotMeasurable, match="constant"):
        spectral_entropy(torch.ones(2, 3, 4, 4))


# --- trainability ---


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_gain_of_a_scaled_rotation_is_near_its_scale(scale: float) -> None:
    before = noise(batch=32, side=32).requires_grad_()
    after = Pointwise(scale * torch.linalg.qr(torch.randn(4, 4)).Q)(before)
    assert gain(before, after, generator()) == pytest.approx(scale, rel=0.05)


def test_the_gain_is_that_of_the_jacobian_seen_by_the_signs_that_were_drawn() -> None:
    matrix = torch.randn(6, 4)
    before = noise(batch=2, side=4).requires_grad_()
    after = Pointwise(matrix)(before)
    signs = torch.empty_like(after).bernoulli_(0.5, generator=generator(9)) * 2 - 1
    rows = torch.stack([signs[n, :, y, x] for n in range(2) for y in range(4) for x in range(4)])
    mean = sum(torch.outer(matrix.T @ row, row) for row in rows) / len(rows)
    assert gain(before, after, generator(9)) == pytest.approx(float(torch.linalg.svdvals(mean)[0]), rel=1e-4)


def test_pixels_that_are_left_out_count_as_channels() -> None:
    before = noise(batch=64).requires_grad_()
    after = Pointwise(2 * torch.eye(4), stride=2)(before)  # one of four pixels arrives
    assert gain(before, after, generator()) == pytest.approx(2, rel=0.05)


def test_what_passes_on_what_it_gets_or_fits_no_fraction_has_no_gain() -> None:
    before = noise().requires_grad_()
    with pytest.raises(NotMeasurable, match="unchanged"):
        gain(before, before, generator())
    with pytest.raises(NotMeasurable, match="pixels"):
        gain(before, before[:, :, :11, :11] * 2, generator())


# --- the three in networks ---


def chain(*blocks: nn.Module) -> Probe:
    samples = (noise(batch=64), torch.zeros(64, dtype=torch.int64))
    return Probe(lambda: nn.Sequential(*blocks), samples)


def test_gains_of_one_are_best() -> None:
    rotation = torch.linalg.qr(torch.randn(4, 4)).Q
    networks = [nn.Sequential(Pointwise(rotation), Pointwise(scale * rotation)) for scale in (0.3, 1.0, 3.0)]
    images = noise(batch=64)
    found = []
    for network in networks:
        (value,) = look_at_blocks(network, images, generator()).known_gains
        found.append(2 - value - 1 / (value + 1e-6))
    assert found[1] == max(found)
    assert found[1] == pytest.approx(0, abs=0.01)


def test_three_proxies_look_at_one_pass() -> None:
    probe = chain(Pointwise(torch.eye(4)), Pointwise(torch.eye(4)), Pointwise(torch.eye(4)))
    total, worst, trainable = (kind().measure(probe) for kind in (Expressivity, Progressivity, Trainability))
    assert 0 < total < 3 * math.log(4)
    assert worst < 0, "weights that are drawn mix channels ever more"
    assert trainable < 0
    assert Expressivity().measure(probe) == total


def test_one_block_and_skipped_blocks_have_no_score_where_they_have_none() -> None:
    single = chain(Pointwise(torch.eye(4)))
    assert Expressivity().measure(single) > 0
    for kind in (Progressivity, Trainability):
        with pytest.raises(NotMeasurable, match="no two blocks"):
            kind().measure(single)
    skipping = chain(Pointwise(torch.eye(4)), Nothing())
    assert Progressivity().measure(skipping) == 0
    with pytest.raises(NotMeasurable, match="unchanged"):
        Trainability().measure(skipping)


@pytest.mark.parametrize(
    ("name", "text", "blocks"),
    [
        ("nb201", "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|", 1 + 3 * 2 + 2),
        ("nb101", "conv3x3(0)+maxpool3x3(0,1)+conv1x1(0)+output(0,1,2,3)", 1 + 3 * 2),
    ],
)
def test_blocks_are_the_stem_the_cells_and_the_reductions(name: str, text: str, blocks: int) -> None:
    space = get_space(name)
    network = space.network(space.parse(text), channels=8, cells_per_stage=2).train()
    features = block_features(network, torch.randn(2, 3, 16, 16))
    assert len(features) == blocks
    assert [one.shape[2] for one in features] == sorted([one.shape[2] for one in features], reverse=True)
    assert {one.shape[1] for one in features} >= {8, 16, 32}
    assert not any(module._forward_hooks for module in network.modules())
