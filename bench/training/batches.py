"""Endless batches of a split that lies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from nasrank.bench.training.step import Batch

Augment = Callable[[Tensor, torch.Generator], Tensor]


def endless_batches(
    inputs: Tensor, targets: Tensor, batch_size: int, generator: torch.Generator, augment: Augment | None = None
) -> Iterator[Batch]:
    """Shuffled batches, epoch after epoch; a last incomplete batch of an epoch is left out.

    Args:
        inputs: `(n, ...)`.
        targets: `(n, ...)`.
        generator: shuffles, and feeds the augmentation; on the CPU.
        augment: changes the inputs of a batch, not its targets.

    Raises:
        ValueError: the split is smaller than a batch.
    """
    if len(inputs) < batch_size:
        raise ValueError(f"a split of {len(inputs)} samples has no batch of {batch_size}")
    while True:
        order = torch.randperm(len(inputs), generator=generator)
        for start in range(0, len(order) - batch_size + 1, batch_size):
            rows = order[start : start + batch_size]
            batch = inputs[rows.to(inputs.device)]
            yield (augment(batch, generator) if augment else batch), targets[rows.to(targets.device)]
