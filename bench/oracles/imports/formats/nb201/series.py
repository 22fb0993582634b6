"""One metric over all architectures while records come in: numbers at the end of a schedule, and curves if need be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nasrank.bench.oracles.ask.draft import Workshop
from nasrank.bench.oracles.imports.formats.nb201.fields import FloatArray
from nasrank.bench.oracles.imports.formats.nb201.records import IntArray

Finished = tuple[range | None, FloatArray, str]
"""The epochs of a curve, or None at the end of the schedule; the values; how they were derived."""


class Series:
    """One metric on one split, after one schedule with one seed.

    A curve is kept from the first record that needs one. Times need none while all epochs of every architecture took
    the same; another metric needs none while only its last epoch is known.
    """

    def __init__(self, workshop: Workshop, *, metric: str, rows: int, epochs: int) -> None:
        self._workshop = workshop
        self._metric = metric
        self._epochs = epochs
        self._last = np.full(rows, np.nan)
        self._first = np.full(rows, np.nan)  # where there was no curve yet: what all epochs but the last have
        self._curve: FloatArray | None = None
        self._in_curve = np.zeros(rows, dtype=np.bool_)

    def put(self, row: int, values: FloatArray) -> None:
        """The numbers of one architecture, `(epochs,)`, NaN where missing; times are those of the single epoch."""
        self._last[row] = values[-1]
        if self._curve is None and self._needs_curve(values):
            self._curve = self._workshop.zeros(len(self._last), self._epochs)
        if self._curve is None:
            self._first[row] = values[0]
        else:
            self._curve[row] = values
            self._in_curve[row] = True

    def _needs_curve(self, values: FloatArray) -> bool:
        earlier = values[:-1][~np.isnan(values[:-1])]
        if not len(earlier):
            return False
        return not self._metric.endswith("_time") or bool((earlier != values[-1]).any())

    def finish(self, rows: IntArray) -> Iterator[Finished]:
        """What goes to the table of these rows, ascending; to be called once, as curves become cumulative in place."""
        if self._curve is None:
            yield self._without_curve(self._last[rows])
            return
        curve = self._curve
        if len(rows) < len(curve):
            curve = np.take(curve, rows, axis=0, out=self._workshop.zeros(len(rows), self._epochs))
        outside = ~self._in_curve[rows]
        curve[outside] = self._first[rows[outside], None]
        curve[outside, -1] = self._last[rows[outside]]
        of_end = of_curve = ""
        if self._metric == "training_time":
            np.cumsum(curve, axis=1, out=curve)
            of_end, of_curve = "sum over the epochs", "sum over the epochs so far"
        elif self._metric == "evaluation_time":
            of_end, of_curve = "the pass after the last epoch", "the pass after each epoch"
        yield None, np.ascontiguousarray(curve[:, -1]), of_end
        yield range(1, self._epochs + 1), curve, of_curve

    def _without_curve(self, last: FloatArray) -> Finished:
        if self._metric == "training_time":
            words = f"{self._epochs} times an epoch: all epochs of an architecture took the same"
            return None, last * self._epochs, words
        if self._metric == "evaluation_time":
            return None, last, "every epoch's pass: all of an architecture took the same"
        return None, last, ""
