"""Segmented images at a lower resolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def reduced(
    images: npt.NDArray[np.uint8], masks: npt.NDArray[Any], *, side: int, classes: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Means of blocks, rounded to the nearest, and their commonest classes, of which the first where several are.

    Args:
        images: `(n, height, width, ...)`, of whole blocks.
        masks: the number of each pixel's class, below `classes`, `(n, height, width)`.
        side: of a block, in pixels.

    Returns:
        images `(n, height / side, width / side, ...)` and masks `(n, height / side, width / side)`.
    """
    total = _blocks(images.astype(np.uint32), side).sum(axis=3)
    means = (total + side**2 // 2) // side**2
    parted = _blocks(masks, side)
    counts = np.stack([(parted == number).sum(axis=3) for number in range(classes)])
    return means.astype(np.uint8), counts.argmax(0).astype(np.int64)


def _blocks(pixels: npt.NDArray[Any], side: int) -> npt.NDArray[Any]:
    """`(n, rows, columns, pixels of a block, ...)`."""
    count, height, width, *more = pixels.shape
    parted = pixels.reshape(count, height // side, side, width // side, side, *more).swapaxes(2, 3)
    return parted.reshape(count, height // side, width // side, side**2, *more)
