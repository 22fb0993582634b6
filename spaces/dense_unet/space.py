"""Filters, kernels and poolings of a densely connected encoder-decoder, as a `SearchSpace` after [Mortazi2018].

The authors choose filters, kernel height and kernel width of each layer, and what pools. Here the layers of one of five
blocks are alike: seventeen decisions, ordered but for the poolings, as the authors' searcher wants them, which is
`nasrank.bench.search.steps`.

References:
    [Mortazi2018] Mortazi & Bagci, "Automatically Designing CNN Architectures for Medical Image Segmentation", MLMI
        2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.dense_unet import blocks
from nasrank.spaces.dense_unet.blocks import (
    BLOCKS,
    DOWN,
    FILTERS,
    KERNELS,
    OF_BLOCKS,
    POOLINGS,
    DenseUnet,
)
from nasrank.spaces.dense_unet.costs import (
    CLASSES,
    HEIGHT,
    IMAGE_CHANNELS,
    LAYERS,
    WIDTH,
    network_cost,
    pixels_of,
    summed,
)
from nasrank.spaces.integers import IntArray
from nasrank.spaces.product import DistinctSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.dense_unet.network import DenseUnetNetwork
    from nasrank.spaces.dense_unet.options import DenseUnetNetworkOptions, DenseUnetOptions
    from nasrank.spaces.dense_unet.supernet import DenseUnetSuperNet


def _decisions() -> list[Decision]:
    found = []
    for block in range(BLOCKS):
        found += [
            Decision.numbers(f"filters {block}", FILTERS),
            Decision.numbers(f"kernel height {block}", KERNELS),
            Decision.numbers(f"kernel width {block}", KERNELS),
        ]
        if block < DOWN:
            found.append(Decision(f"pooling {block}", POOLINGS))
    return found


class DenseUnets(DistinctSpace[DenseUnet]):
    """Seventeen decisions: of each of five blocks its filters and the sides of its kernels, and two poolings."""

    name = "dense_unet"
    reference = "Mortazi2018"
    inputs = "segmented images"
    value_type = DenseUnet
    mixes = False
    decisions = tuple(_decisions())

    def from_choices(self, choices: Sequence[int]) -> DenseUnet:
        return blocks.from_choices(choices)

    def to_choices(self, architecture: DenseUnet) -> tuple[int, ...]:
        return architecture.choices

    def parse(self, text: str) -> DenseUnet:
        return blocks.parse(text)

    def traits(self, architecture: DenseUnet) -> dict[str, int]:
        """How many of the poolings take the greatest value."""
        return {"max poolings": architecture.poolings.count(POOLINGS.index("max"))}

    def graph(self, architecture: DenseUnet) -> OpGraph:
        """A block and a pooling alternate down to the block below, and two blocks lead up to the output.

        What is seen of earlier blocks comes along the edges from them and from poolings, which see it all.
        """
        first, second, below, third, last = map(str, architecture.blocks)
        poolings = (POOLINGS[pooling] for pooling in architecture.poolings)
        labels = ("input", first, next(poolings), second, next(poolings), below, third, last, "output")
        down = ((0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5))
        up = ((2, 6), (3, 6), (5, 6), (0, 7), (1, 7), (6, 7), (0, 8), (1, 8), (6, 8), (7, 8))
        return OpGraph(labels, (*down, *up))

    # --- networks ---

    @property
    def options(self) -> type[DenseUnetOptions]:
        from nasrank.spaces.dense_unet.options import DenseUnetOptions

        return DenseUnetOptions

    @property
    def network_options(self) -> type[DenseUnetNetworkOptions]:
        from nasrank.spaces.dense_unet.options import DenseUnetNetworkOptions

        return DenseUnetNetworkOptions

    def network(self, architecture: DenseUnet, **options: Any) -> DenseUnetNetwork:
        """From images `(batch, channels, height, width)` to scores of each pixel `(batch, classes, height, width)`.

        The options are those of `DenseUnetNetwork`.
        """
        from nasrank.spaces.dense_unet.network import DenseUnetNetwork

        return DenseUnetNetwork(architecture, **options)

    def supernet(self, **options: Any) -> DenseUnetSuperNet:
        """Shared weights for all architectures; the options are those of `DenseUnetSuperNet`."""
        from nasrank.spaces.dense_unet.supernet import DenseUnetSuperNet

        return DenseUnetSuperNet(**options)

    def cost(self, architecture: DenseUnet, **macro: Any) -> Cost:
        """The options, their defaults and what is counted are those of `network_cost`."""
        return network_cost(architecture, **macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """As `cost` without options, of all at once."""
        choices = self.choices(positions)
        filters = [np.array(FILTERS)[choices[:, at]] for at in OF_BLOCKS]
        sides = np.array(KERNELS)
        areas = [sides[choices[:, at + 1]] * sides[choices[:, at + 2]] for at in OF_BLOCKS]
        sizes = {"layers": LAYERS, "classes": CLASSES, "image_channels": IMAGE_CHANNELS}
        parameters, multiply_adds = summed(filters, areas, pixels=pixels_of(HEIGHT, WIDTH), **sizes)
        return parameters, multiply_adds


SPACES.register(DenseUnets())
