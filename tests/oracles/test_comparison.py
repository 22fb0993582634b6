"""Agreement of two tables, against plain definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.oracles import Column, Split, Table
from nasrank.bench.oracles.ask.comparison import agreement, compare, shared_columns

ONE = Column("accuracy", "cifar10", Split.TEST_50K, 200, 777)
TWO = Column("accuracy", "cifar10", Split.TEST_50K, 200, 888)
MEAN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")
LOSS = Column("loss", "cifar10", Split.TEST_50K, 200, 777)
ROWS = 15_625


@pytest.fixture(scope="module")
def arrays():
    generator = np.random.default_rng(8)
    first = generator.uniform(20, 90, ROWS)
    second = first + generator.normal(0, 3, ROWS)
    second[:100] = first[:100]
    first[200:210] = np.nan
    second[205:230] = np.nan
    second[4321] = first[4321] - 19.5
    return first, second


@pytest.fixture(scope="module")
def tables(arrays, provenance):
    first, second = arrays
    return Table.from_arrays({ONE: first}, provenance), Table.from_arrays({ONE: second, TWO: second}, provenance)


def test_it_equals_plain_definitions(tables, arrays):
    first, second = arrays
    found = compare(*tables, ONE, TWO, largest=3)
    both = ~np.isnan(first) & ~np.isnan(second)
    assert (found.architectures, found.only_first, found.only_second) == (both.sum(), 20, 5) == (ROWS - 30, 20, 5)
    assert found.equal == 100
    assert found.ranking["tau"] == pytest.approx(stats.kendalltau(first[both], second[both]).statistic)
    assert found.ranking["spearman"] == pytest.approx(stats.spearmanr(first[both], second[both]).statistic)
    assert found.mean_difference == pytest.approx(np.mean(second[both] - first[both]))
    assert found.mean_absolute_difference == pytest.approx(np.mean(np.abs(second[both] - first[both])))
    gaps = [abs(one.second - one.first) for one in found.largest]
    assert gaps == sorted(np.abs(second[both] - first[both]))[:-4:-1]
    assert tables[0].space.position(found.largest[0].architecture) == 4321


def test_the_best_tenth_of_a_loss_is_that_of_the_lowest(provenance):
    """Two losses that agree but among the lowest tenth of the first, where the second is shuffled."""
    generator = np.random.default_rng(3)
    first = np.sort(generator.uniform(0.1, 3, ROWS))
    second = first.copy()
    second[: ROWS // 10] = generator.permutation(second[: ROWS // 10])
    found = compare(*(Table.from_arrays({LOSS: loss}, provenance) for loss in (first, second)), LOSS, LOSS)
    assert abs(found.ranking["tau_top10"]) < 0.1
    assert found.ranking["tau"] > 0.95


def test_infinite_losses_are_counted_and_left_out(provenance):
    generator = np.random.default_rng(3)
    first, second = generator.uniform(0.1, 3, (2, ROWS))
    first[:7], second[5:10] = np.inf, np.inf
    found = compare(*(Table.from_arrays({LOSS: loss}, provenance) for loss in (first, second)), LOSS, LOSS)
    assert (found.architectures, found.infinite) == (ROWS, 10)
    assert found.mean_difference == pytest.approx(np.mean(second[10:] - first[10:]))
    assert found.ranking["tau"] == pytest.approx(stats.kendalltau(first[10:], second[10:]).statistic)


def test_the_first_column_is_the_truth():
    """Metrics that look at the top of the truth are not symmetric."""
    truth = np.arange(100.0)
    scores = np.concatenate([np.arange(90.0), np.arange(99.0, 89.0, -1)])
    assert agreement(truth, scores, ["tau_top10"]) == pytest.approx({"tau_top10": -1})
    assert agreement(truth, scores, ["tau"])["tau"] > 0.9


def test_shared_columns_include_a_mean_one_stores_and_the_other_computes(tables, arrays, provenance):
    stored = Table.from_arrays({MEAN: np.nan_to_num(arrays[0], nan=50.0)}, provenance)
    assert shared_columns(stored, tables[1]) == [MEAN]
    assert shared_columns(tables[1], stored) == [MEAN]
    assert shared_columns(*tables) == [ONE, MEAN]  # which both can compute


def test_what_cannot_be_compared_is_refused(tables, provenance):
    losses = Table.from_arrays({LOSS: np.ones(ROWS)}, provenance)
    with pytest.raises(ValueError, match=r"200/777 is in percent, loss/.*/777 in nats"):
        compare(tables[0], losses, ONE, LOSS)
    hashes = np.arange(32, dtype=np.uint8).reshape(2, 16)
    other = Table.from_arrays({ONE: np.array([1.0, 2.0])}, replace(provenance, space="nb101"), hashes)
    with pytest.raises(ValueError, match="one table is about nb201, the other about nb101"):
        compare(tables[0], other, ONE, ONE)
    alone = np.full(ROWS, np.nan)
    alone[202] = 5
    with pytest.raises(ValueError, match="0 architectures have both"):
        compare(tables[0], Table.from_arrays({ONE: alone}, provenance), ONE, ONE)


def test_tables_of_hashed_rows_meet_on_the_hashes_they_share(provenance):
    def table(names: list[int], values: list[float]) -> Table:
        hashes = np.zeros((len(names), 16), dtype=np.uint8)
        hashes[:, 0] = names
        return Table.from_arrays({ONE: np.array(values)}, replace(provenance, space="nb101"), hashes)

    found = compare(table([1, 2, 5, 9], [10, 20, 50, 90]), table([2, 3, 9], [21, 30, 95]), ONE, ONE)
    assert (found.architectures, found.only_first, found.only_second) == (2, 2, 1)
    assert found.ranking["tau"] == 1
    assert np.isnan(found.ranking["tau_top10"])  # there is no order among a tenth of two
    assert [(one.architecture[:2], one.first, one.second) for one in found.largest] == [("09", 90, 95), ("02", 20, 21)]
