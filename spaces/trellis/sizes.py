"""How wide and how large the cells of a net are at each level, and what they cost, without building them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nasrank.spaces.space import Cost
from nasrank.spaces.trellis.net import Net

NODES = 2
"""Of a cell, whose outputs stand side by side."""

STEM_LEVEL = 0
"""The stem puts out what a cell at this level does."""


def node_width(channels: int, level: int) -> int:
    """Channels of a node of a cell at this level."""
    return channels << level


def cell_width(channels: int, level: int) -> int:
    """Channels of what a cell puts out."""
    return NODES * node_width(channels, level)


def halved(size: int, times: int) -> int:
    """A size that is halved and rounded up so many times."""
    return -(-size // (1 << times))


def sources(net: Net) -> Iterator[tuple[int, int, int]]:
    """Of each layer, its level, and those of the last layer and of the one before; the stem is both at first."""
    levels = (STEM_LEVEL, STEM_LEVEL, *net.levels)
    return zip(levels[2:], levels[1:], levels, strict=False)


def cells_cost(
    net: Net, channels: int, places: Callable[[int], int], operation_weights: Callable[[int, int], tuple[int, int]]
) -> Cost:
    """That of the cells of all layers.

    Args:
        channels: of a node at level 0.
        places: how many there are, pixels or voxels, at a level.
        operation_weights: of an operation and the width of a node, see `operation_weights`.
    """
    parameters = multiply_adds = 0
    for level, last, before_last in sources(net):
        own = node_width(channels, level)
        weights = own * (cell_width(channels, last) + cell_width(channels, before_last))
        norms = 2
        for operation in net.operations:
            more, its_norms = operation_weights(operation, own)
            weights, norms = weights + more, norms + its_norms
        parameters += weights + 2 * norms * own
        multiply_adds += weights * places(level)
    return Cost(parameters, multiply_adds)
