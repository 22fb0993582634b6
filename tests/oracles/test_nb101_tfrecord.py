from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from nb101_files import FULL, Cell, Run, altered, cell_from, encoded, framed, invented_cells, invented_runs, write

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.imports.formats.nb101_record import cell_codes
from nasrank.bench.oracles.imports.formats.nb101_tfrecord import FORMAT

CELLS = invented_cells(12)
RUNS = list(invented_runs(CELLS, FULL))
SPLITS = (Split.TRAIN_40K, Split.VALID_40K, Split.TEST_40K)


def read(path: Path, jobs: int = 1) -> Draft:
    with workshop(path.parent, jobs=jobs) as here:
        return FORMAT.read(path, here)


def expected(runs: list[Run]) -> tuple[list[str], dict[Column, np.ndarray]]:
    """What a table of these runs must hold, worked out run by run."""
    hashes = sorted({run.cell.module_hash for run in runs})
    columns: dict[Column, np.ndarray] = {}
    repeats: dict[tuple[str, int], int] = defaultdict(int)
    for run in runs:
        row, epochs = hashes.index(run.cell.module_hash), run.epochs
        repeat = repeats[run.cell.module_hash, epochs]
        repeats[run.cell.module_hash, epochs] += 1
        points = range(epochs // 2, epochs + 1, epochs // 2)
        pairs = [
            ("accuracy", split, half * 100, final * 100)
            for split, half, final in zip(SPLITS, run.half, run.final, strict=True)
        ]
        for metric, split, half, final in [*pairs, ("training_time", SPLITS[0], run.half_time, run.final_time)]:
            end = Column(metric, "cifar10", split, epochs, repeat)
            curve = Column(metric, "cifar10", split, epochs, repeat, curve=points)
            columns.setdefault(end, np.full(len(hashes), np.nan))[row] = final
            columns.setdefault(curve, np.full((len(hashes), 2), np.nan))[row] = half, final
        total = Column("total_time", "cifar10", SPLITS[0], epochs, repeat)
        columns.setdefault(total, np.full(len(hashes), np.nan))[row] = (
            np.nan if run.total_time is None else run.total_time
        )
    return hashes, columns


def assert_holds(draft: Draft, runs: list[Run]) -> None:
    hashes, columns = expected(runs)
    columns = {column: values for column, values in columns.items() if not np.isnan(values).all()}
    assert draft.keys is not None
    assert [row.tobytes().hex() for row in draft.keys] == hashes
    for column, values in columns.items():
        np.testing.assert_array_equal(draft.columns[column], values, err_msg=str(column))
    structure = {Column(name, None) for name in ("vertices", "edges", "operations")}
    assert set(draft.columns) == set(columns) | structure | {Column("parameters", "cifar10")}
    cells = {run.cell.module_hash: run.cell for run in runs}
    for row, module_hash in enumerate(hashes):
        assert draft.columns[Column("parameters", "cifar10")][row] == cells[module_hash].parameters
        assert decoded(draft, row) == (cells[module_hash].adjacency, cells[module_hash].operations)


def decoded(draft: Draft, row: int) -> tuple[str, str]:
    """Adjacency and operations out of the codes, as the texts of `QUANTITIES` say they are to be read."""
    vertices, edges, operations = (
        int(draft.columns[Column(n, None)][row]) for n in ("vertices", "edges", "operations")
    )
    bits = [[x < y and edges >> (x + y * (y - 1) // 2) & 1 for y in range(vertices)] for x in range(vertices)]
    names = {1: "conv3x3-bn-relu", 2: "conv1x1-bn-relu", 3: "maxpool3x3"}
    interior = [names[operations // 4**place % 4] for place in range(vertices - 2)]
    return "".join(str(int(bit)) for line in bits for bit in line), ",".join(["input", *interior, "output"])


class TestReading:
    @pytest.mark.parametrize("budgets", [(108,), FULL])
    def test_every_number_of_every_run(self, tmp_path: Path, budgets: tuple[int, ...]):
        runs = [run for run in RUNS if run.epochs in budgets]
        draft = read(write(tmp_path / "nasbench.tfrecord", runs))
        assert_holds(draft, runs)
        assert len(draft.columns) == 4 + 9 * 3 * len(budgets)

    def test_records_may_come_in_any_order(self, tmp_path: Path):
        runs = [RUNS[place] for place in np.random.default_rng(0).permutation(len(RUNS))]
        assert_holds(read(write(tmp_path / "shuffled.tfrecord", runs)), runs)

    def test_hashes_differ_in_any_digit(self, tmp_path: Path):
        hashes = ["0" * 31 + "1", "1" + "0" * 31, "0" * 32, "0" * 15 + "1" + "0" * 16]
        runs = [altered(run, module_hash=hashes[place % 4]) for place, run in enumerate(RUNS[:1] * 12)]
        assert_holds(read(write(tmp_path / "alike.tfrecord", runs)), runs)

    def test_a_repeat_that_is_not_there_is_missing(self, tmp_path: Path):
        """NATS-Bench#30, HPOBench#138: nothing is put in its place."""
        runs = RUNS[:5] + RUNS[6:]
        draft = read(write(tmp_path / "fewer.tfrecord", runs))
        assert_holds(draft, runs)
        missing = [column for column, values in draft.columns.items() if np.isnan(values).any()]
        assert {(column.epochs, column.seeds) for column in missing} == {(12, 2)}

    def test_a_total_time_that_was_not_recorded_is_missing(self, tmp_path: Path):
        runs = [RUNS[0], altered(RUNS[1], total_time=None), RUNS[12]]
        assert_holds(read(write(tmp_path / "no-total.tfrecord", runs)), runs)

    def test_processes_share_the_work(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("nasrank.bench.oracles.imports.formats.nb101_tfrecord._SPAN", 30_000)
        path = write(tmp_path / "nasbench.tfrecord", RUNS)
        assert path.stat().st_size > 30_000
        assert_holds(read(path, jobs=2), RUNS)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DataError, match=r"record 143 at byte .* is truncated"):
            read(path, jobs=2)

    def test_progress_ends_with_the_file(self, tmp_path: Path):
        path = write(tmp_path / "nasbench.tfrecord", RUNS)
        told = []
        with workshop(tmp_path, report=lambda done, total: told.append((done, total))) as here:
            FORMAT.read(path, here)
        assert told[-1] == (path.stat().st_size, path.stat().st_size)


class TestRecognising:
    def test_a_file_of_the_benchmark(self, tmp_path: Path):
        assert FORMAT.recognises(write(tmp_path / "any name", RUNS[:1]))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"PK\3\4",
            framed(encoded(RUNS[0]))[:200],
            *map(framed, (b"", b"[]", b'["abc"]', b"[3]", b"3", b"[" * 9**5)),
        ],
    )
    def test_a_foreign_one(self, tmp_path: Path, content: bytes):
        (tmp_path / "foreign").write_bytes(content)
        assert not FORMAT.recognises(tmp_path / "foreign")

    def test_a_folder(self, tmp_path: Path):
        assert not FORMAT.recognises(tmp_path)


def test_codes_of_a_cell():
    assert cell_codes("0101001000010000", "input,conv1x1-bn-relu,maxpool3x3,output") == (4, 0b101101, 2 + 3 * 4)


@pytest.fixture(scope="module")
def structure(nasrank_data: Path) -> dict[str, dict[str, Any]]:
    table = pyarrow.parquet.read_table(nasrank_data / "nas-bench-101" / "nb101_measured.parquet")
    return {row["module_hash"]: row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def runs(nasrank_data: Path, structure: dict[str, dict[str, Any]]) -> list[Run]:
    with (nasrank_data / "nas-bench-101" / "nb101_runs108.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["test_acc"]]
    complete = {row["module_hash"] for row in rows if row["half_test_acc"]}
    return [
        genuine_run(row, cell(structure[row["module_hash"]]))
        for row in rows
        if row["half_test_acc"] or row["module_hash"] not in complete
    ]


@pytest.mark.data
class TestGenuineRuns:
    """The runs of `nb101_runs108.csv`, written as the benchmark writes them; the extract has no half for most."""

    @pytest.mark.slow
    def test_every_number_of_every_run(self, tmp_path: Path, runs: list[Run]):
        assert len(runs) > 1_000
        assert_holds(read(write(tmp_path / "nasbench_only108.tfrecord", runs)), runs)

    def test_the_mean_of_three_runs_is_the_one_published(
        self, tmp_path: Path, runs: list[Run], structure: dict[str, dict[str, Any]]
    ):
        draft = read(write(tmp_path / "nasbench_only108.tfrecord", runs))
        columns = [Column("accuracy", "cifar10", Split.TEST_40K, 108, repeat) for repeat in range(3)]
        mean = np.mean([draft.columns[column] for column in columns], axis=0)
        assert draft.keys is not None
        known = np.array([structure[row.tobytes().hex()]["test108_mean3"] for row in draft.keys], dtype=float) * 100
        both = ~np.isnan(mean) & ~np.isnan(known)
        assert both.sum() > 50
        np.testing.assert_allclose(mean[both], known[both], atol=1e-9)


def cell(row: dict[str, Any]) -> Cell:
    return cell_from(row["module_hash"], row["num_vertices"], row["adj_bits"], row["ops"], row["trainable_params"])


def genuine_run(row: dict[str, str], of: Cell) -> Run:
    def accuracies(prefix: str) -> tuple[float, float, float]:
        train, valid, test = (float(row[f"{prefix}{name}_acc"] or 0) for name in ("train", "valid", "test"))
        return train, valid, test

    half_time = float(row["half_train_time"] or 0)
    return Run(of, 108, accuracies("half_"), half_time, accuracies(""), float(row["train_time"]), None)
