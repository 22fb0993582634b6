"""Every figure of a draft against what an official package answers for the same question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft
from nasrank.spaces import get_space

SPLITS = {  # written out here once more, on purpose: what the benchmark calls what the table calls otherwise
    ("cifar10-valid", "train"): ("cifar10", Split.TRAIN_25K),
    ("cifar10-valid", "x-valid"): ("cifar10", Split.VALID_25K),
    ("cifar10-valid", "ori-test"): ("cifar10", Split.TEST_25K),
    ("cifar10", "train"): ("cifar10", Split.TRAIN_50K),
    ("cifar10", "ori-test"): ("cifar10", Split.TEST_50K),
    ("cifar100", "train"): ("cifar100", Split.TRAIN),
    ("cifar100", "x-valid"): ("cifar100", Split.VALID),
    ("cifar100", "x-test"): ("cifar100", Split.TEST),
    ("cifar100", "ori-test"): ("cifar100", Split.VALTEST),
    ("ImageNet16-120", "train"): ("ImageNet16-120", Split.TRAIN),
    ("ImageNet16-120", "x-valid"): ("ImageNet16-120", Split.VALID),
    ("ImageNet16-120", "x-test"): ("ImageNet16-120", Split.TEST),
    ("ImageNet16-120", "ori-test"): ("ImageNet16-120", Split.VALTEST),
}
MORE_INFO = {  # the keys of `get_more_info`, by data set
    "cifar10-valid": {"train": "train", "valid": "x-valid", "test": "ori-test"},
    "cifar10": {"train": "train", "test": "ori-test"},
    "cifar100": {"train": "train", "valid": "x-valid", "test": "x-test", "valtest": "ori-test"},
    "ImageNet16-120": {"train": "train", "valid": "x-valid", "test": "x-test", "valtest": "ori-test"},
}
SCHEDULES = {"12": 12, "200": 200}


def value(draft: Draft, row: int, column: Column, epoch: int | None = None) -> float | None:
    """A number of the draft, after the epoch of this official number if one is given; None where it is missing."""
    curve = None if epoch is None else range(1, (column.epochs or 0) + 1)
    values = draft.columns.get(Column(*column.axes, curve=curve))
    if values is None:
        return None
    found = float(values[row] if epoch is None else values[row, epoch])
    return None if np.isnan(found) else found


def row_of(draft: Draft, cell: str) -> int:
    """Where a cell is in the draft; a cell that is not there fails the test."""
    space = get_space("nb201")
    position = space.position(space.parse(cell))
    return position if draft.keys is None else draft.keys.tolist().index(position)


def recorded(results: Any, dataset: str, name: str, seed: int, epoch: int) -> dict[str, Any] | None:
    """What `get_metrics` says; None where the record has nothing."""
    try:
        metrics: dict[str, Any] = results.get_metrics(dataset, name, iepoch=epoch, is_random=seed)
    except KeyError:
        return None
    return metrics


def check_metrics(draft: Draft, results: Any, *, epochs: int, asked: Iterable[int]) -> int:
    """Every seed, split and epoch asked, one schedule of one architecture; how many figures were compared."""
    row, compared = row_of(draft, results.arch_str), 0
    for (name, official), (dataset, split) in SPLITS.items():
        for seed in (111, 777, 888, 999):

            def column(metric: str, *, dataset: str = dataset, split: Split = split, seed: int = seed) -> Column:
                return Column(metric, dataset, split, epochs, seed)

            if seed not in results.dataset_seed.get(name, ()):
                assert value(draft, row, column("accuracy")) is None  # NATS-Bench#30: missing, not imputed
                continue
            times = "training_time" if official == "train" else "evaluation_time"
            for epoch in asked:
                answer = recorded(results, name, official, seed, epoch)
                last = epoch == epochs - 1
                if answer is None:
                    assert value(draft, row, column("accuracy"), epoch) is None
                    continue
                for metric in ("accuracy", "loss"):
                    on_curve = value(draft, row, column(metric), epoch)
                    if last:
                        assert value(draft, row, column(metric)) == answer[metric]
                        assert on_curve in (None, answer[metric])
                    else:
                        assert on_curve == answer[metric]
                time = answer["all_time" if official == "train" else "cur_time"]
                end, curve = value(draft, row, column(times)), value(draft, row, column(times), epoch)
                if time is None:
                    assert end is None
                    assert curve is None
                elif curve is not None:
                    assert curve == pytest.approx(time, rel=1e-12)
                    assert not last or end == curve
                else:  # all epochs of every architecture took the same
                    assert end is not None
                    assert end * ((epoch + 1) / epochs if official == "train" else 1) == pytest.approx(time, rel=1e-12)
                compared += 3
    return compared


def check_top5(draft: Draft, results: Any, *, epochs: int) -> int:
    """The top-5 accuracies in training, which the packages hold but do not give out by any function."""
    row, compared = row_of(draft, results.arch_str), 0
    for (name, seed), run in results.all_results.items():
        column = Column("top5_accuracy", *SPLITS[name, "train"], epochs, seed)
        for epoch in range(epochs):
            expected = None if run.train_acc5es is None else run.train_acc5es[epoch]
            assert value(draft, row, column, epoch) == expected
            compared += 1
        assert value(draft, row, column) == expected
    return compared


def check_more_info(draft: Draft, api: Any, index: int, *, asked: Iterable[int | None]) -> None:
    """`get_more_info` with every axis given (its defaults are traps): single seeds, and the mean over all."""
    for schedule, epochs in SCHEDULES.items():
        results = api.arch2infos_dict[index][schedule]
        row = row_of(draft, results.arch_str)
        for name in results.dataset_seed:
            for epoch in asked:
                epoch = None if epoch is None or epoch >= epochs - 1 else epoch
                for seed in (*results.dataset_seed[name], None):
                    which = False if seed is None else seed
                    info = api.get_more_info(index, name, iepoch=epoch, hp=schedule, is_random=which)
                    for key, official in MORE_INFO[name].items():
                        for metric in ("accuracy", "loss"):
                            seeds = results.dataset_seed[name] if seed is None else [seed]
                            columns = [Column(metric, *SPLITS[name, official], epochs, one) for one in seeds]
                            values = [value(draft, row, column, epoch) for column in columns]
                            if f"{key}-{metric}" not in info:
                                assert set(values) == {None}
                            else:
                                assert np.mean(values) == pytest.approx(info[f"{key}-{metric}"], rel=1e-12)


def check_costs(draft: Draft, api: Any, index: int) -> None:
    """`get_cost_info`, and the total of the training times that it gives."""
    for schedule, epochs in SCHEDULES.items():
        results = api.arch2infos_dict[index][schedule]
        row = row_of(draft, results.arch_str)
        for name, seeds in results.dataset_seed.items():
            dataset, split = SPLITS[name, "train"]
            info = api.get_cost_info(index, name, hp=schedule)

            def mean(
                metric: str,
                *,
                row: int = row,
                dataset: str = dataset,
                split: Split = split,
                epochs: int = epochs,
                seeds: list[int] = seeds,
            ) -> float | None:
                each = [value(draft, row, Column(metric, dataset, split, epochs, seed)) for seed in seeds]
                known = [one for one in each if one is not None]
                if not known and metric != "training_time":  # all trainings agree
                    return value(draft, row, Column(metric, dataset))
                return sum(known) / len(known) if known else None

            for metric, key, unit in (("parameters", "params", 1e6), ("multiply_adds", "flops", 1e6)):
                assert mean(metric) == pytest.approx(info[key] * unit, rel=1e-12)
            for metric, key in (("latency", "latency"), ("training_time", "T-train@total")):
                expected = info[key]
                assert mean(metric) == (None if expected is None else pytest.approx(expected, rel=1e-12))
