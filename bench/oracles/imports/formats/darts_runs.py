"""Training runs of architectures of the DARTS space, from whatever file, as the columns of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Keys, Values, Workshop
from nasrank.spaces import get_enumerated
from nasrank.spaces.integers import is_integer

SPACE = "darts"
DATASET = "cifar10"

Measured = tuple[str, Split]
"""Metric and split."""


@dataclass(frozen=True)
class Run:
    """One network that was trained once.

    Attributes:
        where: what errors call it.
        architecture: of the DARTS space.
        seed: or a reduction over seeds, see `nasrank.bench.oracles.ask.axes`.
        epochs: length of the schedule.
        network: what does not depend on the training, such as the number of parameters.
        results: at the end of the schedule; NaN where there is none.
        curves: after each epoch of the schedule, `epochs` numbers each.
    """

    where: str
    architecture: Any
    seed: int | str
    epochs: int
    network: Mapping[str, int]
    results: Mapping[Measured, float]
    curves: Mapping[Measured, Sequence[float]]


def columns_of(runs: Sequence[Run], workshop: Workshop) -> tuple[dict[Column, Values], Keys]:
    """One row an architecture, and their positions.

    Raises:
        DataError: two runs of one architecture have one schedule and one seed, or are of different networks.
    """
    space = get_enumerated(SPACE)
    where = np.array([space.position(run.architecture) for run in runs], dtype=np.int64)
    positions, rows = np.unique(where, return_inverse=True)
    columns: dict[Column, Values] = {}
    first: dict[tuple[int, int, int | str], Run] = {}
    of_row: dict[int, Run] = {}
    for row, run in zip(rows.tolist(), runs, strict=True):
        other = first.setdefault((row, run.epochs, run.seed), run)
        if other is not run:
            raise DataError(
                f"{other.where} and {run.where} are both {run.architecture}, trained for {run.epochs} epochs with seed "
                f"{run.seed}: a table has one number for these"
            )
        if (same := of_row.setdefault(row, run)).network != run.network:
            raise DataError(
                f"{same.where} and {run.where} are different networks of one architecture, with {dict(same.network)} "
                f"and {dict(run.network)}: a table has one network for it"
            )
        for (metric, split), value in run.results.items():
            column = Column(metric, DATASET, split, run.epochs, run.seed)
            columns.setdefault(column, workshop.empty(len(positions)))[row] = value
        for (metric, split), values in run.curves.items():
            column = Column(metric, DATASET, split, run.epochs, run.seed, curve=range(1, run.epochs + 1))
            columns.setdefault(column, workshop.empty(len(positions), run.epochs))[row] = values
    networks = [of_row[row].network for row in range(len(positions))]
    whole: dict[Column, Values] = {
        Column(metric, DATASET): np.array([network[metric] for network in networks], dtype=np.int64)
        for metric in sorted(set().union(*networks))
        if all(metric in network for network in networks)
    }
    present = {column: values for column, values in columns.items() if not np.isnan(values).all()}
    return whole | present, positions


def entry(mapping: Any, name: str, where: str) -> Any:
    """What an object of JSON has under a name; DataError where it is none, or has nothing there."""
    if not isinstance(mapping, dict):
        raise DataError(f"{where} is {mapping!r:.60}, and no object of JSON")
    if name not in mapping:
        raise DataError(f"{where} has no {name}")
    return mapping[name]


def percentage(value: Any, where: str) -> float:
    """A number from 0 to 100, or NaN where there is none; DataError for anything else."""
    if value is None:
        return math.nan
    if isinstance(value, float) and math.isnan(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise DataError(f"{where} is {value!r:.60}, and no percentage")
    return float(value)


def count(value: Any, where: str) -> int:
    """A whole number from 0 on, also where it is written as a float; DataError for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not is_integer(value) or not 0 <= value < 2**62:
        raise DataError(f"{where} is {value!r:.60}, and no whole number from 0 on")
    return int(value)
