"""Mean accuracies of all cells of NAS-Bench-201, over NATS-Bench's seeds, as FreeREA published them [Cavagnero2023].

Three files of a megabyte in all, one a data set, each row an official index and the test accuracy after 200 epochs of
the networks of 2 or 3 seeds. CIFAR-10's networks were trained on all 50,000 training images and measured on the 10,000
test images; those of CIFAR-100 and ImageNet16-120 were measured on the half of the test images that the benchmark calls
x-test. Rounded to five decimals, all 46,875 numbers are those of `nats-bench-extract` (tests/oracles/test_means.py).
They are kept so rounded: what the files have beyond is noise of single precision, which would break ties.

The official index is the place of a cell in a random order, drawn once by the script that trained the benchmark [main]:
all cells in the order of their decisions, shuffled by Python's generator with seed 88. Nothing has to be downloaded to
know it; it is the order of the official files (tests/oracles/test_means.py).

References:
    [main] exps/NAS-Bench-201/main.py of github.com/D-X-Y/AutoDL-Projects, generate_meta_info.
    [Cavagnero2023] Cavagnero, Robbiano, Caputo & Averta, "FreeREA: Training-Free Evolution-Based Architecture Search",
        WACV 2023.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Values, Workshop
from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.oracles.imports.recipes.fetched import fetched
from nasrank.spaces import get_enumerated

DECIMALS = 5
_SEED = 88
_FIRST = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
_LARGEST = 2**21  # bytes of a file; the largest has 368,696

_PARTS = (
    ("cifar10/accuracies.csv", "a41e06dbbd097df080ee6eb3eb8c6a92d589a0f53d51d66147155fcddbcacd2d"),
    ("cifar100/accuracies.csv", "f6487d29eb75cfa40dd1741d7d77f36e935828613576f8ea2d838482f1e10169"),
    ("ImageNet16-120/accuracies.csv", "b2c6c6b30cb9dd429106cdca913bf908680a4dc1d53199e062aa1ffae1a9bf9a"),
)
_SPLITS = {"cifar10": Split.TEST_50K, "cifar100": Split.TEST, "ImageNet16-120": Split.TEST}


def read(source: Path, _workshop: Workshop) -> Draft:
    """Mean accuracies of every cell in percent; DataError when a file has not one row for each of them."""
    order = official_order()
    columns: dict[Column, Values] = {Column("official_index", None): np.argsort(order)}
    for name, _ in _PARTS:
        dataset = name.partition("/")[0]
        column = Column("accuracy", dataset, _SPLITS[dataset], 200, "mean")
        columns[column] = _accuracies(source / name, order)
    return Draft(
        space="nb201",
        columns=columns,
        protocol=(
            "NATS-Bench topology space (NATS-tss-v1_0-3ffb9), last epoch of 200; mean over seeds 777, 888 and for "
            "8,169 cells 999; SGD with Nesterov momentum, learning rate 0.1 on a cosine, batch 256, weight decay 5e-4, "
            f"crops and flips. As published with FreeREA, rounded to {DECIMALS} decimals, which restores ties"
        ),
        citation=(
            "Dong, Liu, Musial & Gabrys, NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and Size, "
            "IEEE TPAMI 2021; Cavagnero, Robbiano, Caputo & Averta, FreeREA: Training-Free Evolution-Based "
            "Architecture Search, WACV 2023"
        ),
        licence="MIT (NiccoloCavagnero/FreeREA; the benchmark, D-X-Y/NATS-Bench, is MIT, too)",
    )


def official_order() -> npt.NDArray[np.int64]:
    """Position in the space of the cell of each official index, `(15625,)`."""
    space = get_enumerated("nb201")
    order = list(range(len(space)))
    random.Random(_SEED).shuffle(order)
    if str(space.at(order[0])) != _FIRST:
        raise RuntimeError("this Python shuffles in another way than the one that the benchmark was made with")
    return np.array(order, dtype=np.int64)


def _accuracies(path: Path, order: npt.NDArray[np.int64]) -> Values:
    """By position, in percent.

    Args:
        order: the position of each official index.
    """
    if path.stat().st_size > _LARGEST:
        raise DataError(f"{path} has {path.stat().st_size:,} bytes, admitted are {_LARGEST:,}")
    try:
        header, *lines = path.read_text(encoding="ascii").splitlines() or [""]
    except UnicodeDecodeError:
        raise DataError(f"{path} is no CSV file") from None
    if header != "index,accuracy":
        raise DataError(f"{path}: its first line is not 'index,accuracy'")
    if len(lines) != len(order):
        raise DataError(f"{path}: {len(lines):,} rows, but there are {len(order):,} cells")
    values = np.full(len(order), np.nan)
    for place, line in enumerate(lines):
        index, _, value = line.partition(",")
        try:
            if index != str(place):
                raise ValueError(f"its index is not {place}")
            values[order[place]] = round(float(value), DECIMALS)
        except ValueError as reason:
            raise DataError(f"{path}, line {place + 2}: {reason}") from None
    if not np.isfinite(values).all():
        raise DataError(f"{path}: an accuracy is not finite")
    return values


RECIPE = RECIPES.register(
    fetched(
        "nas-bench-201-means",
        space="nb201",
        source="freerea/cached_metrics/nats",
        sha256="c6b87be4e8e4625a22e1faed2473d27d7b3c1705bbae70cf714185b575a8f206",
        parts=_PARTS,
        size="1.0 MB",
        licence="MIT",
        about="(NATS-Bench's means over seeds, published with FreeREA)",
        words="NATS-Bench's means over seeds as published with FreeREA (cached_metrics/nats)",
        recognises=lambda path: path.is_dir() and all((path / name).is_file() for name, _ in _PARTS),
        read=read,
    )
)
