"""What is learned from a data set: a loss to train with and scores to rank by."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from torch import Tensor

from nasrank.bench.foundation.registry import Registry


class Task(Protocol):
    """A loss and the scores of a batch; `outputs` is whatever the super-net returns.

    Attributes:
        score_names: names of the scores.
    """

    score_names: ClassVar[tuple[str, ...]]

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean training loss of a batch, a scalar; lower is better."""

    def scores(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Every score of a batch by name, each the mean over it, a scalar; higher is better."""


TASKS: Registry[Callable[[int], Task]] = Registry("task", "nasrank.bench.tasks")
"""Every task by name, made from the number of classes. To add one: a file here that registers it, or a plugin."""
