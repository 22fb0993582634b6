"""How Auto-DeepLab's networks are put together at this size, and what they cost, without building them."""

from __future__ import annotations

from nasrank.spaces.deeplab.segmenter import CONV, DIL, SEP, Segmenter
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost
from nasrank.spaces.trellis.sizes import STEM_LEVEL, cell_width, cells_cost, halved

CHANNELS = 8
"""Of a node at level 0; each further level has twice as many."""

HEAD_MULTIPLIER = 4
"""How many times the channels of level 0 each branch of the head has."""

HEIGHT, WIDTH = 72, 96
"""Of images of CamVid as they are reduced."""


def side(pixels: int, level: int) -> int:
    """Of the features at a level, from that of the images: halved once more than the level says."""
    return halved(pixels, level + 1)


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
