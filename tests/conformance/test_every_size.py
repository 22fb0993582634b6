"""Networks of every registered space on inputs of every size; cases, group 3: odd sizes failed, or spread one pixel.

A new space is tested by being registered.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from multiply_adds import counted
from small import VOCABULARY, inputs_of, small_network, small_supernet
from turns import EXHAUSTIVE, in_turn

from nasrank.spaces import SPACES

SIZES = range(1, 41)
FEWER = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40)
"""Small ones, powers of two and their neighbours."""

ONCE_FAILED = ("nb101", "nb201")

OF_IMAGES = {name: space for name, space in SPACES.items() if space.inputs == "images"}
OF_TEXT = {name: space for name, space in SPACES.items() if space.inputs == "text"}
OF_PAIRS = {name: space for name, space in SPACES.items() if space.inputs == "stereo pairs"}
OF_SCENES = {name: space for name, space in SPACES.items() if space.inputs == "segmented images"}


def by_default(place, size):
    """Every second of the fewer sizes, the others for the next space; all where small and odd ones once failed."""
    if size not in FEWER:
        return EXHAUSTIVE
    return () if list(OF_IMAGES)[place] in ONCE_FAILED else in_turn(place, FEWER.index(size), of=2)


EVERY_SPACE_OF_IMAGES = pytest.mark.parametrize("space", OF_IMAGES.values(), ids=OF_IMAGES)
WITH_EVERY_SIZE = pytest.mark.parametrize(
    ("space", "size"),
    [
        pytest.param(space, size, id=f"{name}-{size}", marks=by_default(place, size))
        for place, (name, space) in enumerate(OF_IMAGES.items())
        for size in (SIZES if name in ONCE_FAILED else FEWER)
    ],
)


def images(height, width=None):
    generator = torch.Generator().manual_seed(height)
    return torch.randn(4, 3, height, width or height, generator=generator)


def some(space, count):
    return space.sample(np.random.default_rng(0), count)


@WITH_EVERY_SIZE
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


@EVERY_SPACE_OF_IMAGES
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


@pytest.mark.parametrize("space", OF_SCENES.values(), ids=OF_SCENES)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (1, 9), (7, 3), (16, 16), (33, 30), (40, 24)])
class TestEverySizeOfSegmentedImages:
    def test_a_network_scores_each_pixel_and_costs_what_it_computes(self, space, height, width):
        torch.manual_seed(0)
        for architecture in some(space, 2):
            network = space.network(architecture, classes=7, **small_network(space))
            scores = network(images(height, width))
            assert scores.shape == (4, 7, height, width)
            assert torch.isfinite(scores).all()
            sizes = {"classes": 7, "height": height, "width": width, **small_network(space)}
            with_biases = space.cost(architecture, **sizes).multiply_adds
            without = counted(network, images(height, width)[:2]) / 2
            assert without <= with_biases <= without + 60 * height * width, "biases are not counted"

    @pytest.mark.slow
    def test_a_super_net_scores_them_along_any_path(self, space, height, width):
        torch.manual_seed(0)
        supernet = space.supernet(classes=7, **small_supernet(space)).eval()
        paths = [space.to_choices(architecture) for architecture in some(space, 3)]
        mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in space.decisions]
        with torch.no_grad():
            for path in (*paths, mixture) if space.mixes else paths:
                scores = supernet(images(height, width), path)
                assert scores.shape == (4, 7, height, width)
                assert torch.isfinite(scores).all()
            for places, outputs in supernet.each_path(images(height, width), paths):
                found = supernet(images(height, width), paths[places[0]])
                torch.testing.assert_close(outputs, found, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("space", OF_PAIRS.values(), ids=OF_PAIRS)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (7, 3), (15, 12)])
class TestEverySizeOfStereoPairs:
    def pairs(self, height, width):
        return torch.randn(3, 6, height, width, generator=torch.Generator().manual_seed(0))

    def test_a_network_tells_each_disparity_and_costs_what_it_computes(self, space, height, width):
        torch.manual_seed(0)
        pairs = self.pairs(height, width)
        for architecture in some(space, 2):
            network = space.network(architecture, **small_network(space))
            told = network(pairs)
            assert told.shape == (3, height, width)
            assert torch.isfinite(told).all()
            expected = space.cost(architecture, height=height, width=width, **small_network(space)).multiply_adds
            assert counted(network, pairs[:2]) == 2 * expected

    def test_a_super_net_tells_them_along_any_path(self, space, height, width):
        torch.manual_seed(0)
        supernet, pairs = space.supernet(**small_supernet(space)).eval(), self.pairs(height, width)
        paths = [space.to_choices(architecture) for architecture in some(space, 3)]
        mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in space.decisions]
        with torch.no_grad():
            for path in (*paths, mixture) if space.mixes else paths:
                told = supernet(pairs, path)
                assert told.shape == (3, height, width)
                assert torch.isfinite(told).all()
            for places, told in supernet.each_path(pairs, paths):
                torch.testing.assert_close(told, supernet(pairs, paths[places[0]]), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("space", OF_TEXT.values(), ids=OF_TEXT)
@pytest.mark.parametrize("length", [1, 2, 7, 33])
class TestEveryLength:
    def test_a_network_tells_the_next_of_each_token_and_costs_what_it_computes(self, space, length):
        torch.manual_seed(0)
        windows = inputs_of(space, 3, size=length)
        for architecture in some(space, 2):
            network = space.network(architecture, length=length, **small_network(space))
            outputs = network(windows)
            assert outputs.shape == (3, length, VOCABULARY)
            assert torch.isfinite(outputs).all()
            expected = space.cost(architecture, length=length, **small_network(space)).multiply_adds
            assert counted(network, windows[:2]) == 2 * expected

    def test_what_it_says_of_a_token_does_not_depend_on_later_ones(self, space, length):
        """Else it would be told what it is to tell."""
        torch.manual_seed(0)
        windows = inputs_of(space, 3, size=length)
        changed = windows.clone()
        changed[:, -1] = (changed[:, -1] + 1) % VOCABULARY
        for architecture in some(space, 3):
            network = space.network(architecture, length=length, **small_network(space)).eval()
            one, other = network(windows), network(changed)
            torch.testing.assert_close(one[:, :-1], other[:, :-1])
            assert not torch.equal(one[:, -1], other[:, -1])

    def test_a_super_net_scores_windows_along_any_path(self, space, length):
        torch.manual_seed(0)
        supernet = space.supernet(length=length, **small_supernet(space)).eval()
        windows = inputs_of(space, 3, size=length)
        paths = [space.to_choices(architecture) for architecture in some(space, 3)]
        mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in space.decisions]
        for path in (*paths, mixture) if space.mixes else paths:
            assert torch.isfinite(supernet(windows, path)).all()
