"""The table that finished networks make: its axes, its values, what is missing, and the words that go with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from nasrank.bench.oracles import Column, Split, Table
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.library import import_table, recognise
from nasrank.bench.tabulation.grouping import grouping
from nasrank.bench.tabulation.metrics import metrics_of
from nasrank.bench.tabulation.reliability import FEWEST, reliability
from nasrank.bench.tabulation.store import Networks
from nasrank.bench.tabulation.table import costs_of, protocol, tabulated
from nasrank.bench.tasks.classification import Classification
from nasrank.spaces import get_enumerated, get_space

ACCURACY = metrics_of(Classification)[0]


def table_of(training, selection, architectures, store) -> Table:
    return tabulated(training, selection, architectures, costs_of(training, architectures), store)


@pytest.fixture(scope="module")
def table(training, selection, architectures, finished) -> Table:
    return table_of(training, selection, architectures, finished)


def asked(training, metric: str, seed: int):
    return {
        "metric": metric,
        "dataset": "digits",
        "split": Split.TEST_TABULATED,
        "epochs": training.epochs,
        "seeds": seed,
    }


@pytest.mark.slow
def test_every_number_is_where_its_axes_say(table: Table, training, architectures, finished: Networks):
    for architecture in architectures:
        for seed in (0, 1):
            run = finished.runs[str(architecture), seed]
            for metric, curve in (("accuracy", run.curves["accuracy"]), ("loss", run.curves["loss"])):
                axes = asked(training, metric, seed)
                assert table.values([architecture], **axes).tolist() == [curve[-1]]
                assert table.curve([architecture], **axes).tolist() == [list(curve)]
                assert list(table.find_curve(**axes).curve) == list(training.curve)
            time = table.values(
                [architecture],
                metric="training_time",
                dataset="digits",
                split=Split.TRAIN_TABULATED,
                epochs=training.epochs,
                seeds=seed,
            )
            assert time.tolist() == [run.seconds]


def test_the_rows_are_positions(table: Table, architectures):
    space = get_space("nb201")
    assert table.rows.positions.tolist() == sorted(space.position(one) for one in architectures)


def test_a_mean_over_seeds_is_there_for_the_asking(table: Table, training, architectures, finished: Networks):
    ends = [[finished.runs[str(one), seed].curves["accuracy"][-1] for seed in (0, 1)] for one in architectures]
    expected = np.mean(ends, axis=1).tolist()
    found = table.accuracy(
        architectures, dataset="digits", split=Split.TEST_TABULATED, epochs=training.epochs, seeds="mean"
    )
    assert found == pytest.approx(expected)


def test_costs_are_those_of_the_networks_that_were_trained(table: Table, training, architectures):
    for architecture in architectures[:4]:
        network = get_space("nb201").network(architecture, **training.network.arguments, classes=10, image_channels=1)
        parameters = sum(weights.numel() for weights in network.parameters())
        assert table.values([architecture], metric="parameters", dataset="digits").tolist() == [parameters]
        assert table.values([architecture], metric="multiply_adds", dataset="digits")[0] > 0


def test_a_run_that_diverged_is_missing(training, selection, architectures, finished: Networks):
    store = Networks(finished.folder, training)
    name = str(architectures[3])
    store.runs[name, 1] = replace(store.runs[name, 1], curves={}, seconds=0.0, failure="the loss is nan")
    table = table_of(training, selection, architectures, store)
    row = table.rows.row(architectures[3])
    for column in table.columns:
        values = table.whole(column)
        gone = column.seeds == 1
        assert np.isnan(values[row]).all() == gone
        assert not np.isnan(np.delete(values, row, axis=0)).any()
    assert "1 run(s) diverged and are missing" in table.provenance.protocol
    mean = table.whole(table.find(**{**asked(training, "accuracy", 0), "seeds": "mean"}))
    assert mean[row] == finished.runs[name, 0].curves["accuracy"][-1], "the mean is over the seeds that there are"


def test_the_protocol_says_what_was_done(table: Table):
    said = table.provenance.protocol
    for words in (
        "2 seed(s) of 12 architectures, the first in one random order of those of nb201",
        "50 to train and 40 others to test",
        "65e5b4619795efb40c1082f4c350c049e4ad552200d369b6ae99e21eef5e72c5",
        "Gaussian noise of deviation 0.5",
        "5 epochs of 3 steps of batch 16",
        "learning rate 0.1 falling to 0",
        "No run diverged",
        "Noise ceiling (tau-b of 12 architectures)",
        "torch ",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "batch 16, SGD with Nesterov momentum 0.9, learning rate 0.1 falling to 0 along a cosine, weight decay "
             "0.0005, gradient norm at most 5; seeds 0 to 1 draw"),
        ({"momentum": 0.0}, "batch 16, SGD without momentum, learning rate 0.1 falling"),
        ({"optimizer": "adamw", "warm_up": 0.1, "weight_decay": 0.05, "clip": 1.0},
         "batch 16, adamw with a momentum of 0.9, learning rate 0.1 after a rise from zero over the first 10% of "
         "training, falling to 0 along a cosine, weight decay 0.05, gradient norm at most 1; seeds"),
    ],
    ids=["first", "no momentum", "adamw"],
)  # fmt: skip
def test_the_protocol_says_how_weights_were_updated(training, selection, architectures, finished, changes, words):
    runs = [[finished.runs[str(one), seed] for one in architectures] for seed in (0, 1)]
    assert words in protocol(replace(training, **changes), selection, runs)


def test_generators_and_their_graphs_are_told_apart():
    space = get_enumerated("nago")
    texts = [
        f"NAGO(top=3 middle={middle} bottom=4,{p} graph={graph})"
        for middle in (1, 2)
        for p in (0.1, 0.5, 1)
        for graph in (0, 1)
    ]
    architectures = [space.parse(text) for text in texts]
    found = grouping(space, architectures)
    assert found is not None
    assert (found.groups, found.members) == ("generators", "graphs of one generator")
    assert [found.labels.index(label) for label in found.labels] == [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10]
    assert grouping(space, architectures[::2]) is None, "of which no generator has two graphs"
    assert grouping(space, architectures[:2]) is None, "of one generator"
    assert grouping(get_enumerated("nb201"), list(get_enumerated("nb201"))[:9]) is None
    levels = np.repeat(np.random.default_rng(0).normal(scale=3, size=6), 2)
    rows = 50 + levels + np.random.default_rng(1).normal(scale=0.1, size=(2, 12))
    parts = reliability(rows, found)
    assert parts is not None
    assert list(parts.shares) == ["generators", "graphs of one generator", "training seeds"]
    share, low, high = parts.shares["generators"]
    assert low <= share <= high
    assert share > 0.95
    assert "Of the variance of a single run lie 100% between generators (" in parts.sentences(ACCURACY)


class TestReliability:
    rows = np.random.default_rng(0).normal(size=(1, 60)) * 3 + np.random.default_rng(1).normal(size=(3, 60)) + 50

    def test_it_is_the_mean_tau_over_pairs(self):
        found = reliability(self.rows)
        assert found is not None
        pairs = [stats.kendalltau(a, b).statistic for a, b in combinations(self.rows, 2)]
        assert found.between_seeds == pytest.approx(np.mean(pairs))
        assert found.interval[0] < found.between_seeds < found.interval[1]
        assert found.between_seeds < found.between_means < 1
        assert found.shares.keys() == {"architectures", "training seeds"}
        ratio = stats.f_oneway(*self.rows.T).statistic
        assert found.shares["architectures"][0] == pytest.approx((ratio - 1) / (ratio - 1 + len(self.rows)))
        assert found.quartiles == pytest.approx(np.quantile(self.rows.mean(axis=0), [0, 0.25, 0.5, 0.75, 1]))
        assert found.ties == 0

    def test_what_diverged_is_left_out(self):
        rows = self.rows.copy()
        rows[1, :20] = np.nan
        found, rest = reliability(rows), reliability(self.rows[:, 20:])
        assert found == rest
        assert reliability(np.where(np.arange(60) < FEWEST - 1, self.rows, np.nan)) is None

    def test_one_seed_has_no_ceiling(self):
        found = reliability(np.round(self.rows[:1]))
        assert found is not None
        assert np.isnan([found.between_seeds, found.between_means, *found.interval]).all()
        pairs = list(combinations(np.round(self.rows[0]), 2))
        assert found.ties == pytest.approx(np.mean([a == b for a, b in pairs]))
        assert "no noise ceiling" in found.sentences(ACCURACY)


@pytest.mark.parametrize("compressed", [False, True])
def test_it_is_imported_as_it_is(table: Table, tmp_path, compressed: bool):
    path = tmp_path / "small.arrow"
    table.write(path, compressed=compressed)
    assert recognise(path) is own.FORMAT
    done = import_table(path, format=own.FORMAT, cache=tmp_path / "cache")
    assert done.name == "small"
    assert done.table.columns == table.columns
    assert done.table.provenance.protocol == table.provenance.protocol
    np.testing.assert_array_equal(done.table.rows.positions, table.rows.positions)
    for column in table.columns:
        np.testing.assert_array_equal(done.table.whole(column), table.whole(column))


@pytest.mark.slow
def test_a_damaged_file_is_refused(table: Table, tmp_path):
    path = tmp_path / "small.arrow"
    table.write(path, compressed=True)
    content = bytearray(path.read_bytes())
    refused = 0
    for place in range(1000, len(content), len(content) // 80):
        damaged = content.copy()
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        try:
            done = import_table(path, format=own.FORMAT, name=f"at{place}", cache=tmp_path / "cache")
        except ValueError:
            refused += 1
        else:  # a byte of padding, or of what Arrow says twice
            for column in table.columns:
                np.testing.assert_array_equal(done.table.whole(column), table.whole(column))
    assert refused > 30


def test_the_ranked_column_exists(table: Table, training):
    assert table.find(**asked(training, "accuracy", 0)) in table.columns
    assert Column("accuracy", "digits", Split.TEST_TABULATED, training.epochs, "mean") in table.means
