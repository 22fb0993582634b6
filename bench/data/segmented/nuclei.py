"""Fluorescent nuclei of cells, each pixel nucleus or background: one image of the Data Science Bowl 2018 [Caicedo2019].

The image and the outlines of its nuclei lie in the package StarDist as an example, 512 by 512 pixels. They are read out
of the package's archive, which nobody has to install. It is cut into 64 tiles of 64 by 64 pixels. Tiles of one row lie
side by side, so that a row is a group that no split cuts; a nucleus that lies across the border of two rows may have a
half in each part. So a network is tested on other nuclei of the same image. Noise makes the task harder, as
`nasrank tabulate --noise 1` adds it.

References:
    [Caicedo2019] Caicedo et al., "Nucleus Segmentation across Imaging Experiments: The 2018 Data Science Bowl", Nature
        Methods 16, 2019.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.description import BACKGROUND
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.data.segmented.dataset import SegmentedDataset
from nasrank.bench.foundation.files import DataError, check_sha256, find_data

FOLDER = "nuclei"
FILE = "stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
SHA256 = "2316c0feb7bd5621e7a277cb3868df475c338943c591925c420ee3622c42f023"

IMAGE, OUTLINES = "stardist/data/images/img2d.tif", "stardist/data/images/mask2d.tif"
"""Inside the archive; the latter has the number of each pixel's nucleus, and zero where there is none."""

WHOLE, SIDE = 512, 64
"""Of the image and of a tile, in pixels."""

TILES = WHOLE // SIDE
"""In a row, and rows."""

CLASSES = (BACKGROUND, "nucleus")

_ADVICE = f"Get it with nasrank fetch nuclei; or put {FILE} of PyPI into {FOLDER}/ of the data folder."


def load(data_root: Path | None, _cache: Path | None) -> SegmentedDataset:
    """The tiles as uint8 `(64, 1, 64, 64)`, row by row; DataError when the archive is missing, truncated or altered."""
    path = find_data(f"{FOLDER}/{FILE}", data_root, advice=_ADVICE)
    check_sha256(path, SHA256, advice=_ADVICE)
    brightness, nuclei = (_pixels(path, member) for member in (IMAGE, OUTLINES))
    return SegmentedDataset.describe(
        "nuclei",
        tiles(brightness).astype(np.uint8)[:, None],
        (tiles(nuclei) > 0).astype(np.int64),
        groups=np.arange(TILES**2) // TILES,
        classes=CLASSES,
        flippable=True,
        provenance="64 tiles of 64x64 pixels of one fluorescence image of the Data Science Bowl 2018 (Caicedo 2019) "
        "with its outlines of nuclei, as it lies in StarDist 0.9.2; rows of tiles are held out",
    )


def tiles(pixels: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Those of an image, `(64, 64, 64)`, from left to right and row by row."""
    return pixels.reshape(TILES, SIDE, TILES, SIDE).swapaxes(1, 2).reshape(TILES**2, SIDE, SIDE)


def _pixels(path: Path, member: str) -> npt.NDArray[np.uint16]:
    from PIL import Image, UnidentifiedImageError  # slow to import

    try:
        with ZipFile(path) as archive:
            pixels = np.asarray(Image.open(BytesIO(archive.read(member))))
    except (BadZipFile, KeyError, OSError, UnidentifiedImageError) as reason:
        raise DataError(f"{member} of {path} is missing or damaged ({reason}). {_ADVICE}") from reason
    if pixels.shape != (WHOLE, WHOLE) or pixels.dtype != np.uint16:
        expected = f"uint16 {(WHOLE, WHOLE)}"
        raise DataError(f"{member} of {path} has {pixels.dtype} {pixels.shape}, and should have {expected}")
    return pixels


DATASETS.register(
    DataSource("nuclei", load, count=TILES**2, side=SIDE, folder=FOLDER, kind="segmented images", task="segmentation")
)
