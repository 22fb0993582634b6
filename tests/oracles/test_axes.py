from __future__ import annotations

import re
from typing import Any

import pytest

from nasrank.bench.data import DATASETS as REGISTERED
from nasrank.bench.oracles import QUANTITIES, Column, Split
from nasrank.bench.oracles.ask.axes import DATASETS, TABULATED


def test_the_three_cifar10_accuracies_are_different_members():
    """NATS-Bench#27 and #35: "same architecture, two test accuracies" is 25,000 against 50,000 training images."""
    assert len({Split.VALID_25K, Split.TEST_25K, Split.TEST_50K}) == 3
    assert "25,000" in Split.TEST_25K.trained_on
    assert "50,000" in Split.TEST_50K.trained_on
    assert Split.TEST_25K.measured_on != Split.VALID_25K.measured_on


@pytest.mark.parametrize("split", Split)
def test_every_split_says_what_it_is_and_is_found_by_its_value(split: Split):
    assert len(split.trained_on) > 10
    assert len(split.measured_on) > 10
    assert split.__doc__ == f"Trained on {split.trained_on}; measured on {split.measured_on}."
    assert Split(str(split)) is split


def test_an_unknown_split_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown split 'x-valid'; known are .*valid_25k.*valtest"):
        Split("x-valid")


def test_every_metric_has_a_unit_and_a_direction():
    known = {name: (metric.unit, metric.direction) for name, metric in QUANTITIES.items()}
    assert known["accuracy"] == ("percent", "higher")
    assert known["loss"] == ("nats", "lower")
    assert known["training_time"] == ("seconds", "lower")
    assert known["multiply_adds"] == ("count", "lower")
    units = {"percent", "nats", "1", "pixels", "count", "seconds", "index", "code"}
    assert {unit for unit, _ in known.values()} == units
    assert all(direction == "none" for unit, direction in known.values() if unit in ("index", "code"))
    higher = {"accuracy", "top5_accuracy", "mean_iou", "mean_dice", "pixel_accuracy"}
    assert {name for name, (_, direction) in known.items() if direction == "higher"} == higher


@pytest.mark.parametrize("split", Split)
def test_every_split_knows_where_its_training_time_is_recorded(split: Split):
    assert split.training_split.trained_on == split.trained_on
    assert split.training_split.measured_on == "the same images" or split.training_split.value.startswith("train")
    assert split.training_split.training_split is split.training_split


def test_a_curve_lies_on_its_schedule():
    column = Column("accuracy", "cifar10", Split.TEST_40K, 108, 0, curve=range(54, 109, 54))
    assert str(column) == "accuracy/cifar10/test_40k/108/0/curve 54 to 108"
    assert column.shape == (2,)
    assert Column("parameters", "cifar10").shape == ()
    for curve, epochs in ((range(0), 12), (range(1, 14), 12), (range(1, 2), None)):
        with pytest.raises(ValueError, match="does not lie on a schedule"):
            Column("evaluation_time", "cifar10", Split.TEST_40K, epochs, 0, curve=curve)


def test_a_column_states_its_axes():
    column = Column("accuracy", "cifar10", Split.TEST_50K, 200, 777)
    assert str(column) == "accuracy/cifar10/test_50k/200/777"
    assert str(Column("parameters", "cifar10")) == "parameters/cifar10"
    assert (column.unit, column.direction) == ("percent", "higher")


def test_unknown_metrics_and_reductions_are_refused():
    with pytest.raises(ValueError, match=r"unknown metric 'acc'; known are accuracy"):
        Column("acc", "cifar10")
    with pytest.raises(ValueError, match=r"unknown reduction over seeds 'average'; known are mean"):
        Column("accuracy", "cifar10", Split.TEST_50K, 200, "average")


@pytest.mark.parametrize(
    ("metric", "missing"),
    [
        ("accuracy", "dataset, split, epochs, seeds"),
        ("top5_accuracy", "dataset, split, epochs, seeds"),
        ("loss", "dataset, split, epochs, seeds"),
        ("training_time", "dataset, split, epochs"),
        ("total_time", "dataset, split, epochs"),
        ("evaluation_time", "dataset, split"),
        ("parameters", "dataset"),
        ("multiply_adds", "dataset"),
        ("latency", "dataset"),
    ],
)
def test_a_metric_says_which_axes_it_needs(metric: str, missing: str):
    with pytest.raises(ValueError, match=f"^{metric} is nothing definite without {missing}$"):
        Column(metric, None)


@pytest.mark.parametrize("metric", ["official_index", "vertices", "edges", "operations"])
def test_what_needs_no_axis_has_none(metric: str):
    assert Column(metric, None).axes == (metric, None, None, None, None)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("split", Split)
def test_a_split_is_of_its_data_sets_only(split: Split, dataset: str):
    """CIFAR-10's splits say how many images; the others' do not, for there was only one way."""
    counted = re.search(r"_\d+k", split.value) is not None
    drawn_here = split.value.endswith("_tabulated")
    own, published = dataset in TABULATED, dataset in ("cifar10", "cifar100", "ImageNet16-120")
    if own if drawn_here else published and counted == (dataset == "cifar10"):
        assert dataset in split.datasets
        assert Column("accuracy", dataset, split, 200, 777).split is split
    else:
        with pytest.raises(ValueError, match=rf"{dataset} has no split {split}: that is of {split.datasets[0]}"):
            Column("accuracy", dataset, split, 200, 777)


@pytest.mark.parametrize(
    ("epochs", "seeds", "reason"),
    [
        (0, 777, "epochs is 0, not a whole number from 1 on"),
        (-5, 777, "epochs is -5"),
        (True, 777, "epochs is True"),
        (200.0, 777, "epochs is 200.0"),
        (200, -1, "seeds is -1, neither a whole number from 0 on nor a reduction"),
        (200, False, "seeds is False"),
        (200, 777.0, "seeds is 777.0"),
    ],
)
def test_epochs_and_seeds_that_no_run_has(epochs: Any, seeds: Any, reason: str):
    with pytest.raises(ValueError, match=reason):
        Column("accuracy", "cifar10", Split.TEST_50K, epochs, seeds)


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown data set 'CIFAR-10'; known are cifar10, cifar100, ImageNet16-120"):
        Column("parameters", "CIFAR-10")


def test_whatever_data_there_are_can_be_tabulated():
    assert set(TABULATED) == REGISTERED.keys()
    assert set(TABULATED) <= set(DATASETS)
