"""Sets whose inputs are images, whatever their targets are: plain arrays, normalized when samples are asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.data.samples import Rows


@dataclass(frozen=True, eq=False)
class PixelDataset(Dataset):
    """Images of one size, each channel of which is normalized by its moments over all of them.

    Attributes:
        images: uint8 or float32, `(n, channels, height, width)`.
        mean: mean of each channel over all images, float32 `(channels,)`, in the images' own units.
        std: standard deviation of each channel, likewise.
        flippable: whether an image may be mirrored left to right; one of a digit may not.
        sha256: of the bytes of `images` followed by those of the targets.
    """

    images: npt.NDArray[np.uint8 | np.float32]
    mean: npt.NDArray[np.float32]
    std: npt.NDArray[np.float32]
    flippable: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)` of one image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def normalized(self, rows: Rows) -> npt.NDArray[np.float32]:
        """These images with zero mean and unit deviation a channel, float32 `(len(rows), channels, height, width)`."""
        found: npt.NDArray[np.float32] = self.samples.inputs[rows]
        return found

    def augmentation(self, padding: int, *, mirror: bool = True, noise: float = 0.0) -> Augmentation | None:
        """Shifts by up to `padding` pixels, and noise; with shifts also mirrors, where it may and targets allow."""
        return self.perturbation(padding, mirror=mirror and padding > 0, noise=noise) if padding or noise else None

    def perturbation(self, padding: int, *, mirror: bool = True, noise: float = 0.0) -> Augmentation:
        """Shifts by up to `padding` pixels, mirrors where it may and targets allow, and noise; see `Augmentation`."""
        return Augmentation(padding, self.flippable and mirror, noise)


@dataclass(frozen=True, eq=False)
class Normalized:
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


def read_images(name: str, images: npt.NDArray[Any]) -> Normalized:
    """The images as they are normalized; ValueError where an array holds no images."""
    if images.ndim != 4 or images.dtype not in (np.uint8, np.float32):
        raise ValueError(f"{name}: images must be uint8 or float32 of four axes, not {images.dtype} {images.shape}")
    images = np.ascontiguousarray(images)
    return Normalized(images, *_moments(images))


def sha256_of_arrays(*arrays: npt.NDArray[Any]) -> str:
    """Of the bytes of one after the other."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
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
