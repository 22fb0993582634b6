"""CIFAR-10's 50,000 training images from the official binary files [Krizhevsky2009], at 32x32 and at 16x16.

The images keep the official order, which NAS-Bench-201's split file refers to. The 10,000 test images are left alone:
stand-alone test accuracies, the truth of a study, were measured on them, so nothing here may look at them.

References:
    [Krizhevsky2009] Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.foundation.cache import cached
from nasrank.bench.foundation.files import DataError, cache_folder, check_sha256, find_data, replacing

FOLDER = "cifar-10-batches-bin"
FILES = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
}
"""The official training files and their sha256."""

SMALL_SHA256 = "f3ec1836d55a136fe4b535084db67b77499eeb52fae5aa9e9bb57c2acbdf65f6"
"""Checksum of the 16x16 images and labels; the reduction is exact, so it is one number for everybody."""

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_ADVICE = (
    "Get it with nasrank fetch cifar10; or get the binary version (cifar-10-binary.tar.gz) from "
    f"https://www.cs.toronto.edu/~kriz/cifar.html and unpack it in the data folder, so that it holds {FOLDER}/."
)
_CITATION = "CIFAR-10 training images, official binary files (Krizhevsky 2009), official order"
_ROW = 1 + 3 * 32 * 32


def load(data_root: Path | None, _cache: Path | None) -> ImageDataset:
    """All training images as uint8 `(50000, 3, 32, 32)`.

    Raises:
        DataError: a file is missing, truncated or altered.
    """
    images, labels = zip(*_files(data_root), strict=True)
    return _describe("cifar10", np.concatenate(images), np.concatenate(labels), _CITATION)


def load_small(data_root: Path | None, cache: Path | None) -> ImageDataset:
    """All training images reduced to uint8 `(50000, 3, 16, 16)`: 2x2 means, halves rounded up.

    They are computed once and kept in the cache, memory-mapped from there and checked against their checksum.

    Raises:
        DataError: an official file is missing, truncated or altered, or the cached one is.
    """
    folder = cache_folder(cache) / "datasets"

    def keep(array: npt.NDArray[Any], path: Path) -> None:
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)

    kept_images = cached(
        folder / "cifar10-16-images.npy",
        lambda path: keep(np.concatenate([halve(images) for images, _ in _files(data_root)]), path),
    )
    kept_labels = cached(
        folder / "cifar10-16-labels.npy",
        lambda path: keep(np.concatenate([labels for _, labels in _files(data_root)]), path),
    )
    small = _describe(
        "cifar10-16", _read_kept(kept_images), _read_kept(kept_labels), f"{_CITATION}; 2x2 means, halves rounded up"
    )
    if small.sha256 != SMALL_SHA256:
        raise DataError(f"{kept_images} or {kept_labels.name} was altered: delete both, they are made again")
    return small


def halve(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Mean of every 2x2 block, halves rounded up; `(n, channels, 2h, 2w)` to `(n, channels, h, w)`."""
    wide = images.astype(np.uint16)
    total = wide[..., ::2, ::2] + wide[..., 1::2, ::2] + wide[..., ::2, 1::2] + wide[..., 1::2, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def _files(data_root: Path | None) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]:
    """Images `(10000, 3, 32, 32)` and labels `(10000,)` of each official file, checked."""
    for name, sha256 in FILES.items():
        path = find_data(f"{FOLDER}/{name}", data_root, advice=_ADVICE)
        check_sha256(path, sha256, advice=_ADVICE)
        rows = np.fromfile(path, dtype=np.uint8).reshape(-1, _ROW)
        yield rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)


def _describe(name: str, images: npt.NDArray[Any], labels: npt.NDArray[Any], provenance: str) -> ImageDataset:
    return ImageDataset.describe(name, images, labels, classes=CLASSES, flippable=True, provenance=provenance)


def _read_kept(path: Path) -> npt.NDArray[Any]:
    try:
        kept: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return kept
    except (ValueError, EOFError) as reason:
        raise DataError(f"{path} is truncated or altered ({reason}): delete it, it is made again") from reason


DATASETS.register(DataSource("cifar10", load, count=50_000, side=32, folder=FOLDER))
DATASETS.register(DataSource("cifar10-16", load_small, count=50_000, side=16, folder=FOLDER))
