from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from extract_files import ABOUT, ABOUT_101, CELLS, HASHES, STRINGS, WRITERS, entry, read_through
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.ask.overview import OFFICIAL_INDEX, overview
from nasrank.bench.oracles.imports.compiling import compile_table
from nasrank.bench.oracles.imports.formats import extract
from nasrank.bench.oracles.imports.formats.mapping import load_mapping
from nasrank.bench.oracles.imports.recipes import nasbench101_extract
from nasrank.bench.oracles.imports.recipes.mapped import MAPPINGS
from nasrank.spaces import SPACES, get_enumerated, get_space
from nasrank.spaces.nb201.cell import to_naslib

TEST = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")


def at(draft: Draft, column: Column, cells: list[Any] = CELLS) -> list[float]:
    """Whatever the rows are: all positions, or those that the file names."""
    keys = np.arange(15_625) if draft.keys is None else draft.keys
    positions = [get_space("nb201").position(cell) for cell in cells]
    assert np.isin(positions, keys).all()
    return list(draft.columns[column][np.searchsorted(keys, positions)])


class TestReading:
    @pytest.mark.parametrize("suffix", WRITERS)
    def test_every_kind_of_file(self, tmp_path: Path, suffix: str):
        columns = {"arch": STRINGS, "ignored": [1, 2, 3, 4], "test": [None, 90.5, 10.0, 94.25], "params": [5, 6, 7, 8]}
        costs = entry("params", metric="parameters", unit="count", split=None, epochs=None, seeds=None)
        draft = read_through(tmp_path, columns, entry(), costs, suffix=suffix)
        assert draft.columns.keys() == {TEST, Column("parameters", "cifar10")}
        assert at(draft, TEST)[1:] == [90.5, 10.0, 94.25]
        assert at(draft, Column("parameters", "cifar10")) == [5, 6, 7, 8]
        assert np.isnan(draft.columns[TEST]).sum() == 1
        assert draft.keys is not None
        assert draft.keys.tolist() == [3, 77, 4_242, 15_000], "the architectures that the file names"
        assert (draft.protocol, draft.citation, draft.licence) == ("invented", "nobody", "none")

    @pytest.mark.parametrize("name", ["darts", "glit", "mobilenet", "nago", "recurrent"])
    def test_architectures_of_any_space_are_named_by_its_text(self, tmp_path: Path, name: str):
        """A mapping took NAS-Bench-201 and -101 alone, and so no space of a plugin either."""
        space = get_enumerated(name)
        cells = space.sample(np.random.default_rng(0), 3)
        columns = {"arch": [str(cell) for cell in cells], "test": [1.0, 2.0, 3.0]}
        draft = read_through(tmp_path, columns, entry(), about=ABOUT.replace("nb201", name))
        assert draft.space == name
        assert draft.keys is not None
        by_position = dict(zip(draft.keys.tolist(), draft.columns[TEST].tolist(), strict=True))
        assert by_position == {space.position(cell): value for cell, value in zip(cells, [1.0, 2.0, 3.0], strict=True)}

    @pytest.mark.parametrize("order", ["by_source", "by_target"])
    @pytest.mark.parametrize("text", [str, list])
    def test_tuples_of_naslib(self, tmp_path: Path, order: Any, text: Callable[..., Any]):
        """NASLib#144, #171: the two edge orders give different cells, so the mapping must name one."""
        names = [text(to_naslib(cell, edge_order=order)) for cell in CELLS]
        about = ABOUT.replace('"string"', f'"naslib_{order}"')
        assert at(read_through(tmp_path, {"arch": names, "test": [1.0, 2, 3, 4]}, entry(), about=about), TEST) == [
            1,
            2,
            3,
            4,
        ]

    @pytest.mark.parametrize("suffix", [".parquet", ".csv"])
    def test_module_hashes_need_not_be_complete(self, tmp_path: Path, suffix: str):
        """Hashes and operations of digits alone are texts, also in CSV."""
        columns = {"arch": [HASHES[3], HASHES[1].upper()], "test": [0.9, 0.8], "ops": ["02001", ""]}
        accuracy = entry(split="test_40k", epochs=108, unit="fraction")
        operations = '[[columns]]\ncolumn = "ops"\nmetric = "operations"\nunit = "digits"\n'
        draft = read_through(tmp_path, columns, accuracy, operations, about=ABOUT_101, suffix=suffix)
        assert draft.keys is not None
        assert [row.tobytes().hex() for row in draft.keys] == [HASHES[1], HASHES[3]]
        assert list(draft.columns[Column("accuracy", "cifar10", Split.TEST_40K, 108, "mean")]) == [80, 90]
        code = 1 + 3 * 4 + 1 * 4**2 + 1 * 4**3 + 2 * 4**4
        assert list(draft.columns[Column("operations", None)]) == [0, code]

    @pytest.mark.parametrize(
        ("metric", "unit", "stored", "expected"),
        [
            ("accuracy", "fraction", 0.9375, 93.75),
            ("top5_accuracy", "percent", 99.5, 99.5),
            ("training_time", "hours", 0.5, 1800.0),
            ("latency", "milliseconds", 250.0, 0.25),
            ("multiply_adds", "millions", 15.64741, 15_647_410),
            ("parameters", "count", 73_306.0, 73_306),
            ("loss", "nats", 0.25, 0.25),
            ("loss", "nats", float("inf"), float("inf")),
        ],
    )
    def test_units(self, tmp_path: Path, metric: str, unit: str, stored: float, expected: float):
        """NATS-Bench#1, NATS-Bench#46: what a number is measured in."""
        draft = read_through(tmp_path, {"arch": STRINGS[:1], "test": [stored]}, entry(metric=metric, unit=unit))
        (column,) = draft.columns
        assert at(draft, column, CELLS[:1]) == [expected]

    def test_complete_counts_are_whole_numbers(self, tmp_path: Path):
        every = [str(cell) for cell in map(get_space("nb201").at, range(15_625))]
        parameters = entry(metric="parameters", unit="millions", split=None, epochs=None, seeds=None)
        draft = read_through(tmp_path, {"arch": every, "test": np.full(15_625, 0.073306)}, parameters)
        assert draft.keys is None, "a file of every architecture needs none"
        assert draft.columns[Column("parameters", "cifar10")].dtype == np.int64

    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
    def test_one_row_a_training_run(self, tmp_path: Path, suffix: str):
        columns = {
            "arch": [STRINGS[0], STRINGS[0], STRINGS[1], STRINGS[1]],
            "run": [777.0, 888, 777, 777],
            "epoch": [200, 200, 12, 200],
            "on": ["x-test", "x-test", "x-test", "valid"],
            "data": ["cifar100", "cifar100", "ImageNet16-120", "ImageNet16-120"],
            "test": [70.0, 71, 30, 40],
            "params": [5, 5, 6, 6],
        }
        runs = entry(
            dataset={"column": "data"},
            split={"column": "on", "values": {"x-test": "test"}},
            epochs={"column": "epoch"},
            seeds={"column": "run"},
        )
        costs = entry("params", metric="parameters", unit="count", split=None, epochs=None, seeds=None)
        draft = read_through(tmp_path, columns, runs, costs, suffix=suffix)
        expected = {
            Column("accuracy", "cifar100", Split.TEST, 200, 777): [70.0, None],
            Column("accuracy", "cifar100", Split.TEST, 200, 888): [71.0, None],
            Column("accuracy", "ImageNet16-120", Split.TEST, 12, 777): [None, 30.0],
            Column("accuracy", "ImageNet16-120", Split.VALID, 200, 777): [None, 40.0],
            Column("parameters", "cifar10"): [5, 6],
        }
        assert draft.columns.keys() == expected.keys()
        for column, values in expected.items():
            np.testing.assert_array_equal(at(draft, column, CELLS[:2]), np.array(values, dtype=float))

    @pytest.mark.slow
    @given(values=st.lists(st.none() | st.floats(1.5, 100), min_size=4, max_size=4).filter(any))
    def test_no_digit_is_lost_on_the_way(self, tmp_path_factory: pytest.TempPathFactory, values: list[float | None]):
        folder = tmp_path_factory.mktemp("file")
        draft = read_through(folder, {"arch": STRINGS, "test": values}, entry(), suffix=".csv")
        np.testing.assert_array_equal(at(draft, TEST), np.array(values, dtype=float))


def test_a_table_changes_with_its_mapping(tmp_path: Path):
    """The same file, explained otherwise, is another table."""
    path = tmp_path / "mine.toml"
    versions = set()
    for seeds in ("mean", 777):
        path.write_text(ABOUT + entry(seeds=seeds))
        versions.add(extract.format_of(path).version)
    assert len(versions) == 2
    assert extract.format_of(path).name == "mine"


def test_a_compiled_extract_answers(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(ABOUT + entry())
    source = tmp_path / "file.csv"
    WRITERS[".csv"]({"arch": STRINGS, "test": [90.0, 91, 92, 93]}, source)
    format = extract.format_of(tmp_path / "mine.toml")
    assert format.recognises(source)
    with workshop(tmp_path) as here:
        table = compile_table(format, source, tmp_path / "mine.arrow", here, sha256="0" * 64, name="file.csv")
    asked = {"dataset": "cifar10", "split": Split.TEST_50K, "epochs": 200, "seeds": "mean"}
    assert list(table.accuracy(CELLS, **asked)) == [90, 91, 92, 93]
    assert table.accuracy(np.array([3, 4_242]), **asked).tolist() == [90, 93]
    with pytest.raises(ValueError, match=r"does not have .*; it has 4 of the 15,625 architectures of nb201"):
        table.accuracy(np.array([0]), **asked)


def test_an_overview_counts_what_there_is(tmp_path: Path):
    """Cases: "15,625 rows: every architecture" stood over a CSV of 50."""
    cells = [get_space("nb201").at(position) for position in range(0, 15_625, 313)]
    draft = read_through(
        tmp_path, {"arch": list(map(str, cells)), "test": [None, *map(float, range(49))]}, entry(seeds=777)
    )
    provenance = Provenance("nb201", "file", "0" * 64, "invented", "nobody", "none", "mine", 1)
    table = Table.from_arrays(draft.columns, provenance, draft.keys)
    assert overview(table)[0] == (
        "50 rows: 50 of the 15,625 architectures of nb201, by position; 49 of them have a number"
    )
    values = np.where(np.arange(15_625) % 313, np.nan, 90.0)
    whole = Table.from_arrays({TEST: values, OFFICIAL_INDEX: np.arange(15_625)}, provenance)
    assert overview(whole)[0] == "15,625 rows: every architecture of nb201, by position; 50 of them have a number"
    full = Table.from_arrays({TEST: np.full(15_625, 90.0)}, provenance)
    assert overview(full)[0] == "15,625 rows: every architecture of nb201, by position"


@pytest.fixture(scope="module")
def stored(nasrank_data: Path) -> dict[str, np.ndarray]:
    file = pyarrow.parquet.read_table(nasrank_data / nasbench101_extract.RECIPE.source)
    return {name: file[name].to_numpy() for name in file.column_names}


@pytest.fixture(scope="module")
def table(nasrank_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Table:
    return nasbench101_extract.RECIPE.open(data_root=nasrank_data, cache=tmp_path_factory.mktemp("cache"))


@pytest.mark.data
class TestNasBench101:
    def test_fractions_become_percent(self, table: Table, stored: dict[str, np.ndarray]):
        for name, epochs, split, seeds in (
            ("test108_mean3", 108, Split.TEST_40K, "mean"),
            ("valid108_mean3", 108, Split.VALID_40K, "mean"),
            ("valid108_max3", 108, Split.VALID_40K, "best_of_3"),
            ("valid12_nbvis", 12, Split.VALID_40K, "one_number"),
        ):
            found = table.whole(Column("accuracy", "cifar10", split, epochs, seeds))
            np.testing.assert_array_equal(found, stored[name] * 100)

    def test_published_best_validation_accuracy(self, table: Table):
        """95.06 % by mean of three, [Ying2019]."""
        best = np.nanmax(table.whole(Column("accuracy", "cifar10", Split.VALID_40K, 108, "mean")))
        assert best == pytest.approx(95.055, abs=5e-3)

    def test_accuracies_are_of_9984_images(self, table: Table):
        """Not of 10,000: runs are multiples of a 9,984th, means of three runs of a third of it."""
        accuracies = [column for column in table.columns if column.metric == "accuracy"]
        assert {column.split for column in accuracies} == {Split.VALID_40K, Split.TEST_40K}
        for column in accuracies:
            values = table.whole(column)
            images = values[~np.isnan(values)] / 100 * 9_984 * (3 if column.seeds == "mean" else 1)
            np.testing.assert_allclose(images, np.round(images), atol=0.02)
            assert "9,984" in Split(column.split).measured_on

    def test_a_cell_is_found_by_its_hash(self, table: Table, stored: dict[str, np.ndarray]):
        row = 12_345
        parameters = table.values([stored["module_hash"][row]], metric="parameters", dataset="cifar10")
        assert parameters[0] == stored["trainable_params"][row]

    def test_every_column_of_the_file_is_kept_or_known_not_to_be_a_result(
        self, table: Table, stored: dict[str, np.ndarray]
    ):
        not_results = {"num_edges", "n_interior_to_output", "n_runs108", "source_mask"}
        not_results |= {"test108_mean3_src", "valid108_mean3_src"}
        mapping = load_mapping(MAPPINGS / "nas-bench-101-extract.toml")
        assert stored.keys() - mapping.names == not_results
        assert len(table.columns) == len(mapping.columns) == len(mapping.names) - 1


def test_a_table_of_a_space_that_is_not_known_here_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its owner, who had not named the plugin, was told that it was altered, and to delete it."""
    monkeypatch.setitem(SPACES, "chains", get_space("nb201"))
    provenance = Provenance("chains", "file", "0" * 64, "invented", "nobody", "none", "mine", 1)
    Table.from_arrays({TEST: np.full(15_625, 90.0)}, provenance).write(tmp_path / "chains.arrow")
    monkeypatch.delitem(SPACES, "chains")
    with pytest.raises(DataError, match=r"chains.arrow cannot be read: unknown search space 'chains'; .*--plugin$"):
        Table.open(tmp_path / "chains.arrow")
