"""What the networks cost, computed without building them."""

from __future__ import annotations

from math import ceil

from nasrank.spaces.glit.blocks import HEADS, Block, Stack
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost

GRID = 8
"""Rows and columns of the table of positions."""

WIDTH, PATCH, CLASSES, RESOLUTION, IMAGE_CHANNELS = 16, 2, 10, 16, 3


def refuse_width(width: int) -> None:
    """ValueError unless half a head has a whole number of channels, at least one."""
    refuse_sizes(width=width)
    if width % 2:
        raise ValueError(f"width is {width}; heads of half of it need it to be even")


def block_cost(block: Block, *, width: int, tokens: int) -> Cost:
    """Of one block, with heads of this width, on so many tokens."""
    channels = HEADS * width
    hidden = block.ratio * channels
    parameters = 4 * channels + 2 * channels * hidden + hidden + channels
    multiply_adds = tokens * 2 * channels * hidden
    if block.heads:
        seen, inner = block.heads * width, block.heads * int(block.width * width)
        parameters += 4 * seen * inner + 3 * inner + seen
        multiply_adds += tokens * 4 * seen * inner + 2 * tokens**2 * inner
    if block.heads < HEADS:
        seen = (HEADS - block.heads) * width
        inner = block.expansion * seen
        parameters += 3 * seen * inner + 2 * inner + seen + inner * (block.kernel + 2)
        multiply_adds += tokens * inner * (3 * seen + block.kernel)
    return Cost(parameters, multiply_adds)


def outer_cost(*, width: int, patch: int, classes: int, tokens: int, image_channels: int) -> Cost:
    """Of what is around the blocks: patches, positions, the last normalization and the classifier."""
    channels = HEADS * width
    kernel, classifier = image_channels * patch**2 * channels, channels * classes + classes
    parameters = kernel + channels + GRID**2 * channels + 2 * channels + classifier
    return Cost(parameters, tokens * kernel + classifier)


def network_cost(
    stack: Stack,
    *,
    width: int = WIDTH,
    patch: int = PATCH,
    classes: int = CLASSES,
    resolution: int = RESOLUTION,
    image_channels: int = IMAGE_CHANNELS,
) -> Cost:
    """Trainable parameters and multiply-adds of the stand-alone network.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions, of linear layers
    and of the two products of attention, queries with keys and weights with values; one more for each bias of the
    classifier, as NAS-Bench-201 counts. Normalizations, activations and the interpolation of positions count as free.
    `resolution` is the side of a square image, any from 1 on.

    Raises:
        ValueError: a size is no integer or below one, or the width is odd.
    """
    refuse_sizes(patch=patch, classes=classes, resolution=resolution, image_channels=image_channels)
    refuse_width(width)
    tokens = ceil(resolution / patch) ** 2
    parts = [block_cost(block, width=width, tokens=tokens) for block in stack.blocks]
    parts.append(outer_cost(width=width, patch=patch, classes=classes, tokens=tokens, image_channels=image_channels))
    return Cost(sum(part.parameters for part in parts), sum(part.multiply_adds for part in parts))
