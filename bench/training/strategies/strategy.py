"""What a training strategy decides: which paths of the super-net a step trains, and what comes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable, whole_decisions

T = TypeVar("T")

MOST_DRAWS = 1000
"""A distribution of which so many samples hold no architecture has left the space; a uniform one holds many."""


class Strategy(ABC):
    """Gives the gradients of a step. It knows the decisions of a space, never its name.

    Attributes:
        name: key in the registry and in study files.
        label: how tables and figures call it.
        reference: the paper's key.
        switches: what can be chosen of it, by the name of the keyword; the first choice is the default.
        optimizers: names of those of the shared weights that it can do with; all where there are none here.
        supernet_options: what it asks of the super-net beyond what a study says.
        random_labels: whether all images that train have a class drawn at random instead of their own.
        revision: raised when it is changed so that stored results of before are no longer what it computes.
        score: what its paper ranks architectures by, where that is not the study's score.
        generations: shares of the training compute, which sum to one. After each but the last, `divide` parts the
            space, and a copy of the super-net goes on in each part; those of a generation share its compute equally.
        mixes: whether it trains soft paths, which some spaces' super-nets do not compute.
        divides: whether it parts a space by decisions each of whose options goes with whatever the others choose.
        draws_classes: whether it draws isomorphism classes, which are not known in every space.
        anneals_anew: whether the learning rate of each generation falls from its start to its end, and its momentum
            begins at zero; otherwise both go on from the generation before.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {}
    optimizers: ClassVar[tuple[str, ...]] = ()
    supernet_options: ClassVar[Mapping[str, Any]] = {}
    random_labels: ClassVar[bool] = False
    revision: ClassVar[int] = 0
    score: ClassVar[str | None] = None
    mixes: ClassVar[bool] = False
    divides: ClassVar[bool] = False
    draws_classes: ClassVar[bool] = False
    anneals_anew: ClassVar[bool] = True

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        """Raises ValueError as `refuse_unknown` does."""
        self.refuse_unknown(switches)
        self.space = space
        self.generator = generator
        self.chosen: dict[str, str | int] = {
            name: switches.get(name, known[0]) for name, known in self.switches.items()
        }

    @classmethod
    def refuse(cls, space: SearchSpace[Any]) -> None:
        """Raise ValueError where it cannot train the super-net of this space, and say why."""
        if cls.mixes and not space.mixes:
            raise ValueError(
                f"{cls.name} trains mixtures of options, which the super-net of {space.name} does not compute"
            )
        if cls.draws_classes and not space.knows_classes:
            raise ValueError(f"{cls.name} draws isomorphism classes, and those of {space.name} are not known")
        if cls.random_labels and space.inputs != "images":
            raise ValueError(
                f"{cls.name} draws a class for each image, and networks of {space.name} take {space.inputs}"
            )
        if cls.divides and not whole_decisions(space):
            raise ValueError(f"{cls.name} divides a space by its free decisions, and {space.name} has none")

    @classmethod
    def refuse_unknown(cls, switches: Mapping[str, str | int]) -> None:
        """ValueError that names the first switch, or choice of one, that there is not."""
        for name, choice in switches.items():
            if name not in cls.switches:
                raise ValueError(
                    f"{cls.name} has no switch {name!r}; those it has: {', '.join(cls.switches) or 'none'}"
                )
            if choice not in cls.switches[name]:
                known = ", ".join(map(repr, cls.switches[name]))
                raise ValueError(f"{name} of {cls.name} is {choice!r}; known are {known}")

    @property
    @abstractmethod
    def passes_per_step(self) -> int:
        """Training compute of a step, in forward-backward passes of one batch along one path.

        A forward pass alone is a third of one.
        """

    @property
    def least_passes(self) -> int:
        """Training compute below which a super-net would not get a step."""
        return self.passes_per_step

    @abstractmethod
    def accumulate(self, step: Step) -> Tensor:
        """Add this step's gradients to the shared weights; returns the training loss, a scalar.

        It is detached, and lies where it was computed: whoever reads it waits for the device, so that training does
        every so many steps. Nothing else here should make a number of what is on the device, as `float`, `bool`, `item`
        and `tolist` do, nor move it to the CPU.
        """

    def update_architecture(self, step: Step) -> None:  # noqa: B027 - most strategies have nothing to do here
        """Before the weights: update the strategy's own parameters. Gradients left in the super-net are discarded.

        Where those are on the CPU, it waits for the device; once, as long as all that it needs comes in one transfer.
        """

    def derive(self) -> list[int] | None:
        """Choices of the architecture that its parameters stand for; None where the super-net's scores decide."""
        return None

    def preference(self, paths: Sequence[Sequence[int]]) -> npt.NDArray[np.float64] | None:
        """How its parameters rank architectures, `(paths,)`, higher is better; None where it has none.

        A choice that an architecture does not depend on counts as what it says.
        """
        del paths
        return None

    @property
    def generations(self) -> tuple[float, ...]:
        return (1.0,)

    def divide(self, step: Callable[[], Step]) -> Sequence[Choosable]:
        """Parts of its space that together are the whole of it.

        Args:
            step: draws the batches of another step, for a strategy that looks at gradients; no update will follow.
        """
        del step
        raise NotImplementedError(f"{self.name} has one generation")

    @property
    def passes_per_division(self) -> int:
        """Training compute that `divide` spends; the generations after it get so much less."""
        return 0

    def draw_allowed(self, draw: Callable[[], T], choices: Callable[[T], Sequence[int]]) -> T:
        """Draw until the choices of the sample make an architecture.

        Raises:
            FloatingPointError: hardly any sample does.
        """
        for _ in range(MOST_DRAWS):
            sample = draw()
            if self.space.allows(choices(sample)):
                return sample
        raise FloatingPointError(f"none of {MOST_DRAWS:,} samples of {self.label} is an architecture")
