"""scikit-learn's digits: 1,797 handwritten digits of 8x8 grey levels from 0 to 16 [Alpaydin1998].

References:
    [Alpaydin1998] Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository 1998.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.data.registry import DATASETS, DataSource
from nasrank.bench.foundation.files import DataError

SHA256 = "65e5b4619795efb40c1082f4c350c049e4ad552200d369b6ae99e21eef5e72c5"
"""Checksum of the pixels and labels, see `ImageDataset.sha256`."""


def load(_data_root: Path | None, _cache: Path | None) -> ImageDataset:
    """The digits as uint8 `(1797, 1, 8, 8)`; they come with scikit-learn, so neither folder is looked at.

    Raises:
        DataError: this scikit-learn's copy is not the one known.
    """
    from sklearn.datasets import load_digits  # slow to import

    source = load_digits()
    digits = ImageDataset.describe(
        "digits",
        source.images.astype(np.uint8)[:, None],
        source.target.astype(np.int64),
        classes=tuple("0123456789"),
        flippable=False,
        provenance="scikit-learn's digits, the test part of UCI's Optical Recognition of Handwritten Digits",
    )
    if digits.sha256 != SHA256:
        raise DataError(f"the digits of the installed scikit-learn have sha256 {digits.sha256}, expected {SHA256}")
    return digits


DATASETS.register(DataSource("digits", load, count=1_797, side=8))
