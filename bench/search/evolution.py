"""Evolution as in RLNAS [Zhang2021]: the best are kept, mutated and crossed over, generation after generation.

The first generation is random. Every later one is made of mutants, whose parents have each choice changed with a small
probability, and of children that take every choice from either of two parents; parents are drawn from the best so far.
What a space does not allow, or what has been looked at, is drawn again.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nasrank.bench.search.searcher import SEARCHERS, Choices, Objective, Searcher, search
from nasrank.spaces.subspace import Choosable


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


@SEARCHERS.register
class Evolution(Searcher):
    """With several objectives, the best are those that the fewest others surpass in all of them."""

    name = "evolution"
    label = "evolution"
    reference = "Zhang2021"

    def __init__(
        self,
        space: Choosable,
        generator: np.random.Generator,
        settings: Settings = Settings(),
        *,
        objectives: int = 1,
    ) -> None:
        super().__init__(space, generator, objectives=objectives)
        self.settings = settings
        self._parents: list[Choices] = []

    def ask(self) -> list[Choices]:
        """The next generation; smaller where hardly anything new is left."""
        asked: dict[Choices, None] = {}
        self._parents = self._best()
        for place in range(self.settings.population):
            child = self.draw_new(self._child if place % 2 else self._mutant, asked) if self.seen else None
            child = child or self.draw_new(self._random, asked)
            if child is not None:
                asked[child] = None
        return list(asked)

    def _best(self) -> list[Choices]:
        """As many as there are parents, the best first; of equally good ones those that were looked at first."""
        if self.objectives == 1:
            order = sorted(self.seen, key=lambda choices: float(self.seen[choices][0]), reverse=True)
        else:
            values = np.array(list(self.seen.values())).reshape(len(self.seen), self.objectives)
            surpassed = {
                choices: int(((values >= own).all(axis=1) & (values > own).any(axis=1)).sum())
                for choices, own in self.seen.items()
            }
            order = sorted(self.seen, key=surpassed.__getitem__)
        return order[: self.settings.parents]

    def _random(self) -> list[int]:
        return self.space.random_choices(self.generator)

    def _mutant(self) -> Choices:
        return self.space.mutate_choices(self._parent(), self.generator, self.settings.mutation)

    def _child(self) -> Choices:
        return self.space.cross_choices(self._parent(), self._parent(), self.generator)

    def _parent(self) -> Choices:
        return self._parents[self.generator.integers(len(self._parents))]


def evolve(
    space: Choosable, score: Objective, generator: np.random.Generator, settings: Settings = Settings()
) -> Choices:
    """The architecture of highest score that evolution finds."""
    searcher = Evolution(space, generator, settings)
    search(searcher, [score], evaluations=settings.population * settings.generations)
    return searcher.best()
