from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Split, Table, open_oracle
from nasrank.bench.oracles.ask.draft import Draft, workshop
from nasrank.bench.oracles.imports.formats.mapping import load_mapping
from nasrank.bench.oracles.imports.recipes.mapped import MAPPINGS
from nasrank.bench.oracles.imports.recipes.natsbench_extract import RECIPE
from nasrank.spaces import get_space

EVERY = np.arange(15_625)
COLUMNS = {entry.column: entry.axes({}) for entry in load_mapping(MAPPINGS / "nats-bench-extract.toml").columns}
NOT_RESULTS = {"arch_str", "iso_class", "n_seeds_200", "legacy_param_mismatch"} | {
    f"op_{source}_{target}" for source, target in ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
}


def read(path: Path) -> Draft:
    with workshop(path.parent) as here:
        return RECIPE.format.read(path, here)


def write_extract(path: Path, *, leave_out: str = "", repeat_a_row: bool = False) -> dict[str, np.ndarray]:
    """A file like the extract with invented numbers, its rows in random order."""
    generator = np.random.default_rng(2)
    space = get_space("nb201")
    rows = generator.permutation(len(space))
    if repeat_a_row:
        rows[0] = rows[1]
    columns: dict[str, np.ndarray] = {"position": rows}
    for name, column in COLUMNS.items():
        counted = column.unit in ("count", "index")
        columns[name] = generator.integers(0, 10**6, len(rows)) if counted else generator.uniform(0, 100, len(rows))
    texts = [str(space.at(int(row))) for row in rows]
    table = {"arch_str": texts, **{name: values for name, values in columns.items() if name != leave_out}}
    pyarrow.parquet.write_table(pa.table(table), path)
    return columns


@pytest.mark.slow
def test_values_are_placed_by_the_cells_string(tmp_path: Path):
    """NATS-Bench#5: the row number of a file is not a position of the space."""
    written = write_extract(tmp_path / "core.parquet")
    columns = read(tmp_path / "core.parquet").columns
    assert len(columns) == len(COLUMNS)
    for name, column in COLUMNS.items():
        assert np.array_equal(columns[column][written["position"]], written[name])


def test_axes_are_unique_and_complete():
    columns = list(COLUMNS.values())
    assert len({column.axes for column in columns}) == len(columns)
    for column in columns:
        if column.metric in ("accuracy", "loss"):
            assert None not in column.axes
    marked = [name for name, column in COLUMNS.items() if column.derivation]
    assert {name for name in COLUMNS if "derived" in name} <= set(marked)
    assert set(marked) - {name for name in marked if "derived" in name} == {
        "c100_valid_200_mean",
        "in16_valid_200_mean",
    }


@pytest.mark.slow
def test_two_rows_of_one_cell_are_refused(tmp_path: Path):
    write_extract(tmp_path / "core.parquet", repeat_a_row=True)
    with pytest.raises(DataError, match="rows 1 and 2 are of the same architecture"):
        read(tmp_path / "core.parquet")


def test_a_missing_column_is_refused_by_name(tmp_path: Path):
    write_extract(tmp_path / "core.parquet", leave_out="c10_test_12")
    with pytest.raises(DataError, match="has no column c10_test_12"):
        read(tmp_path / "core.parquet")


def test_another_file_under_its_name_is_refused(tmp_path: Path):
    (tmp_path / "nas-bench-201").mkdir()
    write_extract(tmp_path / "nas-bench-201" / "nb201_core.parquet")
    with pytest.raises(DataError, match="truncated, altered or another version"):
        open_oracle("nats-bench-extract", data_root=tmp_path, cache=tmp_path)


@pytest.fixture(scope="module")
def nats(nasrank_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Table:
    return open_oracle("nats-bench-extract", data_root=nasrank_data, cache=tmp_path_factory.mktemp("cache"))


@pytest.mark.data
class TestRealExtract:
    @pytest.mark.parametrize(
        ("dataset", "split", "best", "official_index"),
        [
            ("cifar10", Split.TEST_50K, 94.37, 6111),
            ("cifar100", Split.TEST, 73.51, 9930),
            ("ImageNet16-120", Split.TEST, 47.31, 857),
            ("cifar10", Split.VALID_25K, 91.6067, 6111),
            ("cifar10", Split.TEST_25K, 91.5233, 1459),
        ],
    )
    def test_published_incumbents(self, nats: Table, dataset: str, split: Split, best: float, official_index: int):
        """NATS-Bench#38, #39 and HPOBench PR#182: the optimum depends on the split."""
        accuracy = nats.accuracy(EVERY, dataset=dataset, split=split, epochs=200, seeds="mean")
        assert accuracy.max() == pytest.approx(best, abs=5e-3)
        incumbents = np.flatnonzero(accuracy == accuracy.max())
        assert official_index in nats.values(incumbents, metric="official_index", dataset=None)

    def test_the_two_cifar10_tests_differ(self, nats: Table):
        """NATS-Bench#35: trained on half of the images, a network is some three points worse."""
        half, full = (
            nats.accuracy(EVERY, dataset="cifar10", split=split, epochs=200, seeds="mean")
            for split in (Split.TEST_25K, Split.TEST_50K)
        )
        assert 2 < (full - half).mean() < 5

    def test_the_mean_is_that_of_the_seeds_there_are(self, nats: Table):
        """NATS-Bench#30: 7,456 cells have two seeds, 8,169 three."""
        for dataset, split in (
            ("cifar10", Split.VALID_25K),
            ("cifar100", Split.VALTEST),
            ("ImageNet16-120", Split.VALTEST),
        ):
            seeds = np.stack([nats.whole(Column("accuracy", dataset, split, 200, seed)) for seed in (777, 888, 999)])
            assert np.isnan(seeds).sum(axis=1).tolist() == [0, 0, 7_456]
            mean = nats.accuracy(EVERY, dataset=dataset, split=split, epochs=200, seeds="mean")
            assert np.nanmean(seeds, axis=0) == pytest.approx(mean, abs=2e-5)

    def test_the_whole_test_set_is_the_mean_of_its_halves(self, nats: Table):
        for dataset in ("cifar100", "ImageNet16-120"):
            valid, test, both = (
                nats.accuracy(EVERY, dataset=dataset, split=split, epochs=200, seeds="mean")
                for split in (Split.VALID, Split.TEST, Split.VALTEST)
            )
            assert (valid + test) / 2 == pytest.approx(both, abs=2e-5)

    def test_a_third_seed_is_missing_for_some(self, nats: Table):
        with pytest.raises(ValueError, match=r"missing for 7456 of 15625 .* has seeds 777, 888, mean$"):
            nats.accuracy(EVERY, dataset="cifar100", split=Split.VALTEST, epochs=200, seeds=999)

    def test_an_epoch_that_is_not_there_lists_those_that_are(self, nats: Table):
        with pytest.raises(ValueError, match=r"no epochs '108' for .*; it has 12, 200"):
            nats.accuracy(EVERY, dataset="cifar10", split=Split.TEST_50K, epochs=108, seeds="mean")

    def test_every_column_of_the_file_is_kept_or_known_not_to_be_a_result(self, nats: Table, nasrank_data: Path):
        schema = pyarrow.parquet.read_schema(RECIPE.locate(nasrank_data))
        assert set(schema.names) - set(COLUMNS) == NOT_RESULTS
        assert set(COLUMNS) < set(schema.names)
        assert len(nats.columns) == len(COLUMNS)
