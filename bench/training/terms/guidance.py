"""What all terms have in common that are told the labels of landmarks: when they are on, on what, and of which.

One that derives from `Guidance` has landmarks in the order of their labels, and says what it does with them in a step.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, Self, TypeAlias, final

import numpy as np
from pydantic import Field

from nasrank.bench.ranking.arrays import as_floats
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.terms.schedule import Schedule
from nasrank.bench.training.terms.term import Need, Term, TermContext
from nasrank.spaces.supernet import HardPath

Images: TypeAlias = Literal["held_out", "training"]
WarmUp: TypeAlias = Annotated[float, Field(ge=0, lt=1)]


class Guidance(Term):
    """Holds the landmarks, sorted from the worst to the best.

    Raises:
        ValueError: no landmarks, not one accuracy a landmark that is finite and not masked, or all of them equal.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({"labels", "held_out"})

    @property
    @abstractmethod
    def course(self) -> Schedule:
        """The coefficient's factor at every fraction of training."""

    @property
    @abstractmethod
    def images(self) -> Images:
        """What the landmarks are compared on."""

    def __init__(self, settings: Term.Settings, context: TermContext) -> None:
        super().__init__(settings, context)
        landmarks, accuracies = context.landmarks, as_floats("accuracies", context.labels)
        if accuracies.shape != (len(landmarks),) or not np.isfinite(accuracies).all():
            raise ValueError(f"{len(landmarks)} landmarks need as many finite accuracies, not shape {accuracies.shape}")
        if len(np.unique(accuracies)) < 2:
            raise ValueError("landmarks need at least two different accuracies to have an order")
        rising = np.argsort(accuracies, kind="stable")
        self.landmarks = [landmarks[place] for place in rising]
        self.accuracies = accuracies[rising]

    def within(self, owns: Callable[[HardPath], bool]) -> Self | None:
        """The term of a super-net that owns some of the landmarks only; None if no two of them have an order."""
        owned = [place for place, landmark in enumerate(self.landmarks) if owns(landmark)]
        accuracies = self.accuracies[owned]
        if len(np.unique(accuracies)) < 2:
            return None
        landmarks = [self.landmarks[place] for place in owned]
        return type(self)(self.settings, TermContext(self.generator, landmarks, accuracies))

    @final
    def accumulate(self, step: Step) -> None:
        """During the warm-up, and with a coefficient of 0, neither images nor landmarks are drawn."""
        coefficient = self.settings.coefficient * self.course.factor(step.fraction)
        if coefficient != 0:
            self.guide(step, coefficient)

    @abstractmethod
    def guide(self, step: Step, coefficient: float) -> None:
        """Add the gradients of a step that has this coefficient, which is not 0."""

    def batch_of(self, step: Step) -> Batch:
        """The images of this step that the landmarks are compared on; the next ones each time, if they are held out."""
        return step.batch if self.images == "training" else step.held_out()
