"""NAS-Bench-101 as published: `nasbench_only108.tfrecord` and `nasbench_full.tfrecord`, without TensorFlow [Ying2019].

A record is one training run. Runs of the same cell for the same number of epochs are its repeats, which the files do
not number: as in the official API, the place in the file, 0 to 2, stands for the seed.

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Values, Workshop
from nasrank.bench.oracles.foreign.tfrecord import Span, spans
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.formats.nb101_record import BUDGETS, RUN, looks_like_one, read_runs
from nasrank.bench.oracles.imports.formats.workers import workers

REPEATS = 3
_SPAN = 16 << 20
_MEASURED = (
    ("train_accuracy", "accuracy", Split.TRAIN_40K, 100.0),
    ("validation_accuracy", "accuracy", Split.VALID_40K, 100.0),
    ("test_accuracy", "accuracy", Split.TEST_40K, 100.0),
    ("training_time", "training_time", Split.TRAIN_40K, 1.0),
)
"""Field of an evaluation, metric and split of its column, and the factor between them."""

_CELL = (Column("vertices", None), Column("edges", None), Column("operations", None), Column("parameters", "cifar10"))


@dataclass(frozen=True)
class Order:
    """Where every run belongs.

    Attributes:
        runs: numbers of the runs, sorted by hash, then epochs, then place in the file, `(runs,)`.
        row: of the table, for each of these.
        repeat: 0 for the first run of a cell and budget, 1 for the next ..., for each of these.
        first: the number of the first run of every row, `(rows,)`.
    """

    runs: npt.NDArray[np.intp]
    row: npt.NDArray[np.intp]
    repeat: npt.NDArray[np.intp]
    first: npt.NDArray[np.intp]


def read(source: Path, workshop: Workshop) -> Draft:
    """Every run of a file.

    Raises:
        DataError: the file is truncated or altered, or its runs contradict each other; says which record.
    """
    runs = _all_runs(source, workshop)
    order = _order(source, runs)
    return Draft(
        space="nb101",
        columns=_columns(runs, order, workshop),
        protocol=(
            "CIFAR-10 split into 40,000 training, 10,000 validation and 10,000 test images; every cell trained from "
            "scratch for 4, 12, 36 and 108 epochs (or for 108 only), three times each; RMSProp, learning rate 0.2 on a "
            "cosine, batch 256, weight decay 1e-4, crops and flips; evaluated half-way and at the end, "
            "on 39 whole batches, 9,984 images (train: a fixed choice). Seeds 0 to 2 are places in the file; times are "
            "on TPU v2"
        ),
        citation=(
            "Ying, Klein, Christiansen, Real, Murphy & Hutter, NAS-Bench-101: Towards Reproducible Neural Architecture "
            "Search, ICML 2019"
        ),
        licence="Apache-2.0 (google-research/nasbench)",
        keys=np.ascontiguousarray(runs["hash"][order.first]),
    )


def _all_runs(source: Path, workshop: Workshop) -> npt.NDArray[Any]:
    """RUN `(records,)` in the order of the file, on disk rather than in memory."""
    pieces = spans(source, _SPAN)
    if not pieces:
        raise DataError(f"{source} is empty")
    runs = np.memmap(workshop.folder / "runs", dtype=RUN, mode="w+", shape=pieces[-1].first + pieces[-1].records)
    with _decoded(source, pieces, workshop.jobs) as decoded:
        for piece, some in zip(pieces, decoded, strict=True):
            runs[piece.first : piece.first + piece.records] = some
            workshop.report(piece.stop, pieces[-1].stop)
    return runs


@contextmanager
def _decoded(source: Path, pieces: list[Span], jobs: int) -> Iterator[Iterator[npt.NDArray[Any]]]:
    decode = partial(read_runs, source)
    if min(jobs, len(pieces)) == 1:
        yield map(decode, pieces)
        return
    with workers(jobs) as pool:
        yield pool.map(decode, pieces)


def _order(source: Path, runs: npt.NDArray[Any]) -> Order:
    high, low = np.ascontiguousarray(runs["hash"]).view(">u8").astype(np.uint64).T
    epochs = runs["epochs"]
    order = np.lexsort((epochs, low, high))
    new_cell = _changes(high[order]) | _changes(low[order])
    starts = np.flatnonzero(new_cell | _changes(epochs[order]))
    repeat = np.arange(len(runs)) - np.repeat(starts, np.diff(starts, append=len(runs)))
    if repeat.max() >= REPEATS:
        run = order[repeat.argmax()]
        raise DataError(
            f"{source}: record {run:,} is run {repeat.max() + 1} of cell {_hash(runs, run)} for {epochs[run]} epochs: "
            f"NAS-Bench-101 has {REPEATS} at most"
        )
    for name in (column.metric for column in _CELL):
        differs = np.flatnonzero(_changes(runs[name][order]) & ~new_cell)
        if differs.size:
            run, other = order[differs[0]], order[differs[0] - 1]
            raise DataError(
                f"{source}: records {other:,} and {run:,} are of the same cell {_hash(runs, run)}, but its {name} are "
                f"{runs[name][other]} in one and {runs[name][run]} in the other"
            )
    return Order(order, np.cumsum(new_cell) - 1, repeat, order[new_cell])


def _columns(runs: npt.NDArray[Any], order: Order, workshop: Workshop) -> dict[Column, Values]:
    rows = len(order.first)
    columns: dict[Column, Values] = {column: runs[column.metric][order.first].astype(np.int64) for column in _CELL}
    ordered_epochs = runs["epochs"][order.runs]
    for epochs in BUDGETS:
        for repeat in range(REPEATS):
            chosen = np.flatnonzero((ordered_epochs == epochs) & (order.repeat == repeat))
            if not chosen.size:
                continue
            some, where = runs[order.runs[chosen]], order.row[chosen]
            if not np.isnan(some["total_time"]).all():
                total = workshop.empty(rows)
                total[where] = some["total_time"]
                columns[Column("total_time", "cifar10", Split.TRAIN_40K, epochs, repeat)] = total
            points = range(epochs // 2, epochs + 1, epochs // 2)
            for name, metric, split, factor in _MEASURED:
                end, curve = workshop.empty(rows), workshop.empty(rows, len(points))
                curve[where, 0] = some["half"][name] * factor
                end[where] = curve[where, 1] = some["final"][name] * factor
                columns[Column(metric, "cifar10", split, epochs, repeat)] = end
                columns[Column(metric, "cifar10", split, epochs, repeat, curve=points)] = curve
    return columns


def _changes(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which values differ from the one before, `(n,)`; the first does."""
    return np.concatenate([[True], values[1:] != values[:-1]])


def _hash(runs: npt.NDArray[Any], run: int) -> str:
    return str(runs["hash"][run].tobytes().hex())


FORMAT = FORMATS.register(
    Format(
        name="nas-bench-101",
        version=1,
        words="NAS-Bench-101 (nasbench_only108.tfrecord or nasbench_full.tfrecord)",
        recognises=looks_like_one,
        read=read,
    )
)
