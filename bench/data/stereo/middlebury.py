"""Eight scenes of Middlebury's stereo benchmarks [Scharstein2003, Hirschmueller2007] at about 185 by 230 pixels.

Six are of 2005, two of 2003; all are reduced to half of what the benchmarks call third and quarter size, with
disparities up to 39 pixels. Each scene and its mirror image, in which the views change their places, are cut into six
overlapping parts of 72 by 120 pixels, the samples. A scene is a group that no split cuts.

Of each part the forty columns at the left count nowhere: what they show may lie outside the same part of the right
view. Nor do pixels whose disparity is not known.

References:
    [Scharstein2003] Scharstein & Szeliski, "High-Accuracy Stereo Depth Maps Using Structured Light", CVPR 2003.
    [Hirschmueller2007] Hirschmueller & Scharstein, "Evaluation of Cost Functions for Stereo Matching", CVPR 2007.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.data.description import UNKNOWN
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.data.stereo.dataset import StereoDataset
from nasrank.bench.foundation.files import DataError, find_data

FOLDER = "stereo"
SCENES = ("Art", "Books", "Dolls", "Laundry", "Cones", "Moebius", "Reindeer", "Teddy")

HEIGHT, WIDTH = 72, 120
"""Of a part, in pixels: whole places of features of a twelfth of the resolution."""

ROWS, COLUMNS = 3, 2
"""Parts of a view, evenly spaced from one border to the other."""

OUT_OF_SIGHT = 40
"""Columns at the left of a part that count nowhere, more than the greatest disparity."""

PARTS = 2 * ROWS * COLUMNS
"""Of a scene and its mirror image."""

SHA256 = "f51ab0afd9a2f093c730dc0599b825fab98e138be0e9639d4f09c70214f6422c"
"""Checksum of the pixels and disparities, see `PixelDataset.sha256`."""

_FILE = "stereo_middlebury_half.npz"
_ADVICE = (
    f"Put {FOLDER}/{_FILE} into the data folder: of each scene arrays NAME_left and NAME_right, uint8 (height, width, "
    "3), and NAME_disp and NAME_disp_right, float16 (height, width), in pixels and 0 where unknown."
)


def load(data_root: Path | None, _cache: Path | None) -> StereoDataset:
    """The parts as uint8 `(96, 6, 72, 120)`, scene by scene.

    Raises:
        DataError: the file is missing or damaged, or not the one known.
    """
    pairs, disparities = samples_of(_read(find_data(f"{FOLDER}/{_FILE}", data_root, advice=_ADVICE)))
    found = StereoDataset.describe(
        "middlebury",
        pairs,
        disparities,
        groups=np.arange(len(pairs)) // PARTS,
        provenance="Middlebury stereo: Art, Books, Dolls, Laundry, Moebius and Reindeer of 2005 at a sixth of full "
        "size, Cones and Teddy of 2003 at an eighth, each with its mirror image in parts of 72x120 pixels, of "
        "which the 40 columns at the left do not count",
    )
    if found.sha256 != SHA256:
        raise DataError(f"the scenes of {_FILE} have sha256 {found.sha256}, expected {SHA256}. {_ADVICE}")
    return found


def samples_of(arrays: Mapping[str, Any]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Parts of all scenes as pairs `(n, 6, height, width)`, and disparities `(n, height, width)`."""
    pairs, disparities = [], []
    for name in SCENES:
        left, right, of_left, of_right = (arrays[f"{name}_{part}"] for part in ("left", "right", "disp", "disp_right"))
        for views, known in (
            (np.concatenate([left, right], 2), of_left),
            (np.concatenate([right, left], 2)[:, ::-1], of_right[:, ::-1]),
        ):
            for part in _parts(*known.shape):
                pairs.append(views[part].transpose(2, 0, 1))
                disparity = known[part].astype(np.float32)
                disparity[:, :OUT_OF_SIGHT] = UNKNOWN
                disparities.append(disparity)
    return np.stack(pairs), np.stack(disparities)


def _parts(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    for top in np.linspace(0, height - HEIGHT, ROWS).round().astype(int):
        for left in np.linspace(0, width - WIDTH, COLUMNS).round().astype(int):
            yield slice(top, top + HEIGHT), slice(left, left + WIDTH)


def _read(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of all scenes; DataError where the file is damaged, or another."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {
                f"{name}_{part}": kept[f"{name}_{part}"]
                for name in SCENES
                for part in ("left", "right", "disp", "disp_right")
            }
    except Exception as reason:  # of the archive, of its members, or of what they are called
        raise DataError(f"{path} is missing, damaged or of something else ({reason}). {_ADVICE}") from reason
    for name, array in arrays.items():
        size = arrays[f"{name.split('_')[0]}_left"].shape[:2]
        shape, kind = (size, np.float16) if "_disp" in name else ((*size, 3), np.uint8)
        if array.shape != shape or array.dtype != kind or len(size) < 2 or size[0] < HEIGHT or size[1] < WIDTH:
            raise DataError(f"{path}: {name} is {array.dtype} {array.shape}. {_ADVICE}")
    return arrays


DATASETS.register(
    DataSource(
        "middlebury",
        load,
        count=len(SCENES) * PARTS,
        side=HEIGHT,
        folder=FOLDER,
        kind="stereo pairs",
        task="stereo",
    )
)
