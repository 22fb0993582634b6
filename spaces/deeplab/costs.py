"""How Auto-DeepLab's networks are put together at this size, and what they cost, without building them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nasrank.spaces.deeplab.net import Net
from nasrank.spaces.deeplab.segmenter import CONV, DIL, SEP, Segmenter
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost

CHANNELS = 8
"""Of a node at level 0; each further level has twice as many."""

NODES = 2
"""Of a cell, whose outputs stand side by side."""

HEAD_MULTIPLIER = 4
"""How many times the channels of level 0 each branch of the head has."""

STEM_LEVEL = 0
"""The stem puts out what a cell at this level does."""

HEIGHT, WIDTH = 72, 96
"""Of images of CamVid as they are reduced."""


def node_width(channels: int, level: int) -> int:
    """Channels of a node of a cell at this level."""
    return channels << level


def cell_width(channels: int, level: int) -> int:
    """Channels of what a cell puts out."""
    return NODES * node_width(channels, level)


def halved(size: int, times: int) -> int:
    """A size that is halved and rounded up so many times."""
    return -(-size // (1 << times))


def side(pixels: int, level: int) -> int:
    """Of the features at a level, from that of the images: halved once more than the level says."""
    return halved(pixels, level + 1)


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


def operation_weights(operation: int, width: int) -> tuple[int, int]:
    """Weights of the convolutions of an operation, each used once a pixel, and how many normalizations it has."""
    depthwise = 9 * width + width**2
    known = {CONV: (9 * width**2, 1), SEP: (2 * depthwise, 2), DIL: (depthwise, 1)}
    return known.get(operation, (0, 0))


def network_cost(
    segmenter: Segmenter,
    *,
    channels: int = CHANNELS,
    classes: int = 11,
    image_channels: int = 3,
    height: int = HEIGHT,
    width: int = WIDTH,
) -> Cost:
    """Trainable parameters, and multiply-adds of one image of `height` by `width` pixels.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions, one more for
    each bias that is added to a pixel; pooling, normalization, bilinear interpolation and activations count as free.

    Raises:
        ValueError: a size is no integer, or below one.
    """
    refuse_sizes(channels=channels, classes=classes, image_channels=image_channels, height=height, width=width)
    stem = cell_width(channels, STEM_LEVEL)
    pixels = side(height, STEM_LEVEL) * side(width, STEM_LEVEL)
    cells = cells_cost(segmenter, channels, lambda level: side(height, level) * side(width, level), operation_weights)
    parameters = 9 * image_channels * stem + 2 * stem + cells.parameters
    multiply_adds = 9 * image_channels * stem * pixels + cells.multiply_adds
    level = segmenter.levels[-1]
    inputs, branch = cell_width(channels, level), HEAD_MULTIPLIER * channels
    pixels = side(height, level) * side(width, level)
    parameters += 10 * inputs * branch + 2 * 2 * branch + (inputs + 1) * branch + (3 * branch + 1) * classes
    multiply_adds += (10 * inputs * branch + (3 * branch + 1) * classes) * pixels + (inputs + 1) * branch
    return Cost(parameters, multiply_adds)
