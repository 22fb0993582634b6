"""Random crops and horizontal flips of image batches as one gather, and Gaussian noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
import torch.nn.functional as functional
from torch import Tensor

from nasrank.bench.data.description import VOID
from nasrank.bench.foundation.devices import moved


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

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Augment the images of a batch, whose targets `(n, ...)` stay as they are."""
        return self.of_images(images, generator), targets

    def of_images(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Augment images `(n, channels, height, width)`; shape, type and layout (contiguous or channels-last) stay."""
        return self.noisy(self.shifted(images, generator), generator)

    def shifted(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """The images moved and mirrored, without noise.

        The same generator state gives the same result in either layout, and on any device: numbers are drawn on the
        CPU and move to the images, where all the rest is computed.
        """
        count, channels, height, width = images.shape
        padded_height, padded_width = height + 2 * self.padding, width + 2 * self.padding
        device = images.device
        down, right = moved(torch.randint(2 * self.padding + 1, (2, count, 1), generator=generator), device)
        columns = torch.arange(width, device=device).expand(count, width)
        if self.flip:
            mirrored = moved(torch.randint(2, (count, 1), generator=generator, dtype=torch.bool), device)
            columns = torch.where(mirrored, width - 1 - columns, columns)
        image_starts = torch.arange(count, device=device)[:, None] * padded_height
        rows = image_starts + torch.arange(height, device=device) + down
        pixels = rows[:, :, None] * padded_width + (columns + right)[:, None, :]

        # with channels last, a pixel is one row of a matrix, and the whole batch one selection of rows
        padded = functional.pad(images, (self.padding,) * 4).permute(0, 2, 3, 1).reshape(-1, channels)
        shifted = padded.index_select(0, pixels.flatten())
        shifted = shifted.view(count, height, width, channels).permute(0, 3, 1, 2)
        return shifted.contiguous() if images.is_contiguous() else shifted

    def noisy(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """The images with noise, where there is any, in their own memory."""
        if self.noise:
            noise = torch.randn(images.shape, generator=generator, dtype=images.dtype)
            images += self.noise * moved(noise, images.device)
        return images


@dataclass(frozen=True)
class JointAugmentation(Augmentation):
    """The same shift and mirror image for an image and what is known of its pixels, of which no number is noisy.

    Attributes:
        void: of a pixel that moves in.
    """

    void: float = VOID

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Augment a batch whose targets are numbers of pixels `(n, height, width)`, which single precision can hold."""
        of_void = torch.cat([images, (targets - self.void).to(images.dtype)[:, None]], dim=1)
        layout = torch.contiguous_format if images.is_contiguous() else torch.channels_last
        moved = self.shifted(of_void.contiguous(memory_format=layout), generator)
        images, numbers = moved[:, :-1].contiguous(memory_format=layout), moved[:, -1].to(targets.dtype) + self.void
        return self.noisy(images, generator), numbers
