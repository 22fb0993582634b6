"""The commonest wrong numbers of the README, each with the right one and the way from one to the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.oracles import Split, Table, open_oracle
from nasrank.bench.oracles.ask.overview import row_of_official_index
from nasrank.spaces.nb201.cell import EDGES, Cell

pytestmark = pytest.mark.data

RESNET = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|"
EVERY = np.arange(15_625)


@pytest.fixture(scope="module")
def nats(nasrank_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Table:
    return open_oracle("nats-bench-extract", data_root=nasrank_data, cache=tmp_path_factory.mktemp("cache"))


def best(table: Table, dataset: str, split: Split, epochs: int, seeds: int | str) -> float:
    return round(table.best(metric="accuracy", dataset=dataset, split=split, epochs=epochs, seeds=seeds).value, 2)


@pytest.mark.slow
def test_half_of_the_training_images(nats: Table):
    """NATS-Bench#27, NATS-Bench#35."""
    assert best(nats, "cifar10", Split.TEST_50K, 200, "mean") == 94.37
    assert best(nats, "cifar10", Split.TEST_25K, 200, "mean") == 91.52
    assert best(nats, "cifar10", Split.VALID_25K, 200, "mean") == 91.61


def test_twelve_epochs_instead_of_two_hundred(nats: Table):
    """NATS-Bench#11, AutoDL-Projects#97: the official package's default is 12."""
    assert best(nats, "cifar10", Split.TEST_50K, 12, 111) == 89.16
    assert best(nats, "cifar100", Split.TEST, 12, 111) == 61.18
    assert best(nats, "ImageNet16-120", Split.TEST, 12, 111) == 38.27


def test_the_three_measurements_on_the_test_images(nats: Table):
    """NATS-Bench#38: what is valtest? HPOBench PR#182: the validation figure given as the test figure."""
    of = {
        dataset: [best(nats, dataset, split, 200, "mean") for split in (Split.VALID, Split.TEST, Split.VALTEST)]
        for dataset in ("cifar100", "ImageNet16-120")
    }
    assert of == {"cifar100": [73.49, 73.51, 73.5], "ImageNet16-120": [46.73, 47.31, 46.88]}


def test_the_best_single_run_instead_of_the_best_mean(nats: Table):
    """NATS-Bench#39: a random seed is the official package's default, and the best of all runs is nobody's accuracy."""
    assert best(nats, "cifar100", Split.TEST, 200, 777) == 73.7
    assert best(nats, "ImageNet16-120", Split.TEST, 200, 777) == 47.67


def test_the_release_decides_over_how_many_seeds_a_mean_is(nats: Table):
    """The published accuracies of the ResNet-like cell are those of seed 888 alone, all that v1.0 had of it."""
    asked = {"epochs": 200}
    resnet = [nats.space.parse(RESNET)]
    published = {"cifar100": (70.42, 70.86), "ImageNet16-120": (44.53, 43.63)}
    for dataset, (valid, test) in published.items():
        for split, value in ((Split.VALID, valid), (Split.TEST, test)):
            assert nats.accuracy(resnet, dataset=dataset, split=split, **asked, seeds=888) == pytest.approx(
                value, abs=5e-3
            )
    on_cifar10 = {"dataset": "cifar10", "split": Split.TEST_50K, **asked}
    assert nats.accuracy(resnet, **on_cifar10, seeds="mean_v10") == pytest.approx(93.97)
    assert nats.accuracy(resnet, **on_cifar10, seeds="mean") == pytest.approx(93.91)
    v10 = nats.accuracy(EVERY, **on_cifar10, seeds="mean_v10")
    assert (np.abs(v10 - nats.accuracy(EVERY, **on_cifar10, seeds="mean")) > 1e-4).sum() == 6_410


def test_edges_in_another_order(nats: Table):
    """NASLib#144, NASLib#171: the same six operations in NASLib's order of edges are another cell."""
    cell = nats.space.at(row_of_official_index(nats, 0))
    order = sorted(range(6), key=lambda place: EDGES[place])
    misread = Cell(tuple(cell.operations[place] for place in order))
    asked = {"dataset": "cifar10", "split": Split.TEST_25K, "epochs": 200, "seeds": 888}
    assert nats.accuracy([cell, misread], **asked) == pytest.approx([81.90, 83.86])


def test_isomorphic_cells_were_trained_apart(nats: Table):
    """NATS-Bench#13, NATS-Bench#43: 6,466 classes; one architecture's accuracies differ within its class."""
    classes: dict[str, list[int]] = {}
    for row, cell in enumerate(nats.space):
        classes.setdefault(nats.space.key(cell), []).append(row)
    assert len(classes) == 6_466
    of_several = [rows for rows in classes.values() if len(rows) > 1]
    assert len(of_several) == 1_350
    for split, seeds, median in ((Split.TEST_25K, 888, 0.66), (Split.TEST_50K, "mean", 0.32)):
        accuracy = nats.accuracy(EVERY, dataset="cifar10", split=split, epochs=200, seeds=seeds)
        assert np.median([np.ptp(accuracy[rows]) for rows in of_several]) == pytest.approx(median, abs=5e-3)
