"""Images to train super-nets on, each set with its checksum. To add one: write its file and name its loader below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nasrank.bench.data.images import cifar10, digits
from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.data.splits import (
    OFFICIAL_HALF,
    ThreeWaySplit,
    has_official_halves,
    official_halves,
    split_halves,
    stratified_pair,
    stratified_split,
)

DATASETS: dict[str, Callable[[Path | None, Path | None], ImageDataset]] = {
    "digits": digits.load,
    "cifar10": cifar10.load,
    "cifar10-16": cifar10.load_small,
}
"""Loaders by name; each takes the data folder and the cache folder, either of which may be None."""

SHAPES: dict[str, tuple[int, int]] = {"digits": (1_797, 8), "cifar10": (50_000, 32), "cifar10-16": (50_000, 16)}
"""How many images there are in each, and their height and width in pixels: what is known of them without loading."""


def load_dataset(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> ImageDataset:
    """Load a registered set of images.

    Args:
        name: a key of `DATASETS`.
        data_root: folder of benchmark data, else `$NASRANK_DATA`; needed only by sets that are read from it.
        cache: folder for what is computed once, else `$NASRANK_CACHE`, else the user's cache folder.

    Raises:
        ValueError: an unknown name; as `DataError`: files that are missing, truncated or altered.
    """
    if name not in DATASETS:
        raise ValueError(f"unknown data set {name!r}; known are {', '.join(DATASETS)}")
    return DATASETS[name](data_root, cache)


__all__ = [
    "DATASETS",
    "OFFICIAL_HALF",
    "SHAPES",
    "ImageDataset",
    "ThreeWaySplit",
    "has_official_halves",
    "load_dataset",
    "official_halves",
    "split_halves",
    "stratified_pair",
    "stratified_split",
]
