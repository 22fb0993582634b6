"""What every search space offers: named decisions, values for architectures, and ways from one to the other.

Nothing here imports torch: a space can be enumerated, sampled and compared without it.
Strategies and searchers speak only of `decisions`, so none of them knows a space by name.

A space in which every combination of options is an architecture of its own derives from
`nasrank.spaces.product.ProductSpace`; one with constraints or with isomorphic duplicates implements `SearchSpace`
itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from nasrank.spaces.foreign import guard_methods
from nasrank.spaces.integers import IntArray, index, index_array

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.supernet import SuperNet

A = TypeVar("A")


@dataclass(frozen=True)
class Decision:
    """One categorical choice of a space, such as the operation on an edge.

    Attributes:
        free: whether each of its options goes with whatever the other decisions choose.
        into: the node whose inputs this decision weighs, where several decisions feed one; else empty.
    """

    name: str
    options: tuple[str, ...]
    free: bool = True
    into: str = ""


@dataclass(frozen=True)
class OpGraph:
    """A labelled directed acyclic graph with operations on nodes, in topological order.

    Attributes:
        labels: operation of each node; the first is "input" and the last "output".
        edges: `(source, target)` pairs, source < target.
    """

    labels: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    def adjacency(self) -> npt.NDArray[np.int8]:
        """Upper-triangular matrix `(nodes, nodes)`, 1 where an edge runs from row to column."""
        matrix = np.zeros((len(self.labels), len(self.labels)), dtype=np.int8)
        for source, target in self.edges:
            matrix[source, target] = 1
        return matrix


@dataclass(frozen=True)
class Cost:
    """What an architecture's network costs; multiply-adds are per image."""

    parameters: int
    multiply_adds: int


class SearchSpace(ABC, Generic[A]):
    """A finite set of architectures spanned by categorical decisions.

    Architectures are numbered by `position`, one number for all that the enumeration holds equal. Choices lead to
    one architecture each, or to none where the space forbids the combination.

    Every method that takes an architecture raises ValueError for one of another space, and every method that takes
    choices or positions for what is no integer in its range; numpy's integers are integers, floats and truth values are
    not.

    Attributes:
        value_type: the class of its architectures, which no other space has.
        fewest_channels: of the super-net's first stage, with which every path can be built.
        supernet_choices: what can be chosen of the super-net beyond its size and its normalization, by the name of
            the option; the first choice is the default.
        contains: name of a space whose architectures are all in this one as well, or empty.
    """

    name: str
    value_type: ClassVar[type[Any]]
    decisions: tuple[Decision, ...]
    contains: ClassVar[str] = ""
    supernet_choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    fewest_channels: ClassVar[int] = 1

    def __init_subclass__(cls, **options: Any) -> None:
        """Guard what takes an architecture, so that no space has to think of it."""
        super().__init_subclass__(**options)
        guard_methods(cls)

    @property
    def passes_per_mixture(self) -> int:
        """What a mixture of all options is charged for, in passes along the path of one architecture.

        The number of options, where each is computed once, in a network that is otherwise that of a path.
        """
        return max(len(decision.options) for decision in self.decisions)

    # --- values and choices ---

    @abstractmethod
    def from_choices(self, choices: Sequence[int]) -> A:
        """The architecture with these options, one index a decision.

        Raises:
            ValueError: an option is no integer in its range, or the space does not allow the combination.
        """

    @abstractmethod
    def to_choices(self, architecture: A) -> tuple[int, ...]:
        """One option index a decision; `from_choices` leads back."""

    def allows(self, choices: Sequence[int]) -> bool:
        """Whether these options, each in its range, make an architecture."""
        return all(decision.free for decision in self.decisions) or self._makes_architecture(choices)

    def _makes_architecture(self, choices: Sequence[int]) -> bool:
        try:
            self.from_choices(choices)
        except ValueError:
            return False
        return True

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        """Choices of the architecture that stands for the one that these make; they are what the enumeration has.

        Raises:
            ValueError: they make none.
        """
        return self.to_choices(self.at(self.position(self.from_choices(choices))))

    def active(self, architecture: A) -> tuple[bool, ...]:
        """Which decisions the architecture depends on; the choice of another is a placeholder."""
        del architecture
        return (True,) * len(self.decisions)

    def traits(self, architecture: A) -> dict[str, int]:
        """Properties by which reports look at architectures in groups, each with its name; most spaces have none."""
        del architecture
        return {}

    @abstractmethod
    def parse(self, text: str) -> A:
        """Read the architecture's printed form; ValueError says what is malformed and where."""

    @abstractmethod
    def canonical(self, architecture: A) -> str:
        """A text equal for two architectures exactly when the benchmark holds them isomorphic."""

    def expressions(self, architecture: A) -> frozenset[str]:
        """What its network computes, and what it computes with shared weights, each written out as far as that goes.

        Architectures that have one in common are the same for all that training can tell, also where `canonical` and
        `functional` hold them apart.
        """
        return frozenset({self.canonical(architecture)})

    @abstractmethod
    def functional(self, architecture: A, *, silence_is_zero: bool) -> A:
        """A representative of architectures that compute the same with shared weights; others may, too.

        Args:
            silence_is_zero: whether every operation answers an all-zero input with zeros. It holds for batch
                normalization over batch statistics without an affine part, not with running statistics.
        """

    @abstractmethod
    def graph(self, architecture: A) -> OpGraph:
        """The labelled graph with operations on nodes."""

    # --- networks (these import torch) ---

    @abstractmethod
    def network(self, architecture: A, **options: Any) -> nn.Module:
        """The stand-alone network, from images `(batch, channels, height, width)` to scores `(batch, classes)`."""

    @abstractmethod
    def supernet(self, **options: Any) -> SuperNet:
        """A super-net whose paths are the architectures of this space."""

    @abstractmethod
    def cost(self, architecture: A, **macro: int) -> Cost:
        """Trainable parameters and multiply-adds of the stand-alone network, computed without building it."""

    # --- enumeration ---

    @abstractmethod
    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[A]:
        return (self.at(position) for position in range(len(self)))

    @abstractmethod
    def at(self, position: int) -> A:
        """The architecture at this position, `0 <= position < len(self)`."""

    @abstractmethod
    def position(self, architecture: A) -> int:
        """Where this architecture, or the one that stands for it, is in the enumeration."""

    @abstractmethod
    def choices(self, positions: IntArray | None = None) -> IntArray:
        """Choices of many architectures at once, `(n, decisions)`; all of them by default."""

    def positions_of(self, contained: IntArray) -> IntArray:
        """Where the architectures at these positions of the space that this one contains are here, `(n,)`."""
        raise NotImplementedError(f"{self.name} contains no other space")

    @property
    def classes(self) -> int:
        """How many architectures there are up to isomorphism."""
        return len(self._classes)

    def _inside(self, position: int) -> int:
        return index(position, len(self), f"position in {self.name}:")

    def _all_inside(self, positions: npt.ArrayLike) -> IntArray:
        return index_array(positions, len(self), f"positions in {self.name}")

    # --- sampling and moving about ---

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from the enumeration."""
        return [int(choice) for choice in self.choices(generator.integers(len(self), size=1))[0]]

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from an isomorphism class drawn uniformly."""
        members = self._classes[generator.integers(len(self._classes))]
        return list(self.to_choices(self.at(members[generator.integers(len(members))])))

    @cached_property
    def _classes(self) -> list[list[int]]:
        """Positions of the members of each isomorphism class."""
        members: dict[str, list[int]] = {}
        for position, architecture in enumerate(self):
            members.setdefault(self.canonical(architecture), []).append(position)
        return list(members.values())

    def sample(self, generator: np.random.Generator, count: int, exclude: Collection[A] = ()) -> list[A]:
        """Draw `count` different architectures uniformly from those not in `exclude`."""
        barred = {self.position(architecture) for architecture in exclude}
        if count > len(self) - len(barred):
            raise ValueError(
                f"cannot draw {count} different architectures: {self.name} has {len(self)}"
                + (f", {len(barred)} of them excluded" if barred else "")
            )
        allowed = np.setdiff1d(np.arange(len(self)), np.fromiter(barred, dtype=np.int64, count=len(barred)))
        return [self.at(int(position)) for position in generator.choice(allowed, size=count, replace=False)]

    @abstractmethod
    def neighbours(self, architecture: A) -> list[A]:
        """All other architectures that one decision leads to, each once."""

    @abstractmethod
    def mutate(self, architecture: A, generator: np.random.Generator) -> A:
        """Another architecture, a small random change away."""

    def crossover(self, first: A, second: A, generator: np.random.Generator) -> A:
        """A child that takes every choice from either parent, drawn again until the space allows it."""
        parents = np.array([self.to_choices(first), self.to_choices(second)])
        places = np.arange(len(self.decisions))
        while True:
            child = parents[generator.integers(2, size=len(places)), places].tolist()
            if self.allows(child):
                return self.from_choices(child)
