"""How fast tables are, beside the official package on the same file.

The files are synthesised in the official formats, of the official size. The official package would need some 28 GB for
the file of NAS-Bench-201, so it is measured on the first thousand records of it, and what it needs for all is said to
be extrapolated.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nb101_files
import nb201_files
import numpy as np
import pytest

from nasrank.bench.oracles import Split, Table

RECORDS = 15_625
OFFICIAL_RECORDS = 1_000
CELLS = 423_624
LOOK_UPS = 1_000_000
NB201 = {"dataset": "cifar10", "split": Split.TEST_50K, "epochs": 200, "seeds": 777}
NB101 = {"dataset": "cifar10", "split": Split.TEST_40K, "epochs": 108, "seeds": 0}

IMPORT = """
import json, resource, sys, time
from pathlib import Path
from nasrank.bench.oracles.imports.library import import_table, recognise
start = time.perf_counter()
done = import_table(Path(sys.argv[1]), format=recognise(Path(sys.argv[1])), cache=Path(sys.argv[2]), jobs=2)
seconds = time.perf_counter() - start
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
print(json.dumps({"path": str(done.path), "seconds": seconds, "peak_mib": peak}))
"""

OPEN = """
import json, sys, time
from pathlib import Path
import numpy, pyarrow
from nasrank.bench.oracles import Split, Table
def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
before = resident()
start = time.perf_counter()
table = Table.open(Path(sys.argv[1]))
seconds = time.perf_counter() - start
axes = {"dataset": "cifar10", "split": Split(sys.argv[2]), "epochs": int(sys.argv[3]), "seeds": int(sys.argv[4])}
table.whole(table.find(metric="accuracy", **axes)).mean()
print(json.dumps({"seconds": seconds, "added_mib": resident() - before, "whole_mib": resident()}))
"""

OFFICIAL = """
import functools, json, random, sys, time
import torch
from nas_201_api import NASBench201API
def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
torch.load = functools.partial(torch.load, weights_only=False)  # without which today's torch refuses the file
before = resident()
start = time.perf_counter()
api = NASBench201API(sys.argv[1], verbose=False)
seconds = time.perf_counter() - start
added = resident() - before
chosen = random.Random(0).choices(sorted(api.evaluated_indexes), k=1000)
start = time.perf_counter()
for index in chosen:
    api.get_more_info(index, "cifar10", hp="200", is_random=777)["test-accuracy"]
print(json.dumps({"seconds": seconds, "added_mib": added, "look_up": (time.perf_counter() - start) / 1000}))
"""


def run(program: str, *arguments: object) -> dict[str, float]:
    """The figures that a fresh process prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    figures: dict[str, float] = json.loads(subprocess.check_output(command))
    return figures


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Some 10 GB of files, removed in the end."""
    with TemporaryDirectory(prefix="nasrank-speed-") as name:
        yield Path(name)


@pytest.mark.benchmark(group="compiling a source, once a machine")
class TestCompile:
    def test_compile_nb201(self, benchmark, folder: Path):
        source = nb201_files.write_large_torch_file(folder / "full.pth", RECORDS)
        figures = benchmark.pedantic(run, args=(IMPORT, source, folder / "full"), rounds=1)
        benchmark.extra_info |= {
            "compile_nb201_peak_mib": figures["peak_mib"],
            "compile_nb201_source_gib": source.stat().st_size / 2**30,
            "compile_nb201_table_gib": Path(str(figures["path"])).stat().st_size / 2**30,
        }
        source.unlink()

    def test_compile_nb201_first_records(self, benchmark, folder: Path):
        source = nb201_files.write_large_torch_file(folder / "some.pth", OFFICIAL_RECORDS)
        benchmark.pedantic(run, args=(IMPORT, source, folder / "some"), rounds=1)

    def test_compile_nb101(self, benchmark, folder: Path):
        runs = nb101_files.invented_runs(nb101_files.invented_cells(CELLS), (108,))
        source = nb101_files.write(folder / "only108.tfrecord", runs)
        figures = benchmark.pedantic(run, args=(IMPORT, source, folder / "nb101"), rounds=1)
        benchmark.extra_info["compile_nb101_peak_mib"] = figures["peak_mib"]
        source.unlink()


def compiled(folder: Path, name: str) -> Path:
    return next((folder / name).rglob("*.arrow"))


@pytest.mark.benchmark(group="opening a table, beside the official package")
class TestOpen:
    def test_open_nb201(self, benchmark, folder: Path):
        path = compiled(folder, "full")
        benchmark(Table.open, path)
        figures = run(OPEN, path, Split.TEST_50K, 200, 777)
        benchmark.extra_info |= {f"open_nb201_{name}": value for name, value in figures.items()}

    def test_open_nb201_first_records(self, benchmark, folder: Path):
        path = compiled(folder, "some")
        benchmark(Table.open, path)
        benchmark.extra_info["open_some_added_mib"] = run(OPEN, path, Split.TEST_50K, 200, 777)["added_mib"]

    def test_open_nb101(self, benchmark, folder: Path):
        path = compiled(folder, "nb101")
        benchmark(Table.open, path)
        figures = run(OPEN, path, Split.TEST_40K, 108, 0)
        benchmark.extra_info |= {f"open_nb101_{name}": value for name, value in figures.items()}

    def test_official_package_first_records(self, benchmark, folder: Path):
        figures = benchmark.pedantic(run, args=(OFFICIAL, folder / "some.pth"), rounds=1)
        benchmark.extra_info |= {f"official_{name}": value for name, value in figures.items()}


@pytest.fixture(scope="module")
def nb201(folder: Path) -> Table:
    return Table.open(compiled(folder, "full"))


@pytest.fixture(scope="module")
def nb101(folder: Path) -> Table:
    return Table.open(compiled(folder, "nb101"))


@pytest.fixture(scope="module")
def cells(nb201: Table) -> list[object]:
    """A million random architectures, as values."""
    every = list(nb201.space)
    return [every[row] for row in np.random.default_rng(0).integers(0, len(every), LOOK_UPS).tolist()]


@pytest.mark.benchmark(group="asking a table of full size")
class TestAsk:
    def test_million_bound(self, benchmark, nb201: Table, cells: list[object]):
        accuracy = nb201.bind(metric="accuracy", **NB201)

        def ask() -> None:
            for cell in cells:
                accuracy(cell)

        benchmark.pedantic(ask, rounds=3)

    def test_million_by_keywords(self, benchmark, nb201: Table, cells: list[object]):
        def ask() -> None:
            for cell in cells:
                nb201.accuracy([cell], **NB201)

        benchmark.pedantic(ask, rounds=1)

    def test_all_cells(self, benchmark, nb201: Table):
        rows = np.arange(RECORDS)
        assert len(benchmark(nb201.accuracy, rows, **NB201)) == RECORDS

    def test_mean_of_all_cells(self, benchmark, nb201: Table):
        rows, asked = np.arange(RECORDS), NB201 | {"seeds": "mean"}
        assert len(benchmark(nb201.accuracy, rows, **asked)) == RECORDS

    def test_curve_of_one_cell(self, benchmark, nb201: Table, cells: list[object]):
        asked = {"metric": "accuracy", **NB201}
        assert benchmark(nb201.curve, cells[:1], **asked).shape == (1, 200)

    def test_all_hashes_to_rows(self, benchmark, nb101: Table):
        rows = np.random.default_rng(0).permutation(CELLS).tolist()
        hashes = [nb101.rows.architecture(row) for row in rows]
        assert benchmark(nb101.rows.find, hashes).tolist() == rows


def test_the_official_package_is_as_expected(folder: Path):
    """The figures are only worth something when both give the same answers."""
    table = Table.open(compiled(folder, "some"))
    program = OFFICIAL.split("chosen =")[0] + "print(json.dumps({str(i): api.get_more_info(i, 'cifar10', hp='200', "
    program += "is_random=777)['test-accuracy'] for i in range(0, 1000, 97)}))"
    for index, accuracy in run(program, folder / "some.pth").items():
        cell = table.rows.parse(nb201_files.CELLS[int(index)])
        assert table.accuracy([cell], **NB201) == accuracy
