"""Classification: one class a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
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
    the right ones, the sum of the cross-entropies, and the samples. Smoothed targets are the share of `label_smoothing`
    the same for all classes, and the rest for the right one.
    """

    name: ClassVar[str] = "classification"
    measures: ClassVar[tuple[Score, ...]] = (
        Score("accuracy", "accuracy", "fraction", higher_is_better=True, low=0.0, high=1.0),
        Score("loss", "loss", "nats", higher_is_better=False, low=0.0),
    )
    classes: int
    label_smoothing: float = 0.0

    @classmethod
    def of(cls, data: Description) -> Self:
        if not data.classes:
            raise ValueError(f"{cls.name} needs a data set with classes; {data.name} has none")
        if data.kind == "segmented images":
            raise ValueError(f"{cls.name} needs one class a sample; {data.name} has one a pixel")
        return cls(len(data.classes))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def smoothed(self, amount: float) -> Self:
        return replace(self, label_smoothing=amount)

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if not self.label_smoothing:
            return self.loss(outputs, targets)
        return F.cross_entropy(outputs, targets, label_smoothing=self.label_smoothing)

    def averaged(self, outputs: Sequence[Tensor]) -> Tensor:
        """Logarithms of the means of the probabilities, which are logits of them."""
        each = torch.stack([one.double().log_softmax(1) for one in outputs])
        return each.logsumexp(0) - log(len(outputs))

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
