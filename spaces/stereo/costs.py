"""How LEAStereo's networks are put together at this size, and what they cost, without building them."""

from __future__ import annotations

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost
from nasrank.spaces.stereo.matcher import CONV, Matcher
from nasrank.spaces.trellis.sizes import STEM_LEVEL, cell_width, cells_cost, halved, node_width

CHANNELS = 4
"""Of a node at level 0; each further level has twice as many."""

DISPARITIES = 14
"""Of the features, which are compared at each of so many: 0 to 39 pixels of the views."""

STRIDE = 3
"""Of features at level 0: pixels of a view that become one, each way."""

HEIGHT, WIDTH = 72, 120
"""Of parts of the views of Middlebury's scenes."""


def coarse(pixels: int) -> int:
    """The side of the features at level 0, from that of the views, of which what lacks is filled up with zeros."""
    return -(-pixels // STRIDE)


def network_cost(
    matcher: Matcher,
    *,
    channels: int = CHANNELS,
    disparities: int = DISPARITIES,
    image_channels: int = 3,
    height: int = HEIGHT,
    width: int = WIDTH,
) -> Cost:
    """Trainable parameters, and multiply-adds of a pair of views of `height` by `width` pixels.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions, of the feature
    net once for each view; normalization, interpolation, activations and the expected disparity count as free.

    Raises:
        ValueError: a size is no integer, or below one.
    """
    refuse_sizes(channels=channels, disparities=disparities, image_channels=image_channels, height=height, width=width)
    rows, columns = coarse(height), coarse(width)

    def pixels(level: int) -> int:
        return halved(rows, level) * halved(columns, level)

    def voxels(level: int) -> int:
        return halved(disparities, level) * pixels(level)

    stem = cell_width(channels, STEM_LEVEL)
    images = cells_cost(matcher.feature, channels, pixels, lambda one, own: _weights(one, own, 2))
    volumes = cells_cost(matcher.matching, channels, voxels, lambda one, own: _weights(one, own, 3))
    first = 9 * image_channels * channels
    second, third = 9 * channels * stem, 9 * stem**2
    ends = [
        cell_width(channels, net.levels[-1]) * node_width(channels, 0) for net in (matcher.feature, matcher.matching)
    ]
    volume_stem, told = 27 * 2 * channels * stem, 27 * channels
    norms = 2 * (channels + 2 * stem) + 2 * stem + 2 * 2 * channels
    weights = first + second + third + sum(ends) + volume_stem + told
    of_view = first * height * width + (second + third) * pixels(0)
    of_view += images.multiply_adds + ends[0] * pixels(matcher.feature.levels[-1])
    of_volume = (volume_stem + told) * voxels(0) + volumes.multiply_adds + ends[1] * voxels(matcher.matching.levels[-1])
    return Cost(weights + norms + images.parameters + volumes.parameters, 2 * of_view + of_volume)


def _weights(operation: int, width: int, dimensions: int) -> tuple[int, int]:
    """Weights of an operation, each used once a place, and how many normalizations it has."""
    return (3**dimensions * width**2, 1) if operation == CONV else (0, 0)
