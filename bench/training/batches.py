"""Endless batches of a split that lies in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

import torch
from torch import Tensor

from nasrank.bench.foundation.devices import moved
from nasrank.bench.training.step import Batch

Augment = Callable[[Tensor, Tensor, torch.Generator], Batch]


class EndlessBatches:
    """Shuffled batches, epoch after epoch; a last incomplete batch of an epoch is left out.

    Args:
        inputs: `(n, ...)`.
        targets: `(n, ...)`.
        generator: shuffles, and feeds the augmentation; on the CPU.
        augment: changes a batch of inputs and targets.

    Raises:
        ValueError: the split is smaller than a batch.
    """

    changing: ClassVar[tuple[str, ...]] = ("_generator", "_order", "_start")

    def __init__(
        self,
        inputs: Tensor,
        targets: Tensor,
        batch_size: int,
        generator: torch.Generator,
        augment: Augment | None = None,
    ) -> None:
        if len(inputs) < batch_size:
            raise ValueError(f"a split of {len(inputs)} samples has no batch of {batch_size}")
        self._inputs, self._targets, self._size, self._augment = inputs, targets, batch_size, augment
        self._generator = generator
        self._order = torch.empty(0, dtype=torch.int64)  # of the epoch's samples, which move to the device once
        self._start = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        if self._start + self._size > len(self._order):
            order = torch.randperm(len(self._inputs), generator=self._generator)
            self._order, self._start = moved(order, self._inputs.device), 0
        rows = self._order[self._start : self._start + self._size]
        self._start += self._size
        batch = self._inputs[rows], self._targets[rows]
        return self._augment(*batch, self._generator) if self._augment else batch
