"""One architecture's record in NAS-Bench-201 or NATS-Bench, checked and turned into arrays [Dong2020, Dong2021].

Both benchmarks keep the same thing: for either schedule the state of an `ArchResults`, which holds for every data set
and seed the state of a `ResultsCount`. The benchmark's four names for its trainings become three data sets and the
splits of `nasrank.bench.oracles.ask.axes`, so that no two numbers share a name.

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
    [Dong2021] Dong, Liu, Musial & Gabrys, "NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and
        Size", IEEE TPAMI 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.describing import describe, listed
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.checks import HIGHEST_PERCENTAGE
from nasrank.bench.oracles.imports.formats.nb201.fields import (
    FloatArray,
    attributes,
    count,
    get,
    latency,
    numbers,
    recorded,
)
from nasrank.spaces import get_enumerated

IntArray = npt.NDArray[np.int64]
Curve = tuple[tuple[str, Split], FloatArray]

SCHEDULES = {"less": 12, "12": 12, "full": 200, "200": 200}
"""Epochs of a schedule, by NAS-Bench-201's name for it and by NATS-Bench's."""

DATASETS = {
    "cifar10-valid": "cifar10",
    "cifar10": "cifar10",
    "cifar100": "cifar100",
    "ImageNet16-120": "ImageNet16-120",
}
"""The images, by the benchmark's name for training on them."""

TRAINING_SPLITS = {
    "cifar10-valid": Split.TRAIN_25K,
    "cifar10": Split.TRAIN_50K,
    "cifar100": Split.TRAIN,
    "ImageNet16-120": Split.TRAIN,
}
_HALVES = {"x-valid": Split.VALID, "x-test": Split.TEST, "ori-test": Split.VALTEST}
EVALUATION_SPLITS = {
    "cifar10-valid": {"x-valid": Split.VALID_25K, "ori-test": Split.TEST_25K},
    "cifar10": {"ori-test": Split.TEST_50K},
    "cifar100": _HALVES,
    "ImageNet16-120": _HALVES,
}

MOST_SEEDS = 16
"""Different seeds of a source; the published files have four. Each takes some 30 MB while records are read."""

_TRAINING = {
    "accuracy": "train_acc1es",
    "top5_accuracy": "train_acc5es",
    "loss": "train_losses",
    "training_time": "train_times",
}
_EVALUATION = {"accuracy": "eval_acc1es", "loss": "eval_losses", "evaluation_time": "eval_times"}
_COUNTS = {"parameters": "params", "multiply_adds": "flop"}
_HIGHEST = {"accuracy": HIGHEST_PERCENTAGE, "top5_accuracy": HIGHEST_PERCENTAGE}


@dataclass(frozen=True)
class Training:
    """One training of one architecture.

    Attributes:
        name: the benchmark's name of what it was trained on, a key of `DATASETS`.
        epochs: length of the schedule.
        seed: of the training.
        curves: by metric and split, `(epochs,)`, NaN for epochs that were not measured. Both kinds of time are those
            of the single epoch. A loss is infinite where it was recorded as not finite: the training diverged. What was
            not recorded at all is not there.
        costs: parameters, multiply_adds (counts) and latency (seconds, NaN where not recorded).
    """

    name: str
    epochs: int
    seed: int
    curves: Mapping[tuple[str, Split], FloatArray]
    costs: Mapping[str, float]


@dataclass(frozen=True)
class Architecture:
    """All that was recorded about one architecture: its official index, its position in the space, its trainings."""

    index: int
    position: int
    trainings: Sequence[Training]


@cache
def positions() -> dict[str, int]:
    """Position in the space of every cell, by its official string."""
    return {str(cell): position for position, cell in enumerate(get_enumerated("nb201"))}


def read_record(index: object, record: object) -> Architecture:
    """What one entry of `arch2infos` says, or one file of a folder.

    Args:
        index: the number under which the record is kept.
        record: by schedule, an `ArchResults`, or what its `state_dict` gives.

    Raises:
        DataError: anything malformed or contradictory; the message gives the index, the cell and the training.
    """
    place = f"architecture {describe(index)}"
    try:
        if type(index) is not int or not 0 <= index < len(positions()):
            raise DataError(f"its index is not a number from 0 to {len(positions()) - 1}")
        if not isinstance(record, dict) or not record:
            raise DataError("its record is not a dictionary of schedules")
        for name in record:
            if name not in SCHEDULES:
                raise DataError(f"it has a schedule {describe(name)}; known are {', '.join(SCHEDULES)}")
        states = {name: attributes(state) for name, state in record.items()}
        texts = {get(state, "arch_str", str) for state in states.values()}
        place += f" ({listed(sorted(texts))})"
        if len(texts) != 1 or (text := texts.pop()) not in positions():
            raise DataError("its record is not about one cell of NAS-Bench-201")
        trainings = [one for schedule, state in states.items() for one in _trainings(index, schedule, state)]
    except DataError as reason:
        raise DataError(f"{place}: {reason}") from None
    return Architecture(index, positions()[text], trainings)


def _trainings(index: int, schedule: str, state: Mapping[str, Any]) -> list[Training]:
    if get(state, "arch_index", int) != index:
        found = describe(state["arch_index"])
        raise DataError(f"its record for schedule {schedule} is that of architecture {found}")
    results = get(state, "all_results", dict)
    most = MOST_SEEDS * len(DATASETS)  # results may be one and the same object in the file, but each becomes arrays
    if len(results) > most:
        raise DataError(f"it has {len(results):,} trainings for schedule {schedule}, admitted are {most}")
    if not all(isinstance(key, tuple) and len(key) == 2 for key in results):
        raise DataError(f"its results for schedule {schedule} are not kept by data set and seed")
    _check_seeds(schedule, get(state, "dataset_seed", dict), results)
    trainings = []
    for (name, seed), result in results.items():
        try:
            trainings.append(_training(name, seed, SCHEDULES[schedule], attributes(result)))
        except DataError as reason:
            raise DataError(f"trained on {_run(name, seed)}, schedule {schedule}: {reason}") from None
    return trainings


def _check_seeds(schedule: str, seeds: dict[Any, Any], results: dict[Any, Any]) -> None:
    """Whether the list of seeds by data set names the trainings that are there."""
    count = sum(len(get(seeds, name, list)) for name in seeds)
    if count > len(results):
        raise DataError(f"its dataset_seed for schedule {schedule} has {count:,} seeds, its results {len(results):,}")
    stated = {_run(name, seed) for name in seeds for seed in seeds[name]}
    if odd := stated ^ {_run(name, seed) for name, seed in results}:
        raise DataError(f"its dataset_seed and its results for schedule {schedule} differ in {listed(sorted(odd))}")


def _run(name: object, seed: object) -> str:
    return f"{name if isinstance(name, str) and name in DATASETS else describe(name)} with seed {describe(seed)}"


def _training(name: object, seed: object, epochs: int, state: Mapping[str, Any]) -> Training:
    if not isinstance(name, str) or name not in DATASETS:
        raise DataError(f"unknown data set; known are {', '.join(DATASETS)}")
    if type(seed) is not int or seed < 0:
        raise DataError("its seed is not a whole number from 0 on")
    if get(state, "name", str) != name or str(get(state, "seed", int, str)).zfill(4) != f"{seed:04d}":
        raise DataError(f"these are the results on {describe(state['name'])} with seed {describe(state['seed'])}")
    if get(state, "epochs", int) != epochs:
        raise DataError(f"it says that it has {describe(state['epochs'])} epochs, the schedule has {epochs}")
    curves = dict(_training_curves(name, epochs, state)) | dict(_evaluation_curves(name, epochs, state))
    costs = {metric: count(get(state, field), field) for metric, field in _COUNTS.items()}
    return Training(name, epochs, seed, curves, costs | {"latency": latency(state.get("latency"))})


def _training_curves(name: str, epochs: int, state: Mapping[str, Any]) -> Iterator[Curve]:
    for metric, field in _TRAINING.items():
        found = recorded(state, field)
        values = numbers(found, range(epochs), field, _HIGHEST.get(metric, np.inf))
        if found and len(found) != epochs:
            raise DataError(f"{field} has {len(found)} of {epochs} epochs")
        if found:
            yield (metric, TRAINING_SPLITS[name]), values


def _evaluation_curves(name: str, epochs: int, state: Mapping[str, Any]) -> Iterator[Curve]:
    splits = EVALUATION_SPLITS[name]
    for metric, field in _EVALUATION.items():
        found = recorded(state, field)
        flat = numbers(found, _evaluation_keys(name, epochs), field, _HIGHEST.get(metric, np.inf))
        for split, values in zip(splits.values(), flat.reshape(-1, epochs), strict=True):
            if not np.isnan(values).all():
                yield (metric, split), values


@cache
def _evaluation_keys(name: str, epochs: int) -> tuple[str, ...]:
    return tuple(f"{official}@{epoch}" for official in EVALUATION_SPLITS[name] for epoch in range(epochs))
