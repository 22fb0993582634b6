"""Images as a kind of data set: plain numpy arrays, and what their normalized copies may be shifted and mirrored by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.data.images.views import ImageView, image_views
from nasrank.bench.data.samples import Rows, Samples


@dataclass(frozen=True, eq=False)
class ImageDataset(Dataset):
    """Labelled images of one size; they are normalized when samples are asked for, and labels are targets and strata.

    Attributes:
        images: uint8 or float32, `(n, channels, height, width)`.
        mean: mean of each channel over all images, float32 `(channels,)`, in the images' own units.
        std: standard deviation of each channel, likewise.
        flippable: whether a mirrored image keeps its label; digits do not.
        sha256: of the bytes of `images` followed by those of `labels`.
    """

    images: npt.NDArray[np.uint8 | np.float32]
    mean: npt.NDArray[np.float32]
    std: npt.NDArray[np.float32]
    flippable: bool

    @classmethod
    def describe(
        cls,
        name: str,
        images: npt.NDArray[np.uint8 | np.float32],
        labels: npt.NDArray[np.int64],
        *,
        classes: tuple[str, ...],
        flippable: bool,
        provenance: str,
    ) -> ImageDataset:
        """Make a data set of two arrays, computing what follows from them.

        Raises:
            ValueError: the arrays' shapes, types or label values do not fit together.
        """
        if images.ndim != 4 or images.dtype not in (np.uint8, np.float32):
            raise ValueError(f"{name}: images must be uint8 or float32 of four axes, not {images.dtype} {images.shape}")
        if labels.shape != (len(images),) or labels.dtype != np.int64:
            raise ValueError(f"{name}: labels must be int64 ({len(images)},), not {labels.dtype} {labels.shape}")
        if labels.min() < 0 or labels.max() >= len(classes):
            raise ValueError(f"{name}: labels from {labels.min()} to {labels.max()} for {len(classes)} classes")
        images, labels = np.ascontiguousarray(images), np.ascontiguousarray(labels)
        mean, std = _moments(images)
        return cls(
            name=name,
            samples=Samples.alone(_Normalized(images, mean, std), labels, labels),
            classes=classes,
            provenance=provenance,
            sha256=_sha256(images, labels),
            images=images,
            mean=mean,
            std=std,
            flippable=flippable,
        )

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """Indices into `classes`, int64 `(n,)`."""
        return self.samples.strata

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)` of one image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def normalized(self, rows: Rows) -> npt.NDArray[np.float32]:
        """These images with zero mean and unit deviation a channel, float32 `(len(rows), channels, height, width)`."""
        found: npt.NDArray[np.float32] = self.samples.inputs[rows]
        return found

    def augmentation(self, padding: int, *, mirror: bool = True) -> Augmentation | None:
        """Shifts by up to `padding` pixels, and mirrors where it may and labels allow; neither where padding is 0."""
        return Augmentation(padding, self.flippable and mirror) if padding else None

    def views(self, count: int) -> tuple[ImageView, ...]:
        return image_views(count, flippable=self.flippable)


@dataclass(frozen=True, eq=False)
class _Normalized:
    """Images `(n, channels, height, width)` by row, each channel with zero mean and unit deviation."""

    images: npt.NDArray[np.uint8 | np.float32]
    mean: npt.NDArray[np.float32]
    std: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: Rows, /) -> npt.NDArray[np.float32]:
        scaled: npt.NDArray[np.float32] = self.images[rows].astype(np.float32)
        scaled -= self.mean[:, None, None]
        scaled /= self.std[:, None, None]
        return scaled


def _sha256(images: npt.NDArray[Any], labels: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256(images.data)
    digest.update(labels.data)
    return digest.hexdigest()


def _moments(images: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    total, squares = np.zeros(images.shape[1]), np.zeros(images.shape[1])
    for start in range(0, len(images), 1000):  # a float64 copy of all of CIFAR-10 would take 1.2 GB
        block = images[start : start + 1000].astype(np.float64)
        total += block.sum(axis=(0, 2, 3))
        squares += np.square(block).sum(axis=(0, 2, 3))
    count = images[:, 0].size
    mean = total / count
    std = np.sqrt(squares / count - mean**2)
    return mean.astype(np.float32), std.astype(np.float32)
