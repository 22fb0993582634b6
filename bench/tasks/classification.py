"""Classification: one class a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.data.description import Description
from nasrank.bench.tasks.task import TASKS, Score, Task


@TASKS.register
@dataclass(frozen=True)
class Classification(Task):
    """One class of `classes` a sample; outputs are logits `(n, classes)` and targets int64 `(n,)`.

    The accuracy is the fraction of samples with the right class, the loss the mean cross-entropy. The statistics are
    the right ones, the sum of the cross-entropies, and the samples.
    """

    name: ClassVar[str] = "classification"
    measures: ClassVar[tuple[Score, ...]] = (
        Score("accuracy", "accuracy", "fraction", higher_is_better=True, low=0.0, high=1.0),
        Score("loss", "loss", "nats", higher_is_better=False, low=0.0),
    )
    classes: int

    @classmethod
    def of(cls, data: Description) -> Self:
        if not data.classes:
            raise ValueError(f"{cls.name} needs a data set with classes; {data.name} has none")
        return cls(len(data.classes))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        right = (outputs.argmax(1) == targets).sum().double()
        losses = F.cross_entropy(outputs.double(), targets, reduction="sum")
        return torch.stack([right, losses, torch.full_like(right, len(targets))])

    def scores(self, total: Tensor) -> dict[str, float]:
        right, losses, samples = total.tolist()
        return {"accuracy": right / samples, "loss": losses / samples}

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        outputs = torch.randn(samples, self.classes, generator=generator)
        return outputs, torch.randint(self.classes, (samples,), generator=generator)
