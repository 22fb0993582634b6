"""What a strategy or a term sees of one training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor

from nasrank.bench.tasks import Task
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet

Batch: TypeAlias = tuple[Tensor, Tensor]
"""Inputs of a network `(batch, ...)`, such as images `(batch, channels, height, width)`, and their targets."""


@dataclass(frozen=True)
class Step:
    """One step of training.

    Attributes:
        fraction: how far training is at the start of the step, in [0, 1).
        batch: inputs and targets of the weights split.
        held_out: draws the next batch of the held-out split, from the caller's own stream.
        optimizer: of the shared weights, set for the update that will end the step.
        mixed_precision: whether passes through the super-net run in bfloat16 where that is safe. What a strategy
            computes besides, with parameters of its own, does not.
    """

    supernet: SuperNet
    task: Task
    fraction: float
    batch: Batch
    held_out: Callable[[], Batch]
    optimizer: torch.optim.Optimizer
    mixed_precision: bool = False

    def with_held_out(self, held_out: Callable[[], Batch]) -> Step:
        """The same step with another stream of held-out batches."""
        return replace(self, held_out=held_out)

    def in_full_precision(self) -> Step:
        """The same step without bfloat16."""
        return replace(self, mixed_precision=False)

    def loss(self, path: HardPath | SoftPath, batch: Batch | None = None, *, numbers: bool = False) -> Tensor:
        """The task's loss along a path, on the training batch unless another is given; `numbers` as in `SuperNet`.

        On the training batch it is the task's training loss, whose targets may be smoothed.
        """
        inputs, targets = self.batch if batch is None else batch
        loss = self.task.training_loss if batch is None else self.task.loss
        with self._precision(inputs):
            outputs = self.supernet(inputs, path, numbers=True) if numbers else self.supernet(inputs, path)
            return loss(outputs, targets)

    def evaluate(self, path: HardPath, batch: Batch) -> dict[str, float]:
        """The task's scores of one batch along a hard path, by `Task.score_names`, higher is better.

        As in training, but without gradients. To give them as numbers, it waits for the device once.
        """
        inputs, targets = batch
        with torch.no_grad(), self._precision(inputs):
            return self.task.ranked(self.task.statistics(self.supernet(inputs, path), targets))

    def losses(self, paths: Sequence[HardPath], batch: Batch) -> list[Tensor]:
        """The task's loss along several hard paths on the same inputs, sharing what they have in common."""
        inputs, targets = batch
        found: dict[int, Tensor] = {}
        with self._precision(inputs):
            for places, outputs in self.supernet.each_path(inputs, paths):
                found |= dict.fromkeys(places, self.task.loss(outputs, targets))
        return [found[place] for place in range(len(paths))]

    def _precision(self, inputs: Tensor) -> torch.autocast:
        return torch.autocast(inputs.device.type, torch.bfloat16, enabled=self.mixed_precision)
