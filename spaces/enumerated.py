"""Spaces whose architectures can be counted through, each with a position.

Tables of whole spaces go by positions, and so does what reads such tables. Everything else knows architectures by their
key, so that it works in spaces of any size.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from nasrank.spaces.integers import IntArray, index, index_array
from nasrank.spaces.moves import A
from nasrank.spaces.space import SearchSpace

MOST_LISTED = 2**22
"""Architectures of a space that can be gone through one by one, and have an array with a place for each."""


class Enumerated(SearchSpace[A]):
    """A space in which every architecture has a `position`, one number for all that the enumeration holds equal.

    The enumeration may tell isomorphic architectures apart, as tables do that have a row for each. Then neighbours and
    mutants are architectures of other positions, and some may have the same key.

    A space of up to 2^63 architectures can have positions; of one that is not `listable` nobody may ask for all.

    Every method that takes positions raises ValueError for what is no integer in its range.
    """

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    def listable(self) -> bool:
        """Whether it is small enough to go through."""
        return len(self) <= MOST_LISTED

    @property
    def knows_classes(self) -> bool:
        return self.listable

    def refuse_listing(self, left: Sequence[Collection[int]] | None = None) -> None:
        """ValueError where there are too many architectures to go through, and too many with the options that are left.

        Args:
            left: of each decision, the options that are; all where it is not given.
        """
        combinations = len(self) if left is None else prod(map(len, left))
        if not self.listable and combinations > MOST_LISTED:
            some = "" if combinations >= len(self) else f", {combinations:,} of them with these options"
            raise ValueError(f"{self.name} has {len(self):,} architectures{some}, which are too many to list")

    def positions_within(self, left: Sequence[Collection[int]]) -> IntArray:
        """Positions of the architectures that take none but the options that are left to each decision; rising.

        A decision that makes no difference counts as its first option.

        Raises:
            ValueError: they are too many to list.
        """
        self.refuse_listing(left)
        if self.listable:
            taken = zip(self.choices().T, left, strict=True)
            return np.flatnonzero(np.all([np.isin(column, list(kept)) for column, kept in taken], axis=0))
        drawn = product(*map(sorted, left))
        made = (choices for choices in drawn if self.allows(choices) and self.representative(choices) == choices)
        return np.array(sorted(self.position(self.from_choices(choices)) for choices in made), dtype=np.int64)

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
        """Choices of many architectures at once, `(n, decisions)`; by default of all, if these can be listed."""

    def positions_of(self, contained: IntArray) -> IntArray:
        """Where the architectures at these positions of the space that this one contains are here, `(n,)`."""
        raise NotImplementedError(f"{self.name} contains no other space")

    def positions_of_texts(self, texts: Sequence[str]) -> IntArray:
        """Where the architectures are that these texts stand for, `(n,)`; -1 for one that `parse` would refuse."""
        found = np.full(len(texts), -1, dtype=np.int64)
        for place, text in enumerate(texts):
            with suppress(ValueError):
                found[place] = self.position(self.parse(text))
        return found

    def classes_of(self, positions: IntArray) -> IntArray:
        """The isomorphism classes of the architectures at these positions, as numbers `(n,)` that mean nothing else."""
        numbers: dict[str, int] = {}
        keys = (self.key(self.at(int(position))) for position in self._all_inside(positions))
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """Parameters and multiply-adds of many architectures at once, `(n,)` each: those of `cost` without options."""
        costs = [self.cost(self.at(int(position))) for position in self._all_inside(positions)]
        found = np.array([(cost.parameters, cost.multiply_adds) for cost in costs], dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @property
    def classes(self) -> int:
        """How many architectures there are up to isomorphism; ValueError where nobody has counted them."""
        return len(self._classes)

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        """Choices of the architecture that stands for the one that these make; they are what the enumeration has.

        Raises:
            ValueError: they make none.
        """
        return self.to_choices(self.at(self.position(self.from_choices(choices))))

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from the enumeration."""
        return [int(choice) for choice in self.choices(generator.integers(len(self), size=1))[0]]

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from an isomorphism class drawn uniformly."""
        members = self._classes[generator.integers(len(self._classes))]
        return list(self.to_choices(self.at(members[generator.integers(len(members))])))

    def sample(self, generator: np.random.Generator, count: int, exclude: Collection[A] = ()) -> list[A]:
        """Draw `count` architectures of different positions uniformly from those not in `exclude`.

        Raises:
            ValueError: there are not so many.
        """
        barred = np.array(sorted({self.position(architecture) for architecture in exclude}), dtype=np.int64)
        left = len(self) - len(barred)
        if count > left:
            raise ValueError(
                f"cannot draw {count} different architectures: {self.name} has {len(self)}"
                + (f", {len(barred)} of them excluded" if len(barred) else "")
            )
        drawn = generator.choice(left, size=count, replace=False)  # places among those that are left, in order
        passed = np.searchsorted(barred - np.arange(len(barred)), drawn, side="right")
        return [self.at(int(position)) for position in drawn + passed]

    @cached_property
    def _classes(self) -> list[list[int]]:
        """Positions of the members of each isomorphism class."""
        self.refuse_listing()
        members: dict[str, list[int]] = {}
        for position, architecture in enumerate(self):
            members.setdefault(self.key(architecture), []).append(position)
        return list(members.values())

    def _inside(self, position: int) -> int:
        return index(position, len(self), f"position in {self.name}:")

    def _all_inside(self, positions: npt.ArrayLike) -> IntArray:
        return index_array(positions, len(self), f"positions in {self.name}")


class Distinct(Enumerated[A]):
    """A space of which no two architectures make the same network: each is a class of its own."""

    def key(self, architecture: A) -> str:
        """Its text."""
        return str(architecture)

    @property
    def knows_classes(self) -> bool:
        return True

    @property
    def classes(self) -> int:
        return len(self)

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        return self.random_choices(generator)
