"""Lay out the packed frames of CamVid as nasrank reads them reduced: python camvid.py DATA FOLDER."""

import sys
from pathlib import Path

import numpy as np

data, folder = map(Path, sys.argv[1:])
sys.path.insert(0, str(data / "cifar10"))

import imgpack  # noqa: E402 - lies with the data

arrays, _ = imgpack.load(data / "camvid" / "camvid_96x72.ipk")
images, masks = (
    np.concatenate([arrays[f"{kind}_{part}"] for part in ("train", "val", "test")]) for kind in ("x", "mask")
)
folder.mkdir(parents=True, exist_ok=True)
np.savez_compressed(folder / "camvid-72x96.npz", images=images.transpose(0, 3, 1, 2), masks=masks)
