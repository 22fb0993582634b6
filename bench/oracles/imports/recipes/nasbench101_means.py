"""Mean accuracies of all 423,624 cells of NAS-Bench-101, over three runs, as FreeREA published them [Cavagnero2023].

One pickled data frame: a number from 0 on and the mean test accuracy after 108 epochs, as a fraction. The number is the
place of the cell in the official files, whose order is that of the module hashes, and so its position in our space. All
16,590 means that `nas-bench-101-extract` has are these, to the last digits of double precision
(tests/oracles/test_means.py). The pickle is read as data; neither pandas nor anything it names is run.

References:
    [Cavagnero2023] Cavagnero, Robbiano, Caputo & Averta, "FreeREA: Training-Free Evolution-Based Architecture Search",
        WACV 2023.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.foreign.pandas_frame import columns_of_frame
from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.oracles.imports.recipes.fetched import fetched
from nasrank.bench.oracles.imports.unfolding import Bounded, most_bytes
from nasrank.spaces import get_enumerated

ACCURACY = Column("accuracy", "cifar10", Split.TEST_40K, 108, "mean")


def read(source: Path, _workshop: Workshop) -> Draft:
    """Mean accuracies of every cell in percent; DataError when the frame has not one row for each of them."""
    try:
        with gzip.open(source) as stream:
            bounded = Bounded(stream, most_bytes(source.stat().st_size))
            columns = columns_of_frame(cast(BinaryIO, bounded))
    except (DataError, OSError, EOFError, zlib.error) as reason:
        raise DataError(f"{source}: {reason}") from None
    if columns.keys() != {"index", "accuracy"}:
        raise DataError(f"{source}: its columns are not index and accuracy")
    index, fractions = columns["index"], columns["accuracy"]
    cells = len(get_enumerated("nb101"))
    if not np.array_equal(index, np.arange(cells)):
        raise DataError(f"{source}: its rows are not numbered from 0 to {cells - 1:,}")
    if fractions.dtype.kind != "f" or not ((fractions >= 0) & (fractions <= 1)).all():
        raise DataError(f"{source}: an accuracy is not a fraction")
    return Draft(
        space="nb101",
        columns={ACCURACY: fractions.astype(np.float64) * 100},
        protocol=(
            "CIFAR-10 split into 40,000 training, 10,000 validation and 10,000 test images; trained from scratch for "
            "108 epochs, three times; RMSProp, learning rate 0.2 on a cosine, batch 256, weight decay 1e-4, crops and "
            "flips; last epoch, mean over the three runs. As published with FreeREA"
        ),
        citation=(
            "Ying, Klein, Christiansen, Real, Murphy & Hutter, NAS-Bench-101: Towards Reproducible Neural Architecture "
            "Search, ICML 2019; Cavagnero, Robbiano, Caputo & Averta, FreeREA: Training-Free Evolution-Based "
            "Architecture Search, WACV 2023"
        ),
        licence="MIT (NiccoloCavagnero/FreeREA; the benchmark, google-research/nasbench, is Apache-2.0)",
    )


RECIPE = RECIPES.register(
    fetched(
        "nas-bench-101-means",
        space="nb101",
        source="freerea/cached_metrics/nasbench101/cifar10/accuracies.pkl.gz",
        sha256="84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
        size="1.8 MB",
        licence="MIT",
        about="(NAS-Bench-101's means over three runs, published with FreeREA)",
        words="NAS-Bench-101's means over three runs as published with FreeREA (accuracies.pkl.gz)",
        recognises=lambda path: path.is_file() and path.name == "accuracies.pkl.gz",
        read=read,
    )
)
