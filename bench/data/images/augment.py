"""Random crops and horizontal flips of image batches as one gather, and Gaussian noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
import torch.nn.functional as functional
from torch import Tensor


@dataclass(frozen=True)
class Augmentation:
    """Move every image by its own random offset, mirror half of them, and add noise to every pixel.

    Attributes:
        padding: largest shift in pixels, each way along each axis; what moves in is zero, which in normalized images
            is the mean colour (the benchmarks pad before they normalize, with black).
        flip: whether images may be mirrored left to right. Not for digits: see `ImageDataset.flippable`.
        noise: standard deviation of Gaussian noise, in the images' units; normalized pixels have deviation one.
    """

    padding: int
    flip: bool
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.padding < 0:
            raise ValueError(f"padding must not be negative, is {self.padding}")
        if not (self.noise >= 0 and isfinite(self.noise)):
            raise ValueError(f"noise must be a number from 0 on, is {self.noise}")

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Augment a batch `(n, channels, height, width)`; shape, type and layout (contiguous or channels-last) stay.

        The same generator state gives the same result in either layout.
        """
        count, channels, height, width = images.shape
        padded_height, padded_width = height + 2 * self.padding, width + 2 * self.padding
        down, right = torch.randint(2 * self.padding + 1, (2, count, 1), generator=generator)
        columns = torch.arange(width).expand(count, width)
        if self.flip:
            mirrored = torch.randint(2, (count, 1), generator=generator, dtype=torch.bool)
            columns = torch.where(mirrored, width - 1 - columns, columns)
        image_starts = torch.arange(count)[:, None] * padded_height
        rows = image_starts + torch.arange(height) + down
        pixels = rows[:, :, None] * padded_width + (columns + right)[:, None, :]

        # with channels last, a pixel is one row of a matrix, and the whole batch one selection of rows
        padded = functional.pad(images, (self.padding,) * 4).permute(0, 2, 3, 1).reshape(-1, channels)
        moved = padded.index_select(0, pixels.flatten().to(images.device))
        moved = moved.view(count, height, width, channels).permute(0, 3, 1, 2)
        moved = moved.contiguous() if images.is_contiguous() else moved
        if self.noise:
            moved += self.noise * torch.randn(images.shape, generator=generator, dtype=images.dtype).to(images.device)
        return moved
