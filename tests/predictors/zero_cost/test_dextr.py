"""Dextr against curves and matrices that are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.dextr import Dextr, curvature, inverse_condition, untracked
from nasrank.predictors.zero_cost.feature_maps import feature_maps
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.spaces import get_space


def plane(shape: tuple[int, ...] = (1, 3, 8, 8)) -> tuple[Tensor, Tensor]:
    numbers = torch.randn(math.prod(shape), 2, generator=torch.Generator().manual_seed(0))
    first, second = torch.linalg.qr(numbers).Q.T.reshape(2, *shape)
    return first, second


@pytest.mark.parametrize("scale", [0.2, 1.0, 4.0])
def test_the_curvature_of_a_circle_is_one_by_its_radius(scale: float) -> None:
    assert curvature(lambda images: scale * images, *plane()) == pytest.approx(1 / scale, rel=1e-5)


def test_the_curvature_of_an_ellipse_and_of_a_line() -> None:
    first, second = plane()

    def ellipse(images: Tensor) -> Tensor:
        along, across = ((images * one).sum() for one in (first, second))
        return torch.stack([3 * along, 2 * across])[None]

    assert curvature(ellipse, first, second) == pytest.approx(3 / 2**2, rel=1e-5)  # a / b^2 at the end of a
    assert curvature(lambda images: (images * second).sum()[None, None], first, second) == pytest.approx(0, abs=1e-5)


def test_scores_that_stand_still_have_no_curvature() -> None:
    with pytest.raises(NotMeasurable, match="do not depend"):
        curvature(lambda images: 0 * images, *plane())


def test_it_is_that_of_derivatives_that_are_taken_backwards() -> None:
    space = get_space("nb201")
    torch.manual_seed(0)
    cell = space.parse("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|")
    network = untracked(space.network(cell, channels=4, cells_per_stage=1, classes=5)).train().double()
    first, second = (one.double() for one in plane((1, 3, 16, 16)))
    angle = torch.zeros((), dtype=torch.float64, requires_grad=True)
    scores = network(angle.cos() * first + angle.sin() * second).flatten()
    v = torch.stack([torch.autograd.grad(score, angle, create_graph=True)[0] for score in scores])
    a = torch.stack([torch.autograd.grad(one, angle, retain_graph=True)[0] for one in v])
    expected = ((v @ v) * (a @ a) - (v @ a) ** 2).sqrt() / (v @ v) ** 1.5
    assert curvature(network, first, second) == pytest.approx(float(expected.detach()), rel=1e-6)


def test_conditions_are_those_of_singular_values() -> None:
    turn, other = (torch.linalg.qr(torch.randn(size, size)).Q for size in (3, 6))
    features = turn @ torch.diag(torch.tensor([4.0, 2.0, 1.0])) @ other[:3]
    assert inverse_condition(features) == pytest.approx(0.25, rel=1e-4)
    assert inverse_condition(features[:1]) == 1
    assert inverse_condition(torch.zeros(3, 4)) == 0


@pytest.mark.slow
def test_both_parts_are_put_together_and_the_seed_decides() -> None:
    class Small(Dextr):
        side = 16

    space = get_space("nb201")
    cell = space.from_choices([3, 1, 2, 0, 1, 3])

    def build() -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return space.network(cell, channels=4, cells_per_stage=1)

    samples = (torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(2)), torch.zeros(2))
    probe = Probe(build, samples)
    found = Small().measure(probe)
    conditions = 3 + sum(inverse_condition(one) for one in feature_maps(build().train(), samples[0][:1]))
    assert 0 < found < math.log1p(conditions)
    assert Small().measure(Probe(build, samples)) == found
    assert Small().measure(Probe(build, samples, seed=1)) != found


def test_what_pytorch_cannot_derive_twice_is_no_score() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.SiLU(), nn.Flatten(), nn.LazyLinear(4))
    network(torch.randn(1, 3, 64, 64))
    samples = torch.randn(2, 3, 64, 64), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(NotMeasurable, match="no second forward derivative"):
        Dextr().measure(Probe(lambda: network, samples))
