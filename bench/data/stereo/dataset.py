"""Stereo pairs as a kind of data set: two views of a scene, and how far each pixel of the left one moves to the right.

A point at column x of the left image is at column x - d of the right one, and d is its disparity. Both views are one
input: the channels of the left image, and then those of the right one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.data.description import UNKNOWN
from nasrank.bench.data.images.augment import JointAugmentation
from nasrank.bench.data.pixels import PixelDataset, read_images, sha256_of_arrays
from nasrank.bench.data.samples import Rows, Samples


@dataclass(frozen=True)
class PairAugmentation(JointAugmentation):
    """The same shift for both views and the disparities, which stay what they are; noise differs between the views.

    Pixels whose counterpart moves out of sight count nowhere, as those that move in.
    """

    void: float = UNKNOWN

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Augment a batch whose targets are disparities `(n, height, width)`."""
        images, disparities = super().__call__(images, targets, generator)
        columns = torch.arange(disparities.shape[2], device=disparities.device)
        return images, disparities.where(disparities <= columns, UNKNOWN) if self.padding else disparities


@dataclass(frozen=True, eq=False)
class StereoDataset(PixelDataset):
    """Pairs of images with a disparity for each pixel, or `UNKNOWN`; they have no strata.

    The mirror image of a pair is another sample: views change their places, and disparities are those of the other one.
    """

    kind: ClassVar[str] = "stereo pairs"

    @classmethod
    def describe(
        cls,
        name: str,
        pairs: npt.NDArray[np.uint8 | np.float32],
        disparities: npt.NDArray[np.float32],
        *,
        groups: Rows,
        provenance: str,
    ) -> StereoDataset:
        """Make a data set of two arrays, computing what follows from them.

        Args:
            pairs: left views and right ones, `(n, 2 * channels, height, width)`.
            disparities: of the pixels of the left views, in pixels, or `UNKNOWN`, `(n, height, width)`.
            groups: see `Samples`.

        Raises:
            ValueError: the arrays' shapes, types or numbers do not fit together, or a pair has no pixel that counts.
        """
        inputs = read_images(name, pairs)
        if pairs.shape[1] % 2:
            raise ValueError(f"{name}: two views have twice as many channels as one, not {pairs.shape[1]}")
        expected = (len(pairs), *pairs.shape[2:])
        if disparities.shape != expected or disparities.dtype != np.float32:
            raise ValueError(
                f"{name}: disparities must be float32 {expected}, not {disparities.dtype} {disparities.shape}"
            )
        if not np.isfinite(disparities).all() or disparities.min() < 0:
            raise ValueError(f"{name}: disparities must be numbers from 0 on")
        if len(empty := np.flatnonzero((disparities == UNKNOWN).all(axis=(1, 2)))):
            raise ValueError(f"{name}: no pixel of pair {empty[0]} has a disparity")
        return cls(
            name=name,
            samples=Samples(inputs, disparities, np.zeros(len(pairs), dtype=np.int64), groups),
            classes=(),
            provenance=provenance,
            sha256=sha256_of_arrays(inputs.images, disparities),
            images=inputs.images,
            mean=inputs.mean,
            std=inputs.std,
            flippable=False,
        )

    def perturbation(self, padding: int, *, mirror: bool = True, noise: float = 0.0) -> PairAugmentation:
        del mirror
        return PairAugmentation(padding, flip=False, noise=noise)
