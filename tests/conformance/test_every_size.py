"""Networks of every registered space on images of every size; cases, group 3: odd sizes failed, or spread one pixel.

A new space is tested by being registered.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from multiply_adds import counted
from small import small_network, small_supernet

from nasrank.spaces import SPACES

SIZES = range(1, 41)

pytestmark = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def images(height, width=None):
    generator = torch.Generator().manual_seed(height)
    return torch.randn(4, 3, height, width or height, generator=generator)


def some(space, count):
    return space.sample(np.random.default_rng(0), count)


@pytest.mark.parametrize("size", SIZES)
class TestEverySize:
    def test_a_network_scores_images_and_costs_what_it_computes(self, space, size):
        torch.manual_seed(0)
        for architecture in some(space, 2):
            network = space.network(architecture, classes=7, **small_network(space))
            assert torch.isfinite(network(images(size))).all()
            expected = space.cost(architecture, classes=7, resolution=size, **small_network(space)).multiply_adds
            assert counted(network, images(size)[:2]) == 2 * (expected - 7), "biases are not counted"

    def test_a_super_net_scores_them_along_any_path(self, space, size):
        torch.manual_seed(0)
        supernet = space.supernet(classes=7, **small_supernet(space)).eval()
        paths = [space.to_choices(architecture) for architecture in some(space, 3)]
        mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in space.decisions]
        with torch.no_grad():
            for path in (*paths, mixture) if space.mixes else paths:
                assert torch.isfinite(supernet(images(size), path)).all()
            for places, outputs in supernet.each_path(images(size), paths):
                torch.testing.assert_close(outputs, supernet(images(size), paths[places[0]]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(1, 9), (7, 3), (30, 33), (8, 10)])
def test_sides_may_differ(space, height, width):
    torch.manual_seed(0)
    architecture = some(space, 1)[0]
    for scores in (
        space.network(architecture, **small_network(space))(images(height, width)),
        space.supernet(**small_supernet(space))(images(height, width), space.to_choices(architecture)),
    ):
        assert scores.shape == (4, 10)
        assert torch.isfinite(scores).all()
