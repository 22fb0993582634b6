"""Segmented images as a kind of data set: each pixel has a class, and moves with its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.description import VOID
from nasrank.bench.data.images.augment import JointAugmentation
from nasrank.bench.data.pixels import PixelDataset, read_images, sha256_of_arrays
from nasrank.bench.data.samples import Rows, Samples


@dataclass(frozen=True, eq=False)
class SegmentedDataset(PixelDataset):
    """Images with a class for each pixel, or `VOID` where it has none; they have no strata."""

    kind: ClassVar[str] = "segmented images"

    @classmethod
    def describe(
        cls,
        name: str,
        images: npt.NDArray[np.uint8 | np.float32],
        masks: npt.NDArray[np.int64],
        *,
        groups: Rows,
        classes: tuple[str, ...],
        flippable: bool,
        provenance: str,
    ) -> SegmentedDataset:
        """Make a data set of two arrays, computing what follows from them.

        Args:
            masks: the class of each pixel, an index into `classes` or `VOID`, `(n, height, width)`.
            groups: see `Samples`.

        Raises:
            ValueError: the arrays' shapes, types or classes do not fit together, or an image has no pixel with a class.
        """
        inputs = read_images(name, images)
        if masks.shape != (len(images), *images.shape[2:]) or masks.dtype != np.int64:
            expected = (len(images), *images.shape[2:])
            raise ValueError(f"{name}: masks must be int64 {expected}, not {masks.dtype} {masks.shape}")
        if masks.min() < VOID or masks.max() >= len(classes):
            raise ValueError(f"{name}: pixels of class {masks.min()} to {masks.max()} for {len(classes)} classes")
        if len(empty := np.flatnonzero((masks == VOID).all(axis=(1, 2)))):
            raise ValueError(f"{name}: no pixel of image {empty[0]} has a class")
        return cls(
            name=name,
            samples=Samples(inputs, masks, np.zeros(len(images), dtype=np.int64), groups),
            classes=classes,
            provenance=provenance,
            sha256=sha256_of_arrays(inputs.images, masks),
            images=inputs.images,
            mean=inputs.mean,
            std=inputs.std,
            flippable=flippable,
        )

    def perturbation(self, padding: int, *, mirror: bool = True, noise: float = 0.0) -> JointAugmentation:
        return JointAugmentation(padding, self.flippable and mirror, noise)
