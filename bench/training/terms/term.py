"""What a regularizer is to the trainer."""

from __future__ import annotations

from typing import Protocol

from nasrank.bench.training.step import Step


class Regularizer(Protocol):
    """Adds gradients of its own to a step, after the strategy's."""

    name: str

    def accumulate(self, step: Step) -> None:
        """Add this step's gradients to the shared weights."""

    def record(self) -> dict[str, float]:
        """What happened since the last call, for the training record; finite numbers by name."""
