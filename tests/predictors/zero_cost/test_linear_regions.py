"""Linear regions against arrangements of lines whose regions are known, and against sets of tuples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nasrank.predictors.zero_cost.linear_regions import (
    LinearRegions,
    count_regions,
    draw_crops,
    smallest_network,
)
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.spaces import get_space


class Lines(nn.Module):
    """One ReLU a line `a x + b y + c > 0` of the plane, for images of two channels and one pixel."""

    def __init__(self, lines: list[tuple[float, float, float]]) -> None:
        super().__init__()
        self.layer = nn.Conv2d(2, len(lines), 1)
        numbers = torch.tensor(lines)
        self.layer.weight.data = numbers[:, :2, None, None]
        self.layer.bias.data = numbers[:, 2]

    def forward(self, images: Tensor) -> Tensor:
        return torch.relu(self.layer(images)).flatten(1)


def plane(steps: int = 101, reach: float = 5.0) -> Tensor:
    axis = torch.linspace(-reach, reach, steps)
    return torch.cartesian_prod(axis, axis)[:, :, None, None]


@pytest.mark.parametrize(
    ("lines", "regions"),
    [
        ([(1.0, 0.0, 0.05)], 2),
        ([(1.0, 0.0, 0.05), (1.0, 0.0, 1.05), (1.0, 0.0, -2.05)], 4),  # parallel: n + 1
        ([(1.0, 0.0, 0.05), (0.0, 1.0, 0.05)], 4),
        ([(1.0, 0.0, 0.05), (0.0, 1.0, 0.05), (1.0, 1.0, 2.17)], 7),  # in general position: 1 + n + n (n - 1) / 2
        ([(1.0, 0.0, 0.05), (0.0, 1.0, 0.05), (1.0, 1.0, 2.17), (1.0, -1.0, 1.03)], 11),
        ([(0.0, 0.0, 1.0)], 1),
    ],
)
def test_lines_divide_the_plane_as_geometry_says(lines: list[tuple[float, float, float]], regions: int) -> None:
    assert count_regions(Lines(lines), [plane()]) == regions
    assert count_regions(Lines(lines), list(plane().split(500))) == regions


def test_patterns_are_counted_as_a_set_of_tuples() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 3, padding=1), nn.ReLU())
    images = torch.randn(300, 1, 3, 3)
    first = layers[0](images)
    second = layers[2](first.relu())
    expected = {tuple((torch.cat([a.flatten(), b.flatten()]) > 0).tolist()) for a, b in zip(first, second, strict=True)}
    assert count_regions(layers, [images]) == len(expected)


def test_a_network_without_relus_in_full_resolution_has_no_score() -> None:
    with pytest.raises(NotMeasurable, match="no ReLU"):
        count_regions(nn.Conv2d(2, 2, 1), [plane()])
    with pytest.raises(NotMeasurable, match="no ReLU"):
        count_regions(nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU()), [torch.randn(4, 1, 3, 3)])


def test_crops_are_squares_of_one_channel() -> None:
    images = torch.arange(2 * 3 * 5 * 6.0).reshape(2, 3, 5, 6)
    squares = {tuple(images[n, c, y : y + 3, x : x + 3].flatten().tolist()) for n, c, y, x in np.ndindex(2, 3, 3, 4)}
    crops = draw_crops(images, 2000, 3, torch.Generator().manual_seed(0))
    assert crops.shape == (2000, 1, 3, 3)
    assert {tuple(one.flatten().tolist()) for one in crops} == squares
    assert draw_crops(images, 4, 9, torch.Generator()).shape == (4, 1, 5, 5)


def probe(
    seed: int = 0, text: str = "|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|skip_connect~2|"
) -> Probe:
    space: Any = get_space("nb201")
    batch = torch.randn(8, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    architecture = space.functional(space.parse(text), silence_is_zero=True)
    samples = (batch, torch.zeros(8, dtype=torch.int64))
    return Probe(lambda: nn.Identity(), samples, architecture=architecture, space=space, seed=seed)


def test_the_seed_decides_and_what_no_signal_crosses_does_not() -> None:
    class Few(LinearRegions):
        crops, repeats = 200, 2

    found = Few().measure(probe())
    assert 2 < found <= 600
    assert Few().measure(probe()) == found
    assert Few().measure(probe(1)) != found
    without = "|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|none~1|none~2|"
    assert Few().measure(probe(text=without)) == found


def test_the_network_is_the_smallest_of_the_space() -> None:
    network = smallest_network(probe(), torch.Generator().manual_seed(0))
    assert network(torch.zeros(2, 1, 3, 3)).shape == (2, 2)
    assert sum(one.numel() for one in network.parameters()) < 500
    with pytest.raises(ValueError, match="space"):
        smallest_network(Probe(lambda: nn.Identity()), torch.Generator())
