"""What a table answers to a tool, which names architectures by choices: a number, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.clock import Clock, Question, has_curve, measured_in_rows
from nasrank.bench.oracles.ask.rows import RowNumbers
from nasrank.bench.oracles.ask.table import Table
from nasrank.spaces import Enumerated, get_enumerated


class NoAnswer(Exception):  # noqa: N818 - an ordinary event of a search, not an error
    """The space forbids the choices, or the table has no number of their architecture; the message says which."""


class RowsByChoices:
    """Where the architectures of a space are in a table.

    Args:
        space: name of one that contains the table's own; None for the table's own.

    Attributes:
        space: whose choices are understood.

    Raises:
        ValueError: the space is not enumerated, or does not contain the one that the table is about.
    """

    def __init__(self, table: Table, space: str | None = None) -> None:
        self.space = space_over(table, space)
        self._owner = table.name
        positions = table.rows.positions.astype(np.int64)
        places = positions if self.space.name == table.provenance.space else self.space.positions_of(positions)
        self._rows = {position: row for row, position in enumerate(places.tolist())}

    def find(self, choices: Sequence[int]) -> tuple[Any, RowNumbers]:
        """The architecture with these choices and its row, `(1,)`; NoAnswer when there is none or no row of it."""
        if not self.space.allows(choices):
            raise NoAnswer(f"{self.space.name} forbids this combination of options")
        architecture = self.space.from_choices(choices)
        row = self._rows.get(self.space.position(architecture))
        if row is None:
            raise NoAnswer(f"{self._owner} does not have {architecture}")
        return architecture, np.array([row])


class Runs:
    """The training runs that a question is about, row by row.

    Attributes:
        column: the accuracies at the end of the schedule.
        untimed: why no time is known of them; empty where the table has it.

    Raises:
        ValueError: the table has no such accuracy.
    """

    def __init__(self, table: Table, question: Question) -> None:
        self.question = question
        self.column = table.find(metric="accuracy", **asdict(question))
        self._table = table
        self._clock = Clock(table, question)

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """After which there is an accuracy, ascending; the last alone where not all of these runs have a curve."""
        try:
            curved = has_curve(self._table, "accuracy", self.question)
        except ValueError:  # of a mean, over runs of which some have one: it would be another mean
            curved = False
        found = self._table.find_curve(metric="accuracy", **asdict(self.question)).curve if curved else None
        return tuple(sorted({*(epoch for epoch in found or () if epoch), self.question.epochs}))

    @cached_property
    def untimed(self) -> str:
        try:
            self._clock.training_seconds_of_rows(np.array([], dtype=np.int64), self.question.epochs)
        except ValueError as reason:
            return str(reason)
        return ""

    def accuracy(self, rows: RowNumbers, epochs_trained: int) -> npt.NDArray[np.float64]:
        """Percent after one of `epochs`, `(n,)`; NaN where a run has no such number."""
        return measured_in_rows(self._table, "accuracy", self.question, rows, epochs_trained)

    def seconds(self, rows: RowNumbers, epochs_trained: int) -> npt.NDArray[np.float64]:
        """Simulated seconds of training up to there, evaluation aside, `(n,)`; NaN where the table has no such time."""
        try:
            return self._clock.training_seconds_of_rows(rows, epochs_trained)
        except ValueError:  # the reason is `untimed`, or a curve of times without this epoch
            return np.full(len(rows), np.nan)


def space_over(table: Table, space: str | None) -> Enumerated[Any]:
    """The space of this name, or the table's own for None; ValueError when it does not contain the table's own."""
    own = get_enumerated(table.provenance.space)
    asked = own if space is None else get_enumerated(space)
    if own.name not in (asked.name, asked.contains):
        raise ValueError(f"{table.name} is a table of {own.name}, and {asked.name} does not contain that space")
    return asked
