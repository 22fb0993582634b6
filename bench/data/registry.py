"""Data sets by name, each with its checksum. To add one: a file in a folder here that registers it, or a plugin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.foundation.registry import Registry


@dataclass(frozen=True)
class DataSource:
    """A data set that studies can name: how it is loaded, and what is known of it before.

    Attributes:
        load: takes the data folder and the cache folder, either of which may be None, see `load_dataset`.
        count: of its images.
        side: their height and width in pixels.
    """

    name: str
    load: Callable[[Path | None, Path | None], ImageDataset]
    count: int
    side: int


DATASETS: Registry[DataSource] = Registry("data set", "nasrank.bench.data.images")


def load_dataset(name: str, *, data_root: Path | None = None, cache: Path | None = None) -> ImageDataset:
    """Load a registered set of images.

    Args:
        name: a key of `DATASETS`.
        data_root: folder of benchmark data, else `$NASRANK_DATA`; needed only by sets that are read from it.
        cache: folder for what is computed once, else `$NASRANK_CACHE`, else the user's cache folder.

    Raises:
        ValueError: an unknown name; as `DataError`: files that are missing, truncated or altered.
    """
    return DATASETS.named(name).load(data_root, cache)
