"""What is learned from a data set: a loss to train with and a score to rank by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch.nn.functional as F
from torch import Tensor


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


@dataclass(frozen=True)
class Classification:
    """One class of `classes` an image.

    `accuracy` is the fraction of images with the right class; `negative_loss` minus the mean cross-entropy in nats.
    """

    classes: int
    score_names: ClassVar[tuple[str, ...]] = ("accuracy", "negative_loss")

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def scores(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {
            "accuracy": (outputs.argmax(1) == targets).double().mean(),
            "negative_loss": -F.cross_entropy(outputs.double(), targets),
        }


TASKS: dict[str, Callable[[int], Task]] = {"classification": Classification}
"""Every task by name, as a function of the number of classes."""
