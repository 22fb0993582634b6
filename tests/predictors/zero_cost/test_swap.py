"""SWAP against sets of tuples."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.initialization import kaiming_normal, standard_normal
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.swap import RegularizedSwap, Swap, count_patterns


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.end = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Linear(4, 2)

    def forward(self, images: Tensor) -> Tensor:
        features = torch.relu(self.norm(self.conv(images)))
        return torch.relu(self.end(features.mean((2, 3))))  # the second has no images


class Fewer(Swap):
    repeats = 3


class FewerRegularized(RegularizedSwap):
    repeats = 3
    mu, sigma = 0.2, 0.5


def samples(count: int = 20) -> tuple[Tensor, Tensor]:
    common, own = (torch.randn(many, 3, 5, 5, generator=torch.Generator().manual_seed(1)) for many in (1, count))
    return common + own / 3, torch.zeros(count)


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Small()


def test_patterns_are_counted_as_a_set_of_tuples() -> None:
    images = samples()[0][:7]
    small = network().train()
    units = (small.norm(small.conv(images)) > 0).flatten(1).T
    assert count_patterns(small, images) == len({tuple(unit.tolist()) for unit in units})
    last = images.contiguous(memory_format=torch.channels_last)
    assert count_patterns(small, last) == count_patterns(small, images)
    assert count_patterns(small, images.flip(0)) == count_patterns(small, images)


def test_one_image_has_two_patterns_and_none_has_no_score() -> None:
    assert count_patterns(network(), samples()[0][:1]) == 2
    with pytest.raises(NotMeasurable, match="no ReLU"):
        count_patterns(nn.Conv2d(3, 2, 1), samples()[0][:2])
    with pytest.raises(ValueError, match="17 images"):
        count_patterns(network(), samples()[0][:17])


def test_it_is_averaged_over_draws_of_weights_that_the_seed_decides() -> None:
    probe = Probe(network, samples(), seed=5)
    small, generator = probe.network(), probe.generator("swap")
    expected = [count_patterns(standard_normal(small, generator), samples()[0][:16]) for _ in range(3)]
    assert len(set(expected)) > 1
    assert Fewer().measure(probe) == pytest.approx(sum(expected) / 3)
    assert Fewer().measure(Probe(network, samples(), seed=5)) == Fewer().measure(probe)
    assert Fewer().measure(Probe(network, samples(), seed=6)) != Fewer().measure(probe)


def test_the_factor_is_that_of_the_parameters() -> None:
    thousands = (3 * 4 * 9 + 4 + 8 + 10) / 1000
    factor = math.exp(-((thousands - 0.2) ** 2) / 0.5)
    probe = Probe(network, samples())
    assert FewerRegularized().measure(probe) == pytest.approx(Fewer().measure(probe) * factor)


def test_networks_of_quite_another_size_have_no_regularized_score() -> None:
    class Far(FewerRegularized):
        mu, sigma = 1e4, 1.0

    with pytest.raises(NotMeasurable, match="thousand parameters"):
        Far().measure(Probe(network, samples()))


@pytest.mark.parametrize(("draw", "variance"), [(standard_normal, 1.0), (kaiming_normal, 2 / 900)])
def test_weights_are_drawn_from_the_distributions_that_are_named(draw: object, variance: float) -> None:
    assert callable(draw)
    layers = nn.Sequential(nn.Conv2d(100, 50, 3), nn.BatchNorm2d(50), nn.BatchNorm2d(50, affine=False))
    layers[1].weight.data.fill_(3)
    draw(layers, torch.Generator().manual_seed(0))
    weights = layers[0].weight.detach()
    assert float(weights.var()) == pytest.approx(variance, rel=0.05)
    assert float(weights.mean()) == pytest.approx(0, abs=0.02)
    assert not layers[0].bias.any()
    assert (layers[1].weight == 1).all()
