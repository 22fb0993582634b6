"""Laws that every registered search space keeps, and the large toys. A new space is tested by being registered."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from multiply_adds import counted
from small import inputs_of, small_network, small_supernet

from nasrank.spaces import SPACES, Enumerated, get_space
from nasrank.testing import ParallelBranches, Trellis
from nasrank.testing.enumerated_conformance import EnumeratedConformance
from nasrank.testing.space_conformance import SpaceConformance, some

ENUMERATED = {name: space for name, space in SPACES.items() if isinstance(space, Enumerated)}
OTHERS = {name: space for name, space in SPACES.items() if name not in ENUMERATED}
TOYS = {"branches": ParallelBranches(), "trellis": Trellis(), "small trellis": Trellis(layers=3, levels=2)}


@pytest.mark.parametrize("space", ENUMERATED.values(), ids=ENUMERATED)
class TestEveryEnumeratedSpace(EnumeratedConformance):
    pass


@pytest.mark.parametrize("space", [*OTHERS.values(), *TOYS.values()], ids=[*OTHERS, *TOYS])
class TestEverySpaceWithoutPositions(SpaceConformance):
    pass


SAMPLED = ("nago",)
"""Spaces in which different parameters may lead to one graph."""


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
class TestEveryRegisteredSpace:
    def test_different_architectures_have_different_graphs(self, space):
        architectures = some(space, 100)
        graphs = {(space.graph(one).labels, space.graph(one).edges) for one in architectures}
        assert (len(graphs) == len(architectures)) or space.name in SAMPLED

    def test_it_is_registered_by_its_name(self, space):
        assert get_space(space.name) is space

    @pytest.mark.slow
    def test_a_mixture_is_charged_no_less_than_it_computes(self, space):
        """Multiply-adds of a super-net of one cell a stage, compared with the mean of random paths; rounded."""
        if not space.mixes:
            with pytest.raises(ValueError, match="mixture"):
                _ = space.passes_per_mixture
            return
        supernet, image = space.supernet(**small_supernet(space, channels=8)), inputs_of(space, 2, size=16)
        generator = np.random.default_rng(0)
        paths = [space.random_choices(generator) for _ in range(200)]
        mixture = [torch.full((len(decision.options),), 1 / len(decision.options)) for decision in space.decisions]
        ratio = counted(supernet, image, mixture) / np.mean([counted(supernet, image, path) for path in paths])
        assert ratio <= space.passes_per_mixture + 0.5

    def test_costs_depend_on_the_size_of_the_network(self, space):
        for architecture in some(space, 10):
            cost, less = space.cost(architecture), space.cost(architecture, **small_network(space))
            assert 0 < less.parameters < cost.parameters
            assert 0 < less.multiply_adds < cost.multiply_adds
