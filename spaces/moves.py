"""Decisions, the choices that make an architecture, and how to move from one architecture to others.

What all searchers do to architectures is done here, once: they change some choices, or take them from two parents. A
searcher that works on choices asks `mutate_choices` and `cross_choices`, which know nothing of what a space allows; one
that works on architectures asks `neighbours`, `mutate` and `crossover`, which lead from architecture to architecture.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np

from nasrank.spaces.decisions import Conditions, Decision, active_decisions, conditions, with_placeholders
from nasrank.spaces.integers import indices

A = TypeVar("A")

MOST_DRAWS = 10_000
"""After so many draws of which none will do, one is held to be impossible."""


def different(key: Callable[[A], str], draw: Callable[[int], A], seen: Collection[str] = ()) -> Iterator[A]:
    """What is drawn, each time of another key; it ends where `MOST_DRAWS` in a row bring none.

    Args:
        draw: the next one, where so many were given out.
        seen: keys that none has.
    """
    known, found = set(seen), 0
    while True:
        for _ in range(MOST_DRAWS):
            architecture = draw(found)
            if (text := key(architecture)) not in known:
                break
        else:
            return
        known.add(text)
        found += 1
        yield architecture


class Moves(ABC, Generic[A]):
    """The part of a search space that follows from its decisions; see `nasrank.spaces.space.SearchSpace`."""

    name: str
    decisions: tuple[Decision, ...]
    mutual_neighbours: ClassVar[bool] = False

    # --- values and choices ---

    @abstractmethod
    def from_choices(self, choices: Sequence[int]) -> A:
        """The architecture with these options, one index a decision; what an inactive decision chooses is ignored.

        Raises:
            ValueError: an option is no integer in its range, or the space does not allow the combination.
        """

    @abstractmethod
    def to_choices(self, architecture: A) -> tuple[int, ...]:
        """One option index a decision; `from_choices` leads back."""

    @abstractmethod
    def key(self, architecture: A) -> str:
        """A text equal for two architectures exactly when the benchmark holds them isomorphic."""

    def checked(self, choices: Sequence[int]) -> tuple[int, ...]:
        """The choices as ints, with placeholders for those of decisions whose conditions do not hold.

        Raises:
            ValueError: not one choice a decision, or one that is no integer in its range.
        """
        if len(choices) != len(self.decisions):
            raise ValueError(f"{self.name} has {len(self.decisions)} decisions, not {len(choices)}")
        chosen = indices(choices, *self._ranges, what="option")
        return with_placeholders(self._conditions, chosen)

    @cached_property
    def _ranges(self) -> tuple[list[int], list[str]]:
        """How many options each decision has, and where a wrong choice stands."""
        return [len(one.options) for one in self.decisions], [f"{one.name}:" for one in self.decisions]

    @cached_property
    def _conditions(self) -> Conditions:
        return conditions(self.decisions)

    def allows(self, choices: Sequence[int]) -> bool:
        """Whether these options, each in its range, make an architecture."""
        return all(decision.free for decision in self.decisions) or self._makes_architecture(choices)

    def _makes_architecture(self, choices: Sequence[int]) -> bool:
        try:
            self.from_choices(choices)
        except ValueError:
            return False
        return True

    def open_options(self, chosen: Sequence[int]) -> Sequence[bool]:
        """Of the next decision, which options some architecture takes whose first choices are these.

        A space whose architectures are not found by chance says exactly which, so that they can be drawn decision by
        decision; others may say that all do.
        """
        return (True,) * len(self.decisions[len(chosen)].options)

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        """The same for all choices that make one architecture: those that `to_choices` gives for it.

        Raises:
            ValueError: they make none.
        """
        return self.to_choices(self.from_choices(choices))

    def active(self, architecture: A) -> tuple[bool, ...]:
        """Which decisions the architecture depends on; the choice of another is a placeholder."""
        return active_decisions(self._conditions, self.to_choices(architecture))

    # --- on choices ---

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of a random architecture: an option of every decision, drawn uniformly until the space allows them.

        Raises:
            ValueError: it allows none of `MOST_DRAWS`.
        """
        counts, _ = self._ranges
        for _ in range(MOST_DRAWS):
            choices = generator.integers(counts).tolist()
            if self.allows(choices):
                return list(self.representative(choices))
        raise ValueError(f"{self.name} allows none of {MOST_DRAWS:,} random choices; it has to draw them itself")

    def mutate_choices(
        self, choices: Sequence[int], generator: np.random.Generator, probability: float
    ) -> tuple[int, ...]:
        """Each choice drawn anew with this probability, from all options of its decision; the space may forbid them."""
        mutant = list(choices)
        for place in np.flatnonzero(generator.random(len(mutant)) < probability).tolist():
            mutant[place] = int(generator.integers(len(self.decisions[place].options)))
        return tuple(mutant)

    def cross_choices(
        self, one: Sequence[int], other: Sequence[int], generator: np.random.Generator
    ) -> tuple[int, ...]:
        """Every choice from either parent, with equal probability; the space may forbid them."""
        from_other = generator.random(len(one)) < 0.5
        return tuple(b if second else a for a, b, second in zip(one, other, from_other, strict=True))

    # --- on architectures ---

    def neighbours(self, architecture: A) -> list[A]:
        """The architectures of other keys that another option of one decision leads to, one of each key.

        A decision that becomes active takes its placeholder, so that there are no more of them than options.
        """
        seen, found = {self.key(architecture)}, []
        for choices in self._one_change(self.to_choices(architecture), self.active(architecture)):
            if self.allows(choices):
                neighbour = self.from_choices(choices)
                if (key := self.key(neighbour)) not in seen:
                    seen.add(key)
                    found.append(neighbour)
        return found

    def _one_change(self, choices: tuple[int, ...], active: Sequence[bool]) -> Iterator[tuple[int, ...]]:
        for place, decision in enumerate(self.decisions):
            for option in range(len(decision.options)) if active[place] else ():
                if option != choices[place]:
                    yield (*choices[:place], option, *choices[place + 1 :])

    def mutate(self, architecture: A, generator: np.random.Generator) -> A:
        """An architecture of another key: another option of one active decision, drawn until it leads to one.

        Raises:
            ValueError: none of `MOST_DRAWS` does.
        """
        choices, key = self.to_choices(architecture), self.key(architecture)
        active = self.active(architecture)
        places = [place for place, one in enumerate(self.decisions) if active[place] and len(one.options) > 1]
        for _ in range(MOST_DRAWS) if places else ():
            place = places[generator.integers(len(places))]
            count = len(self.decisions[place].options)
            option = (choices[place] + int(generator.integers(1, count))) % count
            mutant = (*choices[:place], option, *choices[place + 1 :])
            if self.allows(mutant) and self.key(child := self.from_choices(mutant)) != key:
                return child
        raise ValueError(f"{self.name} allows no other architecture that differs from {architecture} in one decision")

    def crossover(self, first: A, second: A, generator: np.random.Generator) -> A:
        """A child that takes every choice from either parent, drawn again until the space allows it.

        Raises:
            ValueError: it allows none of `MOST_DRAWS`.
        """
        parents = self.to_choices(first), self.to_choices(second)
        for _ in range(MOST_DRAWS):
            child = self.cross_choices(*parents, generator)
            if self.allows(child):
                return self.from_choices(child)
        raise ValueError(f"{self.name} allows none of {MOST_DRAWS:,} children of {first} and {second}")
