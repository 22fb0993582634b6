"""The seed means that FreeREA published: their order, invented files that are refused, and the genuine ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import frames
import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES, Column, Split, Table, open_oracle
from nasrank.bench.oracles.ask.draft import workshop
from nasrank.bench.oracles.imports.library import recognise
from nasrank.bench.oracles.imports.recipes import nasbench101_means, natsbench_means
from nasrank.spaces import get_enumerated

DATASETS = {"cifar10": Split.TEST_50K, "cifar100": Split.TEST, "ImageNet16-120": Split.TEST}
CELLS = 15_625


@pytest.fixture
def nats(tmp_path: Path) -> Path:
    """Three invented files; the accuracy of official index i on the second data set is i / 500."""
    for place, dataset in enumerate(DATASETS):
        (tmp_path / "nats" / dataset).mkdir(parents=True)
        values = [(index * (place + 1) / 1000 + 1e-9) for index in range(CELLS)]
        rows = "\n".join(f"{index},{value!r}" for index, value in enumerate(values))
        end = "" if dataset == "ImageNet16-120" else "\n"  # as published
        (tmp_path / "nats" / dataset / "accuracies.csv").write_text(f"index,accuracy\n{rows}{end}")
    return tmp_path / "nats"


def columns_of(source: Path, module) -> dict[Column, np.ndarray]:
    with workshop(source.parent) as here:
        return dict(module.read(source, here).columns)


class TestNatsBench:
    def test_the_official_order_is_a_permutation_and_starts_as_published(self) -> None:
        """The cells of indices 0 and 9 are those that the script which drew the order checks."""
        order, space = natsbench_means.official_order(), get_enumerated("nb201")
        assert np.array_equal(np.sort(order), np.arange(CELLS))
        assert [str(space.at(order[index])) for index in (0, 9)] == [
            "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
            "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|",
        ]

    def test_values_go_to_the_cell_of_their_index_and_lose_noise_alone(self, nats: Path) -> None:
        columns = columns_of(nats, natsbench_means)
        order = natsbench_means.official_order()
        for place, (dataset, split) in enumerate(DATASETS.items()):
            values = columns[Column("accuracy", dataset, split, 200, "mean")]
            np.testing.assert_array_equal(values[order], np.round(np.arange(CELLS) * (place + 1) / 1000, 5))
        assert np.array_equal(columns[Column("official_index", None)][order], np.arange(CELLS))

    @pytest.mark.parametrize(
        ("damage", "reason"),
        [
            (lambda text: text.replace("index,", "place,", 1), "first line is not 'index,accuracy'"),
            (lambda text: "", "first line is not"),
            (lambda text: text[: text.index("\n15000")], "15,000 rows, but there are 15,625 cells"),
            (lambda text: text + "15625,1.0\n", "15,626 rows"),
            (lambda text: text.replace("\n7,", "\n8,", 1), "line 9: its index is not 7"),
            (lambda text: text.replace("\n7,", "\n+7,", 1), "line 9: its index is not 7"),
            (lambda text: text.replace("\n7,", "\n7,x", 1), "line 9: could not convert"),
            (lambda text: text.replace("\n7,", "\n7,1,", 1), "line 9: could not convert"),
            (lambda text: text.replace("\n0,1e-09", "\n0,nan", 1), "an accuracy is not finite"),
            (lambda text: text + " " * 2**21, "bytes, admitted are"),
            (lambda text: text.replace("\n7,", "\n\xb2,", 1), "is no CSV file"),
        ],
    )
    def test_a_file_that_is_another_one_is_refused(self, nats: Path, damage, reason: str) -> None:
        path = nats / "cifar10" / "accuracies.csv"
        path.write_text(damage(path.read_text()))
        with pytest.raises(DataError, match=reason):
            columns_of(nats, natsbench_means)

    def test_the_folder_is_recognised_and_held_to_its_checksums(self, nats: Path, tmp_path: Path) -> None:
        recipe = RECIPES["nas-bench-201-means"]
        assert recognise(nats) is recipe.format
        with pytest.raises(DataError, match=r"cifar10/accuracies.csv .* altered .* nasrank fetch nas-bench-201-means"):
            recipe.adopt(nats, tmp_path / "cache")
        (nats / "cifar100" / "accuracies.csv").unlink()
        with pytest.raises(DataError, match="is none of the known kinds of table"):
            recognise(nats)

    def test_a_part_of_the_files_is_not_the_table(self, nats: Path, tmp_path: Path) -> None:
        """An interrupted download is not at hand, and the command that goes on is named."""
        data = tmp_path / "data" / "freerea" / "cached_metrics"
        data.mkdir(parents=True)
        nats.rename(data / "nats")
        recipe = RECIPES["nas-bench-201-means"]
        assert recipe.is_at_hand(tmp_path / "data")
        (data / "nats" / "cifar100" / "accuracies.csv").unlink()
        assert not recipe.is_at_hand(tmp_path / "data")
        with pytest.raises(DataError, match=r"not here yet; .*\(1\.0 MB, MIT\): nasrank fetch nas-bench-201-means$"):
            recipe.open(data_root=tmp_path / "data", cache=tmp_path / "cache")


class TestNasBench101:
    ROWS = 423_624

    def written(self, folder: Path, frame: object) -> Path:
        path = folder / "accuracies.pkl.gz"
        path.write_bytes(gzip.compress(frames.written(frame), compresslevel=1))
        return path

    def test_fractions_become_percent_in_the_order_of_the_space(self, tmp_path: Path) -> None:
        values = np.random.default_rng(0).uniform(0.1, 0.95, self.ROWS)
        path = self.written(tmp_path, frames.frame({"index": np.arange(self.ROWS), "accuracy": values}))
        assert recognise(path) is RECIPES["nas-bench-101-means"].format
        (column,) = columns_of(path, nasbench101_means).items()
        assert column[0] == nasbench101_means.ACCURACY
        np.testing.assert_array_equal(column[1], values * 100)

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            ({"index": np.arange(5), "accuracy": np.ones(5)}, "not numbered from 0 to 423,623"),
            ({"index": np.arange(ROWS)[::-1].copy(), "accuracy": np.ones(ROWS)}, "not numbered from 0 to 423,623"),
            ({"index": np.arange(ROWS), "accuracy": np.full(ROWS, 94.0)}, "an accuracy is not a fraction"),
            ({"index": np.arange(ROWS), "accuracy": np.full(ROWS, np.nan)}, "an accuracy is not a fraction"),
            ({"index": np.arange(ROWS), "accuracy": np.ones(ROWS, np.int64)}, "an accuracy is not a fraction"),
            ({"index": np.arange(3), "params": np.ones(3)}, "its columns are not index and accuracy"),
        ],
    )
    def test_another_frame_is_refused(self, columns: dict[str, np.ndarray], reason: str, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=reason):
            columns_of(self.written(tmp_path, frames.frame(columns)), nasbench101_means)

    def test_a_pickle_that_asks_for_more_is_refused_by_name(self, tmp_path: Path) -> None:
        path = self.written(tmp_path, frames.Call(frames.Name("os", "system"), ("true",)))
        with pytest.raises(DataError, match=r"accuracies\.pkl\.gz: pickle refused .* os\.system"):
            columns_of(path, nasbench101_means)

    @pytest.mark.parametrize("damage", [lambda content: content[:-5], lambda content: content[:-8] + bytes(8)])
    def test_a_damaged_file_is_refused(self, damage, tmp_path: Path) -> None:
        path = self.written(tmp_path, frames.frame({"index": np.arange(3), "accuracy": np.ones(3)}))
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(DataError, match=r"accuracies\.pkl\.gz"):
            columns_of(path, nasbench101_means)

    def test_what_unfolds_without_end_is_given_up(self, tmp_path: Path) -> None:
        path = tmp_path / "accuracies.pkl.gz"
        path.write_bytes(gzip.compress(frames.written(frames.frame({"index": np.zeros(2**20, np.int64)}))))
        with pytest.raises(DataError, match="unfolds to more than"):
            columns_of(path, nasbench101_means)


@pytest.mark.data
class TestGenuine:
    """The files that are published, beside what others published of the same benchmarks."""

    def means(self, name: str, data: Path) -> Table:
        if not RECIPES[name].is_at_hand(data):
            pytest.skip("the data folder has no freerea/cached_metrics")
        return open_oracle(name, data_root=data)

    def test_all_means_of_nats_bench_are_those_of_the_extract(self, nasrank_data: Path) -> None:
        means = self.means("nas-bench-201-means", nasrank_data)
        extract = open_oracle("nats-bench-extract", data_root=nasrank_data)
        assert len(means.columns) == 4
        for column in means.columns:
            np.testing.assert_array_equal(means.whole(column), extract.whole(column))

    def test_all_known_means_of_nas_bench_101_are_those_of_the_extract(self, nasrank_data: Path) -> None:
        means = self.means("nas-bench-101-means", nasrank_data)
        extract = open_oracle("nas-bench-101-extract", data_root=nasrank_data)
        space, column = get_enumerated("nb101"), nasbench101_means.ACCURACY
        complete, known = means.over(space, column).values, extract.over(space, column).values
        some = np.isfinite(known)
        assert (int(np.isfinite(complete).sum()), int(some.sum())) == (423_624, 16_590)
        np.testing.assert_allclose(complete[some], known[some], rtol=0, atol=1e-13)
        assert complete.max() == pytest.approx(94.3176, abs=1e-4), "the best mean that the benchmark's paper prints"
