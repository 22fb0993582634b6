"""The NATS-Bench extract of `NASRANK_DATA`: NAS-Bench-201 as published, final results only [Dong2021].

Its PROVENANCE.md says for every column where it was read; `_COLUMNS` says here what each is. All results are kept,
also those computed from others, which carry the formula as their `derivation`. Four kinds of column are not kept,
because they are no results: the cell itself (`arch_str`, `op_*`: rows are placed by it), its isomorphism class (the
space computes it), `n_seeds_200` (seen from which seeds have a value) and `legacy_param_mismatch` (about parameter
counts of other files; those here are the architectures' own).

References:
    [Dong2021] Dong, Liu, Musial & Gabrys, "NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and
        Size", IEEE TPAMI 2021.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bench.files import DataError, find_data
from bench.oracles.axes import Column, Split
from bench.oracles.draft import Draft, Values, Workshop
from bench.oracles.formats.format import Format
from bench.oracles.recipe import Recipe
from spaces import get_space

_FILE = "nas-bench-201/nb201_core.parquet"
_ADVICE = "It is a Parquet extract of NATS-Bench, one row a cell; NASRANK_DATA names the folder above nas-bench-201/."

_C10, _C100, _IN16 = "cifar10", "cifar100", "ImageNet16-120"
_SEED_777 = "2 * mean - seed 888, where the benchmark has exactly these two seeds and seed 888 is known"
_SEED_888 = "the v1.0 release's mean, where that release has seed 888 alone"
_OTHER_HALF = "2 * valtest - test: the two halves have equal size"
_OTHER_HALF_777 = f"{_OTHER_HALF}, where the test half itself is known ({_SEED_777})"


def _accuracy(dataset: str, split: Split, epochs: int, seeds: int | str, derivation: str = "") -> Column:
    return Column("accuracy", dataset, split, epochs, seeds, derivation=derivation)


def _loss(split: Split, seeds: str) -> Column:
    return Column("loss", _C10, split, 200, seeds)


_COLUMNS: dict[str, Column] = {
    "index": Column("official_index", None),
    # CIFAR-10, trained on 50,000 images
    "c10_test_200_mean": _accuracy(_C10, Split.TEST_50K, 200, "mean"),
    "c10_test_200_seed777_derived": _accuracy(_C10, Split.TEST_50K, 200, 777, _SEED_777),
    "c10_test_200_seed888_derived": _accuracy(_C10, Split.TEST_50K, 200, 888, _SEED_888),
    "c10_test_200_mean_v10": _accuracy(_C10, Split.TEST_50K, 200, "mean_v10"),
    "c10_test_200_mean_v11": _accuracy(_C10, Split.TEST_50K, 200, "mean_v11"),
    "c10_test_12": _accuracy(_C10, Split.TEST_50K, 12, 111),
    # CIFAR-10, trained on 25,000 images
    "c10_valid_200_seed777": _accuracy(_C10, Split.VALID_25K, 200, 777),
    "c10_valid_200_seed888": _accuracy(_C10, Split.VALID_25K, 200, 888),
    "c10_valid_200_seed999": _accuracy(_C10, Split.VALID_25K, 200, 999),
    "c10_valid_200_mean": _accuracy(_C10, Split.VALID_25K, 200, "mean"),
    "c10_valid_200_mean_v11": _accuracy(_C10, Split.VALID_25K, 200, "mean_v11"),
    "c10_valid_12_mean2": _accuracy(_C10, Split.VALID_25K, 12, "mean"),  # its two seeds, 111 and 777
    "c10v_test_acc_200_seed888": _accuracy(_C10, Split.TEST_25K, 200, 888),
    "c10v_test_acc_200_mean": _accuracy(_C10, Split.TEST_25K, 200, "mean"),
    "c10v_test_acc_200_mean_v11": _accuracy(_C10, Split.TEST_25K, 200, "mean_v11"),
    "c10v_train_acc_200_mean": _accuracy(_C10, Split.TRAIN_25K, 200, "mean"),
    "c10v_train_loss_200_mean": _loss(Split.TRAIN_25K, "mean"),
    "c10v_valid_loss_200_mean": _loss(Split.VALID_25K, "mean"),
    "c10v_test_loss_200_mean": _loss(Split.TEST_25K, "mean"),
    "c10v_test_loss_200_mean_v11": _loss(Split.TEST_25K, "mean_v11"),
    # times are the benchmark's calibrated ones: one number a cell, the same for every seed
    "c10v_train_time_200_s": Column("training_time", _C10, Split.TRAIN_25K, 200),
    "c10v_train_time_12_s": Column("training_time", _C10, Split.TRAIN_25K, 12),
    "c100_train_time_200_s": Column("training_time", _C100, Split.TRAIN, 200),
    "in16_train_time_200_s": Column("training_time", _IN16, Split.TRAIN, 200),
    "c10v_valid_time_epoch_s": Column("evaluation_time", _C10, Split.VALID_25K),
    "c10v_test_time_epoch_s": Column("evaluation_time", _C10, Split.TEST_25K),
}
for _short, _dataset in (("c100", _C100), ("in16", _IN16)):
    _COLUMNS |= {
        f"{_short}_valtest_200_seed777": _accuracy(_dataset, Split.VALTEST, 200, 777),
        f"{_short}_valtest_200_seed888": _accuracy(_dataset, Split.VALTEST, 200, 888),
        f"{_short}_valtest_200_seed999": _accuracy(_dataset, Split.VALTEST, 200, 999),
        f"{_short}_valtest_200_mean": _accuracy(_dataset, Split.VALTEST, 200, "mean"),
        f"{_short}_test_200_seed777_derived": _accuracy(_dataset, Split.TEST, 200, 777, _SEED_777),
        f"{_short}_test_200_seed888": _accuracy(_dataset, Split.TEST, 200, 888),
        f"{_short}_test_200_mean": _accuracy(_dataset, Split.TEST, 200, "mean"),
        f"{_short}_test_200_mean_v10": _accuracy(_dataset, Split.TEST, 200, "mean_v10"),
        f"{_short}_valid_200_seed777_derived": _accuracy(_dataset, Split.VALID, 200, 777, _OTHER_HALF_777),
        f"{_short}_valid_200_seed888_derived": _accuracy(_dataset, Split.VALID, 200, 888, _OTHER_HALF),
        f"{_short}_valid_200_mean": _accuracy(_dataset, Split.VALID, 200, "mean", _OTHER_HALF),
        f"{_short}_valid_12": _accuracy(_dataset, Split.VALID, 12, 111),
        f"{_short}_test_12": _accuracy(_dataset, Split.TEST, 12, 111),
    }
for _short, _dataset in (("c10", _C10), ("c100", _C100), ("in16", _IN16)):
    _COLUMNS[f"{_short}_params"] = Column("parameters", _dataset)
    _COLUMNS[f"{_short}_macs"] = Column("multiply_adds", _dataset)


def locate(data_root: Path | None) -> Path:
    """The Parquet file under the data folder."""
    return find_data(_FILE, data_root, advice=_ADVICE)


def read(source: Path, _workshop: Workshop) -> Draft:
    """Every result in the file, rows placed by the cell's string."""
    import pyarrow.parquet  # compiling only: opening a compiled table must stay light

    contents = pyarrow.parquet.read_table(source)
    positions = _positions(contents["arch_str"].to_pylist(), source)
    columns: dict[Column, Values] = {}
    for name, column in _COLUMNS.items():
        if name not in contents.column_names:
            raise DataError(f"{source} has no column {name}")
        stored = contents[name].to_numpy()
        placed: Values = np.empty(len(stored), dtype=np.float64 if stored.dtype.kind == "f" else np.int64)
        placed[positions] = stored
        columns[column] = placed
    return Draft(
        space="nb201",
        columns=columns,
        protocol=(
            "NATS-Bench topology space (NATS-tss-v1_0-3ffb9), last epoch of schedules of 12 and 200 epochs, seeds 777, "
            "888 and for 8,169 cells 999 (12 epochs: 111, and 777 for CIFAR-10's 25k-trained networks); SGD with "
            "Nesterov momentum, learning rate 0.1 on a cosine, batch 256, weight decay 5e-4, crops and flips"
        ),
        citation=(
            "Dong, Liu, Musial & Gabrys, NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and Size, "
            "IEEE TPAMI 2021"
        ),
        licence="MIT (D-X-Y/NATS-Bench; the extract's sources are MIT and Apache-2.0, see its PROVENANCE.md)",
    )


def _positions(texts: list[str], source: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    space = get_space("nb201")
    positions = np.fromiter((space.position(space.parse(text)) for text in texts), dtype=np.int64, count=len(texts))
    if not np.array_equal(np.sort(positions), np.arange(len(space))):
        raise DataError(f"{source}: its {len(texts)} rows are not the {len(space)} cells, each once")
    return positions


RECIPE = Recipe(
    format=Format(
        name="nats-bench-extract",
        version=1,
        words="the extract of NATS-Bench",
        recognises=lambda path: path.name == Path(_FILE).name,
        read=read,
    ),
    source=_FILE,
    sha256="c0a975ba7300646e4a7e08fb38149ca6735dbac132e7a8613e2b4ac444fa0972",
    locate=locate,
    advice=_ADVICE,
)
