"""Data sets by name, each with its checksum. To add one: a file in a folder here that registers it, or a plugin."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.foundation.registry import Registry


@dataclass(frozen=True)
class DataSource:
    """A data set that studies can name: how it is loaded, and what is known of it before.

    Attributes:
        load: takes the data folder and the cache folder, either of which may be None, see `load_dataset`.
        count: of its samples.
        side: height and width of its images in pixels, or the shorter of them; 0 where its inputs are no images.
        folder: what of the data folder it is read from; empty where it comes with a package.
        kind: what its samples are, as in `Description`, which networks are built for.
        task: what is learned of it where nothing else is said, a key of `nasrank.bench.tasks.TASKS`.
    """

    name: str
    load: Callable[[Path | None, Path | None], Dataset]
    count: int
    side: int = 0
    folder: str = ""
    kind: str = "images"
    task: str = "classification"

    def refuse_kind(self, kind: str, space: str) -> None:
        """ValueError where the networks of a space take another kind of data than this."""
        if kind != self.kind:
            raise ValueError(f"networks of {space} take {kind}, and {self.name} is {self.kind}")

    def refuse_padding(self, padding: int) -> None:
        """ValueError where there cannot be so many pixels of padding, before anything is loaded."""
        if padding and not self.side:
            raise ValueError(f"padding = {padding} shifts images; {self.name} has none")
        if self.side and padding >= self.side:
            raise ValueError(f"padding = {padding} moves images of {self.side} pixels a side out of sight")

    def refuse_noise(self, noise: float) -> None:
        """ValueError where there is nothing that it could be added to."""
        if noise and not self.side:
            raise ValueError(f"noise = {noise:g} is added to images; {self.name} has none")


_KINDS = sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]) if found.ispkg)
"""Folders beside this file: `images`, and whatever kind is added."""

DATASETS: Registry[DataSource] = Registry("data set", *(f"nasrank.bench.data.{kind}" for kind in _KINDS))


def load_dataset(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> Dataset:
    """Load a registered data set.

    Args:
        name: a key of `DATASETS`.
        data_root: folder of benchmark data, else `$NASRANK_DATA`; needed only by sets that are read from it.
        cache: folder for what is computed once, else `$NASRANK_CACHE`, else the user's cache folder.

    Raises:
        ValueError: an unknown name; as `DataError`: files that are missing, truncated or altered.
    """
    return DATASETS.named(name).load(data_root, cache)


def load_images(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> ImageDataset:
    """Load a registered set of images with one label each, see `load_dataset`.

    Raises:
        ValueError: it is no such set.
    """
    found = load_dataset(name, data_root=data_root, cache=cache)
    if not isinstance(found, ImageDataset):
        raise ValueError(f"{name} is not a set of images with one label each")
    return found
