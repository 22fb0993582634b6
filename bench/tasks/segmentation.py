"""Semantic segmentation: one class a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.data.description import BACKGROUND, VOID, Description
from nasrank.bench.tasks.task import TASKS, Score, Task


def _share(name: str, label: str) -> Score:
    return Score(name, label, "fraction", higher_is_better=True, low=0.0, high=1.0)


@TASKS.register
@dataclass(frozen=True)
class Segmentation(Task):
    """One of `classes` a pixel; outputs are logits `(n, classes, height, width)`, targets int64 `(n, height, width)`.

    Pixels with the target `VOID` have no class: they count nowhere. The statistics are the confusion matrix, right
    classes in rows and those told in columns, the sum of the cross-entropies, and the pixels with a class. Intersection
    over union and Dice of a class follow from the matrix of all samples together, which is no mean of those of batches;
    each score is the mean over the classes that some pixel has or is told to have, of which the background is none. The
    loss is the mean cross-entropy of a pixel, and smoothed targets are the share of `label_smoothing` the same for all
    classes.
    """

    name: ClassVar[str] = "segmentation"
    measures: ClassVar[tuple[Score, ...]] = (
        _share("mean_iou", "mean intersection over union"),
        _share("mean_dice", "mean Dice coefficient"),
        _share("pixel_accuracy", "pixel accuracy"),
        Score("loss", "loss", "nats", higher_is_better=False, low=0.0),
    )
    classes: tuple[str, ...]
    size: tuple[int, int]
    label_smoothing: float = 0.0

    @classmethod
    def of(cls, data: Description) -> Self:
        if data.kind != "segmented images":
            raise ValueError(f"{cls.name} needs images with a class for each pixel; {data.name} has none")
        return cls(data.classes, (data.shape[1], data.shape[2]))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self._mean(outputs, targets, 0.0)

    def smoothed(self, amount: float) -> Self:
        return replace(self, label_smoothing=amount)

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self._mean(outputs, targets, self.label_smoothing)

    def _mean(self, outputs: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        """Over the pixels with a class; zero, with a gradient, where there are none."""
        total = F.cross_entropy(outputs, targets, ignore_index=VOID, reduction="sum", label_smoothing=smoothing)
        return total / (targets != VOID).sum().clamp(min=1)

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        known, cells = targets != VOID, len(self.classes) ** 2
        pairs = torch.where(known, targets * len(self.classes) + outputs.argmax(1), cells).flatten()
        # a sum, where selecting or counting would have the CPU wait for the device
        confusion = torch.zeros(cells + 1, dtype=torch.float64, device=pairs.device)
        confusion = confusion.scatter_add_(0, pairs, torch.ones_like(pairs, dtype=torch.float64))[:cells]
        losses = F.cross_entropy(outputs.double(), targets, ignore_index=VOID, reduction="sum")
        return torch.cat([confusion, losses[None], known.sum()[None]])

    def scores(self, total: Tensor) -> dict[str, float]:
        """See `Task`; ValueError where no pixel has a class."""
        *counts, losses, pixels = total.tolist()  # at once, and the rest on the CPU
        if not pixels:
            raise ValueError("no pixel of these samples has a class, so that there is nothing to score")
        confusion = torch.tensor(counts, dtype=torch.float64).reshape(len(self.classes), -1)
        right, area = confusion.diagonal(), confusion.sum(0) + confusion.sum(1)
        counted = area > 0
        if BACKGROUND in self.classes:
            counted[self.classes.index(BACKGROUND)] = False
        right, area = right[counted], area[counted]
        return {
            "mean_iou": _mean_of(right / (area - right)),
            "mean_dice": _mean_of(2 * right / area),
            "pixel_accuracy": float(confusion.diagonal().sum()) / pixels,
            "loss": losses / pixels,
        }

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of each sample, about a sixth of the pixels has no class."""
        outputs = torch.randn(samples, len(self.classes), *self.size, generator=generator)
        targets = torch.randint(len(self.classes), (samples, *self.size), generator=generator)
        return outputs, targets.where(torch.rand(samples, *self.size, generator=generator) > 1 / 6, VOID)


def _mean_of(shares: Tensor) -> float:
    """Over classes; one where there is none but the background, of which nothing was said to be anything else."""
    return float(shares.mean()) if len(shares) else 1.0
