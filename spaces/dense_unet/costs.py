"""What dense encoder-decoders cost, computed without building them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nasrank.spaces.dense_unet.blocks import DOWN, ENTERING, SCALES, DenseUnet
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost

LAYERS = 2
"""Of a block."""

CLASSES, IMAGE_CHANNELS, HEIGHT, WIDTH = 3, 3, 64, 64


def pixels_of(height: int, width: int) -> list[int]:
    """Of an image of this size at each scale; sides are halved and rounded up."""
    return [-(-height // 2**scale) * -(-width // 2**scale) for scale in range(DOWN + 1)]


def summed(
    filters: Sequence[Any],
    areas: Sequence[Any],
    *,
    layers: int,
    classes: int,
    image_channels: int,
    pixels: Sequence[int],
) -> tuple[Any, Any]:
    """Trainable parameters and multiply-adds, of one architecture or of many at once.

    Args:
        filters: of each block, an integer or an array `(n,)`.
        areas: of the kernels of each block, likewise.
        pixels: of the image at each scale.
    """
    parameters, multiply_adds, seen = classes, 0, 0
    for own, area, sources, scale in zip(filters, areas, ENTERING, SCALES, strict=True):
        seen = image_channels + layers * sum(filters[source] for source in sources)
        weights = own * area * (layers * seen + own * (layers * (layers - 1) // 2))
        parameters = parameters + weights + 2 * layers * own
        multiply_adds = multiply_adds + weights * pixels[scale]
    classifier = classes * (seen + layers * filters[-1])
    return parameters + classifier, multiply_adds + classifier * pixels[0]


def network_cost(
    unet: DenseUnet,
    *,
    layers: int = LAYERS,
    classes: int = CLASSES,
    image_channels: int = IMAGE_CHANNELS,
    height: int = HEIGHT,
    width: int = WIDTH,
) -> Cost:
    """Trainable parameters, and multiply-adds of one image of `height` by `width` pixels.

    Parameters include the affine part of every normalization, and the biases of the classifier. Multiply-adds are those
    of convolutions, of which those with the zeros around an image are counted, too; biases, normalizations, poolings
    and activations count as free.

    Raises:
        ValueError: a size is no integer or below one.
    """
    refuse_sizes(layers=layers, classes=classes, image_channels=image_channels, height=height, width=width)
    filters = [block.filters for block in unet.blocks]
    areas = [block.kernel[0] * block.kernel[1] for block in unet.blocks]
    pixels = pixels_of(height, width)
    return Cost(*summed(filters, areas, layers=layers, classes=classes, image_channels=image_channels, pixels=pixels))
