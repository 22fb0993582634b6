"""Records of architectures, one after another, into the columns of a table.

No more than one record is held at a time; curves go to the workshop's arrays, which are mapped from files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nasrank.bench.foundation.describing import printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Values, Workshop
from nasrank.bench.oracles.imports.formats.nb201.fields import FloatArray
from nasrank.bench.oracles.imports.formats.nb201.origins import Origin
from nasrank.bench.oracles.imports.formats.nb201.records import (
    DATASETS,
    MOST_SEEDS,
    TRAINING_SPLITS,
    Architecture,
    IntArray,
    positions,
)
from nasrank.bench.oracles.imports.formats.nb201.series import Series

_Axes = tuple[str, str, Split, int, int]
_Training = tuple[Split, int, int]
_COUNTS = ("parameters", "multiply_adds")
_REFERENCE_SEED = 888
_DIFFER = (
    f"of the longest schedule, there of seed {_REFERENCE_SEED} where the source has it, as its authors advise, else of "
    "the lowest: trainings of the same architecture differ, and each has its own column (NATS-Bench#36)"
)


class Collector:
    """Takes records in any order, each architecture once."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._rows: dict[int, int] = {}
        self._series: dict[_Axes, Series] = {}
        self._costs: dict[tuple[str, str], dict[_Training, FloatArray]] = {}
        self._seeds: set[int] = set()

    def add(self, architecture: Architecture) -> None:
        """Put an architecture's numbers into its row.

        Raises:
            DataError: it was there before, or all have more different seeds than are admitted.
        """
        row, rows = architecture.position, len(positions())
        if architecture.index in self._rows:
            raise DataError(f"there are two records of architecture {architecture.index}")
        self._rows[architecture.index] = row
        self._seeds.update(training.seed for training in architecture.trainings)
        if len(self._seeds) > MOST_SEEDS:
            raise DataError(f"with architecture {architecture.index} there are more than {MOST_SEEDS} different seeds")
        for training in architecture.trainings:
            name, epochs, seed = training.name, training.epochs, training.seed
            for (metric, split), values in training.curves.items():
                axes = metric, DATASETS[name], split, epochs, seed
                if axes not in self._series:
                    self._series[axes] = Series(self._workshop, metric=metric, rows=rows, epochs=epochs)
                self._series[axes].put(row, values)
            for metric, value in training.costs.items():
                runs = self._costs.setdefault((metric, DATASETS[name]), {})
                run = TRAINING_SPLITS[name], epochs, seed
                if run not in runs:
                    runs[run] = self._workshop.empty(rows)
                runs[run][row] = value
        self._workshop.report(len(self._rows), rows)

    def draft(self, cells: Any, evaluated: Any, origin: Origin) -> Draft:
        """All columns, of the architectures that have a record; to be called once.

        Args:
            cells: the source's `meta_archs`, the string of every official index.
            evaluated: its list of the architectures that it has; None or empty where there is no such list.

        Raises:
            DataError: these contradict the records, or there are no records.
        """
        official_index = _official_index(cells)
        for index, row in self._rows.items():
            if official_index[row] != index:
                raise DataError(
                    f"architecture {index} is {printable(cells[index])} in meta_archs, its record is about another cell"
                )
        stated = {int(one) for one in evaluated or () if isinstance(one, int | np.integer)}
        if evaluated and (stated != self._rows.keys() or len(evaluated) != len(stated)):
            raise DataError(
                f"its evaluated_indexes name {len(evaluated):,} architectures, but its records are of others, "
                f"{len(self._rows):,} of them"
            )
        if not self._rows:
            raise DataError("there is no record of any architecture")
        rows = np.sort(np.fromiter(self._rows.values(), dtype=np.int64))
        columns: dict[Column, Values] = {Column("official_index", None): official_index[rows]}
        for axes, series in sorted(self._series.items()):
            for curve, values, derivation in series.finish(rows):
                columns[Column(*axes, curve=curve, derivation=derivation)] = values
        columns.update(self._cost_columns(rows))
        keys = None if len(rows) == len(official_index) else rows
        return Draft("nb201", columns, origin.protocol, origin.citation, origin.licence, keys)

    def _cost_columns(self, rows: IntArray) -> Iterator[tuple[Column, Values]]:
        """Each cost once, of a reference; and where trainings of an architecture differ in it, of each of them too."""
        for (metric, dataset), runs in sorted(self._costs.items()):
            runs = {run: values[rows] for run, values in sorted(runs.items()) if not np.isnan(values).all()}
            reference = np.full(len(rows), np.nan)
            for run in sorted(runs, key=_preference):
                reference = np.where(np.isnan(reference), runs[run], reference)
            if not runs:
                continue
            agree = all((np.isnan(values) | (values == reference)).all() for values in runs.values())
            yield Column(metric, dataset, derivation="" if agree else _DIFFER), _stored(metric, reference)
            if not agree:
                for run, values in runs.items():
                    yield Column(metric, dataset, *run), _stored(metric, values)


def _preference(run: _Training) -> tuple[int, bool, int, bool]:
    split, epochs, seed = run
    return -epochs, seed != _REFERENCE_SEED, seed, split is Split.TRAIN_25K


def _stored(metric: str, values: FloatArray) -> Values:
    whole = metric in _COUNTS and bool((values == np.floor(values)).all())  # NaN is not equal to itself
    return values.astype(np.int64) if whole else values


def _official_index(cells: Any) -> IntArray:
    known = positions()
    if type(cells) is not list or len(cells) != len(known) or not all(type(cell) is str for cell in cells):
        cells = []
    if set(cells) != known.keys():
        raise DataError(
            f"its meta_archs is not a list of the {len(known):,} cells of NAS-Bench-201, each once (NATS-Bench's size "
            "space, whose architectures are lists of widths, is another search space)"
        )
    official_index = np.empty(len(known), dtype=np.int64)
    official_index[[known[cell] for cell in cells]] = np.arange(len(known))
    return official_index
