"""What a training strategy decides: which paths of the super-net a step trains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np

from bench.training.step import Step
from spaces.space import Decision


class Choosable(Protocol):
    """What a strategy sees of a space."""

    @property
    def decisions(self) -> Sequence[Decision]: ...

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly."""

    def allows(self, choices: Sequence[int]) -> bool:
        """Whether these options, each in its range, make an architecture."""


class Strategy(ABC):
    """Gives the gradients of a step. It knows the decisions of a space, never its name.

    Attributes:
        name: key in the registry and in study files.
        label: how tables and figures call it.
        reference: the paper's key.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]

    def __init__(self, space: Choosable, generator: np.random.Generator) -> None:
        self.space = space
        self.generator = generator

    @property
    @abstractmethod
    def passes_per_step(self) -> int:
        """Training compute of a step, in forward-backward passes of one batch along one path."""

    @abstractmethod
    def accumulate(self, step: Step) -> float:
        """Add this step's gradients to the shared weights; returns the training loss."""

    def update_architecture(self, step: Step) -> None:  # noqa: B027 - most strategies have nothing to do here
        """Before the weights: update the strategy's own parameters. Gradients left in the super-net are discarded."""
