"""What the seed axis and the epoch axis of a table answer."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Split, Table
from nasrank.spaces import get_space

SPACE = get_space("nb201")
ROWS = len(SPACE)
AXES = {"dataset": "cifar10", "split": Split.TEST_50K, "epochs": 4}
CURVE = {"metric": "accuracy", **AXES}


@pytest.fixture(scope="module")
def arrays() -> dict[Column, np.ndarray]:
    """Seeds 777, 888 and 999 with curves of four epochs; row n lacks the seeds whose bit is set in n % 8."""
    generator = np.random.default_rng(3)
    columns: dict[Column, np.ndarray] = {}
    for bit, seed in enumerate((999, 777, 888)):  # not in order
        curve = generator.uniform(0, 100, (ROWS, 4))
        curve[np.arange(ROWS) >> bit & 1 == 1] = np.nan
        curve[:, 1] = np.nan  # no run was measured after the second epoch
        columns[Column("accuracy", "cifar10", Split.TEST_50K, 4, seed)] = curve[:, 3].copy()
        columns[Column("accuracy", "cifar10", Split.TEST_50K, 4, seed, curve=range(1, 5))] = curve
    columns[Column("parameters", "cifar10")] = np.arange(ROWS) % 1000 + 5
    columns[Column("loss", "cifar10", Split.TEST_50K, 4, 777)] = generator.uniform(1, 2, ROWS)
    columns[Column("official_index", None)] = np.arange(ROWS)
    return columns


@pytest.fixture(scope="module")
def table(arrays, provenance) -> Table:
    return Table.from_arrays(arrays, provenance)


def end(arrays, seed: int) -> np.ndarray:
    return arrays[Column("accuracy", "cifar10", Split.TEST_50K, 4, seed)]


class TestSeeds:
    def test_the_mean_is_over_the_seeds_an_architecture_has(self, table: Table, arrays):
        """HPOBench#138: half of the architectures have two seeds; none is made up for the third."""
        stacked = np.stack([end(arrays, seed) for seed in (777, 888, 999)])
        some = np.flatnonzero(np.arange(ROWS) % 8 != 7)
        np.testing.assert_allclose(table.accuracy(some, **AXES, seeds="mean"), np.nanmean(stacked[:, some], axis=0))

    def test_no_seed_at_all_is_missing(self, table: Table):
        with pytest.raises(ValueError, match=r"mean is missing for 1 of 2 .*, which has seeds none"):
            table.accuracy(np.array([0, 7]), **AXES, seeds="mean")

    def test_the_mean_says_what_it_is_a_mean_of(self, table: Table):
        column = table.find(metric="accuracy", **AXES, seeds="mean")
        assert column.derivation == "mean over those of the seeds 777, 888, 999 an architecture has"
        assert column not in table.columns
        assert table.masked(np.array([0, 7]), column).mask.tolist() == [False, True]

    def test_all_seeds_come_with_a_mask(self, table: Table, arrays):
        """NATS-Bench#30: an architecture without the third seed."""
        seeds = table.seeds_of(**CURVE)
        assert seeds == (777, 888, 999)
        found = table.accuracy(np.arange(16), **AXES, seeds="all")
        assert found.shape == (16, 3)
        for place, seed in enumerate(seeds):
            np.testing.assert_array_equal(found[:, place].filled(np.nan), end(arrays, seed)[:16])

    def test_a_random_seed_is_one_the_architecture_has_and_repeats_with_the_generator(self, table: Table):
        rows = np.repeat(np.arange(7), 500)
        drawn = table.accuracy(rows, **AXES, seeds=np.random.default_rng(5))
        again = table.accuracy(rows, **AXES, seeds=np.random.default_rng(5))
        np.testing.assert_array_equal(drawn, again)
        for row in range(7):
            there = table.accuracy(np.array([row]), **AXES, seeds="all").compressed()
            values, counts = np.unique(drawn[rows == row], return_counts=True)
            assert sorted(there) == sorted(values)
            assert counts.min() > 500 / len(there) * 0.75  # uniformly

    def test_a_random_seed_of_none_is_an_error(self, table: Table):
        with pytest.raises(ValueError, match="architecture 1 of those asked for has no training run"):
            table.accuracy(np.array([0, 15]), **AXES, seeds=np.random.default_rng(0))

    @pytest.mark.parametrize("seeds", [None, 777.0, [777, 888], object()])
    def test_seeds_are_of_the_kinds_there_are(self, table: Table, seeds):
        with pytest.raises(ValueError, match=r"seeds are a seed, a reduction, 'all' or a numpy.random.Generator, not"):
            table.accuracy(np.array([0]), **AXES, seeds=seeds)

    def test_numpy_integers_are_seeds(self, table: Table):
        for seed in np.array([777, 888]):
            assert table.accuracy(np.array([0]), **AXES, seeds=seed) == table.accuracy(
                [SPACE.at(0)], **AXES, seeds=int(seed)
            )

    def test_an_infinite_loss_is_a_value(self, provenance):
        """A training that diverged is not one that is missing: it makes the mean infinite."""
        asked = {"metric": "loss", "dataset": "cifar10", "split": Split.TEST_50K, "epochs": 4}
        losses = {
            Column("loss", "cifar10", Split.TEST_50K, 4, seed): np.full(ROWS, value)
            for seed, value in ((777, 0.5), (888, np.inf))
        }
        table = Table.from_arrays(losses, provenance)
        assert table.values(np.array([3]), **asked, seeds="mean").tolist() == [np.inf]
        assert table.masked(np.array([3]), table.find(**asked, seeds=888)).tolist() == [np.inf]
        assert table.best(**asked, seeds=777).value == 0.5

    def test_without_seeds_there_is_no_mean(self, table: Table, provenance):
        with pytest.raises(ValueError, match="no metric 'top5_accuracy'"):
            table.find(metric="top5_accuracy", **AXES, seeds="mean")
        with pytest.raises(ValueError, match="no split 'valid_25k' for metric accuracy"):
            table.accuracy([], dataset="cifar10", split=Split.VALID_25K, epochs=4, seeds="all")
        alone = Column("accuracy", "cifar10", Split.TEST_50K, 4, "one_run")
        with pytest.raises(ValueError, match=r"has no seeds 'all' for .*; it has one_run"):
            Table.from_arrays({alone: np.ones(ROWS)}, provenance).accuracy([], **AXES, seeds="all")


class TestCurves:
    def test_a_curve_has_a_number_an_epoch(self, table: Table, arrays):
        column = table.find_curve(**CURVE, seeds=777)
        assert list(column.curve) == [1, 2, 3, 4]
        rows = np.array([0, 4, 8])
        np.testing.assert_array_equal(table.curve(rows, **CURVE, seeds=777), arrays[column][rows])

    def test_architectures_ask_like_rows(self, table: Table):
        cells = [SPACE.at(row) for row in (0, 8)]
        np.testing.assert_array_equal(
            table.curve(cells, **CURVE, seeds=888), table.curve(np.array([0, 8]), **CURVE, seeds=888)
        )

    def test_its_mean_is_taken_epoch_by_epoch(self, table: Table, arrays):
        found = table.curve(np.array([0]), **CURVE, seeds="mean")[0]
        runs = [values[0] for column, values in arrays.items() if column.curve is not None]
        np.testing.assert_allclose(found, np.mean(runs, axis=0))
        assert np.isnan(found[1])

    def test_a_run_that_is_missing_is_an_error(self, table: Table):
        with pytest.raises(ValueError, match="accuracy/cifar10/test_50k/4/999 is missing for 1 of 1"):
            table.curve(np.array([1]), **CURVE, seeds=999)

    def test_what_has_no_curve_says_so(self, table: Table):
        with pytest.raises(ValueError, match="no curve of metric 'loss'; it has accuracy"):
            table.curve(np.array([1]), metric="loss", **AXES, seeds=777)

    def test_files_keep_curves(self, table: Table, tmp_path):
        table.write(tmp_path / "table.arrow")
        again = Table.open(tmp_path / "table.arrow")
        assert again.columns == table.columns
        again.verify()
        for column in table.columns:
            np.testing.assert_array_equal(again.whole(column), table.whole(column))
            assert not again.whole(column).flags.writeable

    def test_coverage_counts_architectures(self, table: Table):
        summaries = {summary.column: summary for summary in table.describe()}
        curve = summaries[table.find_curve(**CURVE, seeds=999)]
        assert curve.present == summaries[table.find(metric="accuracy", **AXES, seeds=999)].present == ROWS // 2 + 1

    def test_a_curve_of_the_wrong_length_is_refused(self, provenance):
        column = Column("accuracy", "cifar10", Split.TEST_50K, 4, 777, curve=range(1, 5))
        with pytest.raises(DataError, match=r"expected float64 or int64 \(15625, 4\), not float64 \(15625, 3\)"):
            Table.from_arrays({column: np.zeros((ROWS, 3))}, provenance)


class TestBest:
    def test_the_highest_accuracy_among_those_present(self, table: Table, arrays):
        best = table.best(metric="accuracy", **AXES, seeds=777)
        assert best.value == np.nanmax(end(arrays, 777))
        assert end(arrays, 777)[table.space.position(best.architecture)] == best.value

    def test_the_lowest_loss(self, table: Table):
        best = table.best(metric="loss", **AXES, seeds=777)
        assert best.value == table.whole(table.find(metric="loss", **AXES, seeds=777)).min()

    def test_ties_go_to_the_lowest_row(self, table: Table):
        assert table.best(metric="parameters", dataset="cifar10").architecture == SPACE.at(0)

    def test_some_metrics_have_no_best(self, table: Table):
        with pytest.raises(ValueError, match="neither more nor less is better"):
            table.best(metric="official_index", dataset=None)


class TestBound:
    def test_it_answers_one_architecture_or_row(self, table: Table, arrays):
        accuracy = table.bind(metric="accuracy", **AXES, seeds=777)
        for row in (0, 1, 4, 15_624):
            assert accuracy(row) == accuracy(SPACE.at(row)) == end(arrays, 777)[row]
        assert accuracy.column == table.find(metric="accuracy", **AXES, seeds=777)
        assert table.bind(metric="parameters", dataset="cifar10")(3) == 8

    def test_missing_and_absent_ones_are_errors(self, table: Table):
        accuracy = table.bind(metric="accuracy", **AXES, seeds=777)
        with pytest.raises(ValueError, match="is missing for"):
            accuracy(2)
        for row in (-1, ROWS):
            with pytest.raises(ValueError, match=r"positions in nb201 from .*: there are 0 to 15624"):
                accuracy(row)
        with pytest.raises(ValueError, match="expected 3 groups"):
            accuracy("|none~0|")
