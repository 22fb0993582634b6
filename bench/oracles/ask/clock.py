"""What a search would have cost: a simulated clock over a table, and a table that can be asked until a budget is spent.

The benchmarks' own simulations differ, so each choice is stated here and none has a default. NATS-Bench's
`simulate_train_eval` charges the training up to the epoch asked for and one pass over the validation images, of a seed
drawn at random, and for CIFAR-10 of the network trained on half the images. On CIFAR-100 and ImageNet16-120, where the
validation half was measured after the last epoch only, it failed before that epoch (NATS-Bench#33) and has since
answered with the accuracy on all test images. Here that is an error; those numbers are asked for as `Split.VALTEST`.
NAS-Bench-101's package charges training alone: its files do not record the passes over a split.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.rows import Architectures, RowNumbers, row_of
from nasrank.bench.oracles.ask.table import Table
from nasrank.spaces.integers import in_words, is_integer

Reuse = Literal["nothing", "answers", "training"]


@dataclass(frozen=True)
class Question:
    """What is asked of every architecture.

    Attributes:
        split: the images measured on, or its name; they imply the images trained on, `split.training_split`.
        epochs: length of the training schedule, not the epoch at which it is stopped.
        seeds: a training seed, or a reduction that the table has.

    Raises:
        ValueError: no column of accuracies can have these axes.
    """

    dataset: str
    split: Split
    epochs: int
    seeds: int | str

    def __post_init__(self) -> None:
        column = Column("accuracy", self.dataset, self.split, self.epochs, self.seeds)
        for axis in ("split", "epochs", "seeds"):
            object.__setattr__(self, axis, getattr(column, axis))


class Clock:
    """Seconds on the benchmark's own GPU or TPU, of the runs that a question is about.

    Time is that of the training images which the question's split implies; time on other images is never taken instead.
    The methods raise ValueError when the table has no such time, or the schedule no such epoch.
    """

    def __init__(self, table: Table, question: Question) -> None:
        self.table = table
        self.question = question
        self._training = replace(question, split=question.split.training_split)
        self._recorded = {column.axes for column in table.columns}

    def training_seconds(self, archs: Architectures, epochs_trained: int) -> npt.NDArray[np.float64]:
        """From the start to the end of epoch `epochs_trained` of the schedule, `(n,)`.

        Where the table has no curve of a run's time, all its epochs took equally long.
        """
        check_epoch(epochs_trained, self.question.epochs)
        if self._training_has_curve:
            return measured_after(self.table, "training_time", self._training, archs, epochs_trained)
        return self._once("training_time", self._training, archs) * (epochs_trained / self.question.epochs)

    def training_seconds_of_rows(self, rows: RowNumbers, epochs_trained: int) -> npt.NDArray[np.float64]:
        """The same of the architectures in these rows of the table, `(n,)`; NaN where a run has no such time."""
        check_epoch(epochs_trained, self.question.epochs)
        if self._training_has_curve:
            return measured_in_rows(self.table, "training_time", self._training, rows, epochs_trained)
        return self._once_in_rows("training_time", self._training, rows) * (epochs_trained / self.question.epochs)

    def evaluation_seconds(self, archs: Architectures, epochs_trained: int) -> npt.NDArray[np.float64]:
        """One pass over the images of the question's split after `epochs_trained` epochs, `(n,)`."""
        check_epoch(epochs_trained, self.question.epochs)
        if self._evaluation_has_curve:
            return measured_after(self.table, "evaluation_time", self.question, archs, epochs_trained)
        return self._once("evaluation_time", self.question, archs)

    def evaluation_seconds_of_rows(self, rows: RowNumbers, epochs_trained: int) -> npt.NDArray[np.float64]:
        """The same of the architectures in these rows of the table, `(n,)`; NaN where a run has no such time."""
        check_epoch(epochs_trained, self.question.epochs)
        if self._evaluation_has_curve:
            return measured_in_rows(self.table, "evaluation_time", self.question, rows, epochs_trained)
        return self._once_in_rows("evaluation_time", self.question, rows)

    @cached_property
    def _training_has_curve(self) -> bool:
        return has_curve(self.table, "training_time", self._training)

    @cached_property
    def _evaluation_has_curve(self) -> bool:
        return has_curve(self.table, "evaluation_time", self.question)

    def _once(self, metric: str, asked: Question, archs: Architectures) -> npt.NDArray[np.float64]:
        found = self.table.values(archs, **self._once_axes(metric, asked))
        return found.astype(np.float64, copy=False)

    def _once_in_rows(self, metric: str, asked: Question, rows: RowNumbers) -> npt.NDArray[np.float64]:
        column = self.table.find(**self._once_axes(metric, asked))
        return np.asarray(self.table.whole(column)[rows], dtype=np.float64)

    def _once_axes(self, metric: str, asked: Question) -> dict[str, Any]:
        """Of what is recorded once a run, once for all seeds, or once for all schedules."""
        choices: list[tuple[int | None, int | str | None]] = [
            (asked.epochs, asked.seeds),
            (asked.epochs, None),
            (None, None),
        ]
        recorded = (one for one in choices if (metric, asked.dataset, asked.split, *one) in self._recorded)
        epochs, seeds = next(recorded, choices[0])
        return {"metric": metric, "dataset": asked.dataset, "split": asked.split, "epochs": epochs, "seeds": seeds}


@dataclass(frozen=True)
class Answer:
    """What a searcher was told, and what it paid.

    Attributes:
        accuracy: percent.
        seconds: the price of this answer.
        spent: by all answers so far, in seconds.
        remaining: of the budget, in seconds.
    """

    architecture: Any
    epochs_trained: int
    accuracy: float
    seconds: float
    spent: float
    remaining: float


class BudgetSpent(Exception):  # noqa: N818 - the end of a search, not an error
    """The answer would have cost more than is left; nothing was charged, and a cheaper one may still be had."""


class BudgetedOracle:
    """A table for a searcher that pays for each answer with simulated seconds.

    Args:
        seconds: the budget.
        evaluation: whether the pass over the split's images is charged besides the training.
        reuse: what is not paid for twice. "nothing": every question trains from scratch, as in NATS-Bench. "answers":
            a question asked before is free. "training": also, an architecture's training goes on from the longest it
            has had, and shorter ones are taken from its checkpoints, so that only the pass over the images is charged.

    Attributes:
        history: every answer, in order.
    """

    def __init__(self, table: Table, question: Question, seconds: float, *, evaluation: bool, reuse: Reuse) -> None:
        if not seconds > 0:
            raise ValueError(f"a budget is a positive number of seconds, not {seconds}")
        if reuse not in ("nothing", "answers", "training"):
            raise ValueError(f'reuse is "nothing", "answers" or "training", not {reuse!r}')
        self.clock = Clock(table, question)
        self.seconds = seconds
        self.history: list[Answer] = []
        self._evaluation = evaluation
        self._reuse = reuse
        self._answered: set[tuple[int, int]] = set()
        self._trained: dict[int, float] = {}

    @property
    def spent(self) -> float:
        """Seconds charged so far."""
        return self.history[-1].spent if self.history else 0.0

    def ask(self, architecture: Any, epochs_trained: int) -> Answer:
        """The accuracy after `epochs_trained` epochs of the schedule, for its price.

        Args:
            architecture: as a value, or as its position, see `nasrank.bench.oracles.ask.rows.Architectures`.

        Raises:
            BudgetSpent: it costs more than is left.
            ValueError: the table has no such accuracy or time; nothing is charged.
        """
        table, asked = self.clock.table, self.clock.question
        row = row_of(table.rows, architecture)
        itself = [table.rows.architecture(row)]
        accuracy = float(measured_after(table, "accuracy", asked, itself, epochs_trained)[0])
        training = float(self.clock.training_seconds(itself, epochs_trained)[0])
        evaluation = float(self.clock.evaluation_seconds(itself, epochs_trained)[0]) if self._evaluation else 0.0
        price = self._price(row, epochs_trained, training, evaluation)
        spent = self.spent + price
        if spent > self.seconds:
            raise BudgetSpent(
                f"{itself[0]} for {epochs_trained} epochs costs {price:,.1f} s; "
                f"{self.seconds - self.spent:,.1f} s of {self.seconds:,.1f} s are left"
            )
        self._answered.add((row, epochs_trained))
        self._trained[row] = max(training, self._trained.get(row, 0.0))
        answer = Answer(architecture, epochs_trained, accuracy, price, spent, self.seconds - spent)
        self.history.append(answer)
        return answer

    def _price(self, row: int, epochs_trained: int, training: float, evaluation: float) -> float:
        if self._reuse != "nothing" and (row, epochs_trained) in self._answered:
            return 0.0
        if self._reuse == "training":
            training = max(training - self._trained.get(row, 0.0), 0.0)
        return training + evaluation


def has_curve(table: Table, metric: str, asked: Question) -> bool:
    """Whether the table has a curve of a metric of just these runs; ValueError where only some of them have one."""
    axes = metric, asked.dataset, asked.split, asked.epochs
    runs = [column for column in table.columns if column.axes[:-1] == axes]
    curves = {column.seeds for column in runs if column.curve is not None}
    if not curves or isinstance(asked.seeds, int) or asked.seeds in curves:
        return asked.seeds in curves
    if asked.seeds == "mean" and curves == {column.seeds for column in runs if isinstance(column.seeds, int)}:
        return True
    raise ValueError(f"only some of the runs behind {asked} have a curve of {metric}: ask for one seed")


def measured_after(
    table: Table, metric: str, asked: Question, archs: Architectures, epochs_trained: int
) -> npt.NDArray[np.float64]:
    """A metric after so many epochs of the schedule, `(n,)`; ValueError where it was not measured then."""
    check_epoch(epochs_trained, asked.epochs)
    axes = asdict(asked)
    if epochs_trained == asked.epochs:
        return table.values(archs, metric=metric, **axes).astype(np.float64, copy=False)
    column, point = _point_of_curve(table, metric, asked, epochs_trained)
    found = table.curve(archs, metric=metric, **axes)[:, point]
    if np.isnan(found).any():
        raise ValueError(f"{column} is missing after epoch {epochs_trained} for {np.isnan(found).sum()} architectures")
    return found.astype(np.float64, copy=False)


def measured_in_rows(
    table: Table, metric: str, asked: Question, rows: RowNumbers, epochs_trained: int
) -> npt.NDArray[np.float64]:
    """The same of the architectures in these rows of the table, `(n,)`; NaN where a run has no such number."""
    check_epoch(epochs_trained, asked.epochs)
    if epochs_trained == asked.epochs:
        return table.whole(table.find(metric=metric, **asdict(asked)))[rows].astype(np.float64, copy=False)
    column, point = _point_of_curve(table, metric, asked, epochs_trained)
    return np.asarray(table.whole(column)[rows, point], dtype=np.float64)


def _point_of_curve(table: Table, metric: str, asked: Question, epochs_trained: int) -> tuple[Column, int]:
    column = table.find_curve(metric=metric, **asdict(asked))
    if column.curve is None or epochs_trained not in column.curve:
        raise ValueError(f"{column} has no number after epoch {epochs_trained}")
    return column, column.curve.index(epochs_trained)


def check_epoch(epochs_trained: int, epochs: int) -> None:
    if not is_integer(epochs_trained) or not 1 <= epochs_trained <= epochs:
        raise ValueError(f"epoch {in_words(epochs_trained)} is not on a schedule of {epochs} epochs")
