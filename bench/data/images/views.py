"""Views of one image that show the same thing: the image itself, its mirror image, and both a pixel aside."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

_SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
"""Pixels down and right."""


@dataclass(frozen=True)
class ImageView:
    """Every image of a batch moved by so many pixels, and perhaps mirrored; what moves in is zero, the mean colour."""

    down: int = 0
    right: int = 0
    mirrored: bool = False

    def __call__(self, images: Tensor) -> Tensor:
        """Of images `(n, channels, height, width)`; shape, type and layout (contiguous or channels-last) stay."""
        seen = images.flip(-1) if self.mirrored else images
        if self.down or self.right:
            height, width = images.shape[-2:]
            rows, columns = slice(1 - self.down, 1 - self.down + height), slice(1 - self.right, 1 - self.right + width)
            seen = functional.pad(seen, (1, 1, 1, 1))[..., rows, columns]
        layout = torch.contiguous_format if images.is_contiguous() else torch.channels_last
        return seen.contiguous(memory_format=layout)


def image_views(count: int, *, flippable: bool) -> tuple[ImageView, ...]:
    """The first so many views: the image, its mirror image where that keeps the label, then both moved by a pixel.

    Raises:
        ValueError: there are not so many.
    """
    mirrored = (False, True) if flippable else (False,)
    views = tuple(ImageView(down, right, mirror) for down, right in _SHIFTS for mirror in mirrored)
    if count > len(views):
        reason = "" if flippable else ", as none may be mirrored"
        raise ValueError(f"views = {count}, but these images have {len(views)}{reason}")
    return views[:count]
