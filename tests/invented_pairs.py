"""Small stereo pairs for tests, of random planes that are near or far, registered as a data set."""

from __future__ import annotations

import numpy as np

from nasrank.bench.data import DATASETS, DataSource
from nasrank.bench.data.description import UNKNOWN
from nasrank.bench.data.stereo.dataset import StereoDataset

NAME = "invented-pairs"
SIDE, COUNT = 9, 400
FARTHEST = 3
"""Pixels between the views of a pair, at most."""


def put(patch):
    """Have it in the registry for as long as a patch of pytest lasts: 400 pairs of 9x9 pixels, each of one plane."""
    draw = np.random.default_rng(0)
    shifts = draw.integers(1, FARTHEST + 1, COUNT)
    scenes = draw.normal(size=(COUNT, 3, SIDE, SIDE + FARTHEST)).astype(np.float32)
    left = scenes[..., :SIDE]
    right = np.stack([scene[..., shift : shift + SIDE] for scene, shift in zip(scenes, shifts, strict=True)])
    disparities = np.repeat(shifts, SIDE**2).reshape(COUNT, SIDE, SIDE).astype(np.float32)
    disparities[..., :FARTHEST] = UNKNOWN

    def load(*_):
        pairs = np.concatenate([left, right], axis=1)
        return StereoDataset.describe(NAME, pairs, disparities, groups=np.arange(COUNT) // 2, provenance="drawn")

    patch.setitem(DATASETS, NAME, DataSource(NAME, load, count=COUNT, side=SIDE, kind="stereo pairs", task="stereo"))
