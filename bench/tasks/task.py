"""What is learned from a data set: a loss to train with, and scores to rank by.

A score need not be a mean over samples: perplexity, intersection over union, Dice and end-point error are not. So a
task computes additive statistics of a batch, which are summed over batches, and its scores from the sum. How a set was
cut into batches then makes no difference to the scores of given outputs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from nasrank.bench.data.description import Description
from nasrank.bench.foundation.registry import Registry


@dataclass(frozen=True)
class Score:
    """What one number of a task means.

    Attributes:
        name: as `Task.scores` gives it, of letters, digits and underscores.
        label: how tables and figures call it.
        unit: of its values, such as "nats"; "1" for a plain number.
        higher_is_better: the direction.
        low: the least that it can be, in its own direction.
        high: the greatest, likewise.

    Raises:
        ValueError: no value lies between `low` and `high`.
    """

    name: str
    label: str
    unit: str
    higher_is_better: bool
    low: float = -inf
    high: float = inf

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"the score {self.name!r} has no values: its range is from {self.low} to {self.high}")

    @property
    def upward(self) -> Score:
        """The score as study files and stored results have it, where higher is better throughout.

        A score of which lower is better stands there as its negative, and is called so.
        """
        if self.higher_is_better:
            return self
        negative = f"negative_{self.name}", f"minus the {self.label}", self.unit
        return Score(*negative, higher_is_better=True, low=-self.high, high=-self.low)

    @property
    def column(self) -> str:
        """Name in study files and stored results, see `upward`."""
        return self.upward.name

    def oriented(self, value: float) -> float:
        """The value so that higher is better, as it stands in `column`."""
        return value if self.higher_is_better else -value


class Task(ABC):
    """A loss, and scores that are computed from sums; `outputs` is whatever a network returns.

    Attributes:
        name: key in the registry and in study files.
        measures: the scores, at least one. Strategies that learn from a score take the first.
        score_names: names of the scores as they are ranked by, see `Score.column`; they follow from `measures`.
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[Score, ...]]
    score_names: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, **options: Any) -> None:
        """So that a study can be checked against a task's scores before there is any data set."""
        super().__init_subclass__(**options)
        cls.score_names = tuple(measure.column for measure in getattr(cls, "measures", ()))

    @classmethod
    @abstractmethod
    def of(cls, data: Description) -> Self:
        """The task on a data set of which this is known.

        Raises:
            ValueError: it cannot be learned from such a data set.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean training loss of a batch, a scalar with a gradient; lower is better."""

    def smoothed(self, amount: float) -> Self:
        """The same task with a training loss of smoothed targets: what `amount`, in [0, 1), says the task documents.

        Raises:
            ValueError: its targets cannot be smoothed.
        """
        raise ValueError(f"the targets of {self.name} cannot be smoothed, by {amount} or otherwise")

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What the shared weights are trained with, as `loss` unless targets are smoothed."""
        return self.loss(outputs, targets)

    def averaged(self, outputs: Sequence[Tensor]) -> Tensor:
        """One output that says what several of the same samples say together.

        Raises:
            ValueError: outputs of this task cannot be averaged.
        """
        raise ValueError(f"{len(outputs)} outputs of {self.name} cannot be averaged")

    @abstractmethod
    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What is summed over batches: float64 `(k,)`. That of two batches together is the sum of theirs."""

    @abstractmethod
    def scores(self, total: Tensor) -> dict[str, float]:
        """Every score by its name in `measures`, in its own direction, from summed statistics `(k,)` of one sample on.

        It is finite where the outputs were.
        """

    @abstractmethod
    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random outputs and targets of so many samples, as the task takes them, by which it can be tested."""

    def ranked(self, total: Tensor) -> dict[str, float]:
        """The scores from summed statistics `(k,)`, by `score_names`, higher is better."""
        values = self.scores(total)
        return {measure.column: measure.oriented(values[measure.name]) for measure in self.measures}


TASKS: Registry[type[Task]] = Registry("task", "nasrank.bench.tasks")
"""Every task by name. To add one: a file here that registers it, or a plugin that does."""
