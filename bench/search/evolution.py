"""Evolution as in RLNAS [Zhang2021]: the best are kept, mutated and crossed over, generation after generation.

The first generation is random. Every later one is made of mutants, whose parents have each choice changed with a small
probability, and of children that take every choice from either of two parents; parents are drawn from the best so far.
What a space does not allow, or what has been looked at, is drawn again. All choices that make one architecture count as
those of its representative: mutants that differ in what the best does not depend on would fill the population.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import as_floats
from nasrank.spaces.subspace import Choosable

Choices: TypeAlias = tuple[int, ...]

Score = Callable[[Sequence[Choices]], npt.NDArray[np.float64]]
"""Of architectures, `(n,)`; higher is better, and NaN is worst."""

MOST_DRAWS = 1000
"""After so many children that are not allowed or not new, a random architecture takes their place."""


@dataclass(frozen=True)
class Settings:
    """Sizes of the search.

    Attributes:
        population: architectures of a generation, half of them mutants and half children.
        parents: the best so far, from which these are made.
        generations: including the first, which is random.
        mutation: probability that a choice of a mutant changes.
    """

    population: int = 100
    parents: int = 30
    generations: int = 20
    mutation: float = 0.1


class Evolution:
    """Asks for a generation, is told its scores, and asks for the next; each architecture once."""

    def __init__(self, space: Choosable, generator: np.random.Generator, settings: Settings = Settings()) -> None:
        self.space = space
        self.generator = generator
        self.settings = settings
        self.seen: dict[Choices, float] = {}
        self._parents: list[Choices] = []
        self._representatives: dict[Choices, Choices | None] = {}

    def ask(self) -> list[Choices]:
        """The next generation; smaller where hardly anything new is left."""
        asked: dict[Choices, None] = {}
        self._parents = sorted(self.seen, key=self.seen.__getitem__, reverse=True)[: self.settings.parents]
        for place in range(self.settings.population):
            child = self._new(self._child if place % 2 else self._mutant, asked) if self.seen else None
            child = child or self._new(self._random, asked)
            if child is not None:
                asked[child] = None
        return list(asked)

    def tell(self, choices: Sequence[Choices], scores: npt.NDArray[np.float64]) -> None:
        """Scores `(n,)` of architectures that were asked for; NaN and masked ones are the worst."""
        known = as_floats("scores", scores)
        self.seen |= dict(zip(choices, np.where(np.isnan(known), -np.inf, known).tolist(), strict=True))

    def best(self) -> Choices:
        """The architecture of highest score, of several the first.

        Raises:
            ValueError: nothing has been looked at.
        """
        if not self.seen:
            raise ValueError("the search has not looked at an architecture yet")
        return max(self.seen, key=self.seen.__getitem__)

    def _new(self, draw: Callable[[], Choices], asked: dict[Choices, None]) -> Choices | None:
        for _ in range(MOST_DRAWS):
            choices = self._admitted(draw())
            if choices is not None and choices not in self.seen and choices not in asked:
                return choices
        return None

    def _admitted(self, drawn: Choices) -> Choices | None:
        """The representative, unless the space allows no such architecture.

        A population that has converged draws the same few choices over and over; each are looked up once.
        """
        if drawn not in self._representatives:
            choices = self.space.representative(drawn) if self.space.allows(drawn) else None
            self._representatives[drawn] = choices if choices is not None and self.space.allows(choices) else None
        return self._representatives[drawn]

    def _random(self) -> Choices:
        return tuple(self.space.random_choices(self.generator))

    def _mutant(self) -> Choices:
        return self.space.mutate_choices(self._parent(), self.generator, self.settings.mutation)

    def _child(self) -> Choices:
        return self.space.cross_choices(self._parent(), self._parent(), self.generator)

    def _parent(self) -> Choices:
        return self._parents[self.generator.integers(len(self._parents))]


def evolve(space: Choosable, score: Score, generator: np.random.Generator, settings: Settings = Settings()) -> Choices:
    """The architecture of highest score that evolution finds."""
    search = Evolution(space, generator, settings)
    for _ in range(settings.generations):
        asked = search.ask()
        if not asked:
            break
        search.tell(asked, score(asked))
    return search.best()
