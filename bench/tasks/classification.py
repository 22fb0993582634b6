"""Classification: one class an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.tasks.task import TASKS


@TASKS.register
@dataclass(frozen=True)
class Classification:
    """One class of `classes` an image.

    `accuracy` is the fraction of images with the right class; `negative_loss` minus the mean cross-entropy in nats.
    """

    name: ClassVar[str] = "classification"
    classes: int
    score_names: ClassVar[tuple[str, ...]] = ("accuracy", "negative_loss")

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def scores(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {
            "accuracy": (outputs.argmax(1) == targets).double().mean(),
            "negative_loss": -F.cross_entropy(outputs.double(), targets),
        }
