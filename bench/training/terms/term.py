"""What a term of super-net training is: gradients of its own, besides those of the strategy.

To add a term: a file here that registers one, or a plugin that does.

    @TERMS.register
    class Mine(Term):
        name, label = "mine", "my term"

        class Settings(Term.Settings):
            coefficient: Coefficient = 1.0

        def accumulate(self, step):
            (self.settings.coefficient * ...).backward()
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, Field

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator
from nasrank.bench.training.step import Step
from nasrank.spaces.supernet import HardPath

Need: TypeAlias = Literal["labels", "held_out"]

GREATEST_COEFFICIENT = 1e6
"""Of a term, either sign. Above it, single-precision gradients of a term overflow before they are clipped; published
coefficients are about 10 or below."""

Coefficient = Annotated[float, Field(ge=-GREATEST_COEFFICIENT, le=GREATEST_COEFFICIENT)]


def _none() -> npt.NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True)
class TermContext:
    """What a term may be built from.

    Attributes:
        generator: decides everything that is random, and is the term's alone.
        landmarks: hard paths of known quality; there are none where nobody has labels.
        labels: what is known of them, `(landmarks,)`, in any one unit; higher is better.
    """

    generator: np.random.Generator
    landmarks: Sequence[HardPath] = ()
    labels: npt.NDArray[np.float64] = field(default_factory=_none)


class Term(ABC):
    """Adds gradients of its own to a step, after the strategy's.

    Attributes:
        name: key in the registry, in study files and in training records.
        label: how tables call it.
        needs: whether it needs landmarks with `labels`, and whether it draws `held_out` batches, of which it then has
            a stream of its own.

    Raises:
        ValueError: the term needs landmarks with labels, and there are none.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    needs: ClassVar[frozenset[Need]] = frozenset()

    class Settings(BaseModel):
        """The options of a term, as they stand in a study file, and what it costs with them."""

        model_config = ConfigDict(
            extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
        )

        coefficient: Coefficient
        """The greatest weight of the term; with 0 it adds nothing."""

        def always(self) -> Term.Settings:
            """The same options of a term that is on at every step, by which it can be timed."""
            return self

        def share_on(self, start: float, end: float) -> float:
            """Share of a stretch of training, in [0, 1], in which the term is computed.

            Args:
                start: fraction of training in [0, 1] at which the stretch begins, and `end` where it ends.
            """
            del start, end
            return 1.0

        def passes_per_step(self, landmarks: int, recorded: Mapping[str, float]) -> float:
            """Compute that the term adds to a step while it is on, in passes as those of a strategy are counted.

            Args:
                landmarks: how many there are, all with different labels.
                recorded: what the term recorded of the stretch of training in question, by name; empty where nothing.
            """
            del landmarks, recorded
            return 0.0

        def expected_passes(self, landmarks: int) -> float:
            """Compute that the term is expected to add to a step, mean over training, in the same passes.

            It is what a control without the term gets instead.
            """
            return self.share_on(0.0, 1.0) * self.passes_per_step(landmarks, {})

    def __init__(self, settings: Settings, context: TermContext) -> None:
        if "labels" in self.needs and not len(context.landmarks):
            raise ValueError(f"the term {self.name!r} needs landmarks with labels, and there are none")
        self.settings = settings
        self.generator = context.generator

    @abstractmethod
    def accumulate(self, step: Step) -> None:
        """Add this step's gradients to the shared weights.

        What is to be recorded stays on the device until `record` reads it; a number that decides something in a step
        makes training wait for the device, so there should be none.
        """

    def record(self) -> dict[str, float]:
        """What happened since the last call, for the training record; finite numbers by name."""
        return {}

    def within(self, owns: Callable[[HardPath], bool]) -> Term | None:
        """The term of a super-net that holds a part of the space only; None where the term has no place in it.

        Args:
            owns: whether a path is of the part.
        """
        del owns
        return self

    @classmethod
    def added_passes(
        cls, settings: Settings, landmarks: int, steps: int, record: Sequence[Mapping[str, float]]
    ) -> float:
        """Compute that the term added to a whole training, in passes as those of a strategy are counted.

        Args:
            landmarks: how many there were.
            steps: of the training.
            record: the rows of its record; a row holds the `fraction` of training at which its stretch ended.
        """
        passes, start, prefix = 0.0, 0.0, f"{cls.name}."
        for row in record:
            recorded = {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
            on = steps * (row["fraction"] - start) * settings.share_on(start, row["fraction"])
            passes += on * settings.passes_per_step(landmarks, recorded)
            start = row["fraction"]
        return passes

    @classmethod
    def stream(cls, seed: int) -> np.random.Generator:
        """What the term of a trial draws from."""
        return generator(seed, Purpose.TERM, cls.name)

    @classmethod
    def held_out_stream(cls, seed: int) -> torch.Generator:
        """What the order of the term's held-out batches in a trial is drawn from."""
        return torch_generator(seed, Purpose.TERM_HELD_OUT, name=cls.name)


TERMS: Registry[type[Term]] = Registry("term", "nasrank.bench.training.terms")
