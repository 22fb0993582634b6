"""A table as an objective of an Optuna study [Akiba2019].

    asked = objective(table, Question("cifar10", Split.VALID_25K, 200, 777))
    study = optuna.create_study(directions=asked.directions)
    study.optimize(asked, n_trials=100)

Checked against Optuna 5.0.0.

References:
    [Akiba2019] Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.clock import Question
from nasrank.bench.oracles.ask.overview import column_of_text
from nasrank.bench.oracles.ask.rows import RowNumbers
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.export.answers import NoAnswer, RowsByChoices, Runs
from nasrank.bench.oracles.export.hyperparameters import is_integer_range, values_of
from nasrank.bench.oracles.export.packages import installed_by
from nasrank.spaces import Decision
from nasrank.spaces.decisions import PLACEHOLDER, conditions

if TYPE_CHECKING:
    from optuna import Trial

_DIRECTIONS = {"higher": "maximize", "lower": "minimize"}


def objective(
    table: Table, question: Question, *others: Question, costs: Sequence[Column | str] = (), space: str | None = None
) -> Objective:
    """The accuracies that a table answers with, and costs that it records, as what a study optimizes.

    Args:
        others: further questions; each is a value of its own.
        costs: columns with one number an architecture, as values or as they print, such as "parameters/cifar10"; each
            is a value of its own, after the accuracies.
        space: name of a space that contains the table's own, such as "nb201-activations"; None for the table's own.

    Raises:
        ValueError: the table has no such accuracy or cost, or is of another space; a cost is a curve, or neither more
            nor less of it is better; or Optuna is not installed.
    """
    with installed_by("export"):
        import optuna  # noqa: F401 - before a study begins
    if isinstance(costs, str | Column):
        raise ValueError(f"costs are a sequence of columns: give [{str(costs)!r}] for a single one")
    columns = tuple(column_of_text(table, one) if isinstance(one, str) else one for one in costs)
    for column in columns:
        if column.direction == "none" or column.curve is not None:
            raise ValueError(f"{column} is no cost: it is a curve, or neither more nor less of it is better")
        table.whole(column)  # or a word on what the table has instead
    runs = tuple(Runs(table, one) for one in (question, *others))
    return Objective(table, RowsByChoices(table, space), runs, columns)


@dataclass(frozen=True)
class Objective:
    """What a study calls with each of its trials; see `objective`.

    Decisions are suggested under their own names, those that are active only: as categorical; where they are ordered,
    as integers, which are the options themselves if these are all integers from the first to the last, and else their
    places. A trial is pruned when the space forbids the combination, or the table does not have the architecture or
    one of its numbers. Nothing is made up for it.

    A trial's user attributes are `architecture`, a text; `seconds`, the simulated time of all training up to where
    it was stopped, without evaluation, if the table has times; and `why_pruned`, if there was nothing to report.
    """

    table: Table
    rows: RowsByChoices
    runs: tuple[Runs, ...]
    costs: tuple[Column, ...]

    @property
    def directions(self) -> list[str]:
        """Of every value, "maximize" or "minimize", as `optuna.create_study` takes them."""
        return [_DIRECTIONS[column.direction] for column in (*(one.column for one in self.runs), *self.costs)]

    @property
    def untimed(self) -> str:
        """Why trials have no seconds; empty where the table has the time of all runs."""
        return next((one.untimed for one in self.runs if one.untimed), "")

    def __call__(self, trial: Trial) -> float | tuple[float, ...]:
        """Accuracies in percent, then costs in their units: a number where it is one, else a tuple.

        A single value is also reported after every epoch of its curve, where the table has one, and the trial ends
        when the study's pruner says so.

        Raises:
            optuna.TrialPruned: by the pruner, or because there is no number.
        """
        choices = self._suggested(trial)
        try:
            architecture, row = self.rows.find(choices)
        except NoAnswer as reason:
            _prune(trial, str(reason))
        trial.set_user_attr("architecture", str(architecture))
        if len(self.runs) == 1 and not self.costs:
            self._report(trial, row, self.runs[0])
        self._charge(trial, row, self.runs[0].question.epochs if len(self.runs) == 1 else None)
        values = [float(one.accuracy(row, one.question.epochs)[0]) for one in self.runs]
        values += [float(self.table.whole(column)[row][0]) for column in self.costs]
        for value, column in zip(values, (*(one.column for one in self.runs), *self.costs), strict=True):
            if not np.isfinite(value):
                _prune(trial, f"{self.table.name} has no {column} of {architecture}")
        return values[0] if len(values) == 1 else tuple(values)

    def _suggested(self, trial: Trial) -> list[int]:
        """Choices of the trial, asked for from the first decision to the last."""
        decisions = self.rows.space.decisions
        chosen: list[int] = []
        active: list[bool] = []
        for decision, depends in zip(decisions, conditions(decisions), strict=True):
            active.append(not depends or any(active[other] and chosen[other] in kept for other, kept in depends))
            chosen.append(_suggest(trial, decision) if active[-1] else PLACEHOLDER)
        return chosen

    def _report(self, trial: Trial, row: RowNumbers, runs: Runs) -> None:
        """Every point of a curve before its end, until the study's pruner says that it is enough."""
        for epoch in runs.epochs[:-1]:
            if np.isfinite(accuracy := runs.accuracy(row, epoch)[0]):
                trial.report(float(accuracy), epoch)
                if trial.should_prune():
                    self._charge(trial, row, epoch)
                    _stop(f"stopped after epoch {epoch}")

    def _charge(self, trial: Trial, row: RowNumbers, epochs_trained: int | None) -> None:
        """Each training once, also where two questions are about the images of two splits that it was measured on."""
        paid: dict[Any, float] = {}
        for one in self.runs:
            asked = one.question
            training = asked.dataset, asked.split.training_split, asked.epochs, asked.seeds
            paid[training] = float(one.seconds(row, epochs_trained or asked.epochs)[0])
        if np.isfinite(seconds := sum(paid.values())):
            trial.set_user_attr("seconds", seconds)


def _suggest(trial: Trial, decision: Decision) -> int:
    values = values_of(decision)
    if is_integer_range(decision):
        return values.index(trial.suggest_int(decision.name, int(values[0]), int(values[-1])))
    if decision.ordered:
        return int(trial.suggest_int(decision.name, 0, len(values) - 1))
    return values.index(trial.suggest_categorical(decision.name, values))


def _prune(trial: Trial, reason: str) -> NoReturn:
    trial.set_user_attr("why_pruned", reason)
    _stop(reason)


def _stop(reason: str) -> NoReturn:
    from optuna import TrialPruned

    raise TrialPruned(reason)
