"""Small scenes for tests, whose colours say the class of each pixel, registered as a data set."""

from __future__ import annotations

import numpy as np

from nasrank.bench.data import DATASETS, DataSource
from nasrank.bench.data.description import VOID
from nasrank.bench.data.segmented.dataset import SegmentedDataset

NAME = "invented-scenes"
CLASSES, SIDE, COUNT = 4, 8, 400


def put(patch):
    """Have it in the registry for as long as a patch of pytest lasts: 400 images of 8x8 pixels of four classes."""
    draw = np.random.default_rng(0)
    masks = np.kron(draw.integers(0, CLASSES, (COUNT, 4, 4)), np.ones((1, 2, 2), dtype=np.int64))
    colours = draw.normal(size=(CLASSES, 3))
    images = (colours[masks] + draw.normal(0, 0.3, (COUNT, SIDE, SIDE, 3))).transpose(0, 3, 1, 2).astype(np.float32)
    masks[:, 0, 0] = VOID

    def load(*_):
        return SegmentedDataset.describe(
            *(NAME, images, masks),
            **{"groups": np.arange(COUNT) // 2, "classes": tuple("abcd"), "flippable": True, "provenance": "drawn"},
        )

    source = DataSource(NAME, load, count=COUNT, side=SIDE, kind="segmented images", task="segmentation")
    patch.setitem(DATASETS, NAME, source)
