"""Evolution as in RLNAS [Zhang2021]: the best are kept, mutated and crossed over, generation after generation.

The first generation is random. Every later one is made of mutants, whose parents have each choice changed with a small
probability, and of children that take every choice from either of two parents; parents are drawn from the best so far.
What a space does not allow, or what has been looked at, is drawn again.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from nasrank.bench.search.searcher import SEARCHERS, Choices, Objective, Searcher, Settings, search
from nasrank.spaces.subspace import Choosable


class EvolutionSettings(Settings):
    """Sizes of the search."""

    population: int = Field(default=100, ge=1)
    """Architectures of a generation, half of them mutants and half children."""

    parents: int = Field(default=30, ge=1)
    """The best so far, from which these are made."""

    generations: int = Field(default=20, ge=1)
    """Including the first, which is random; where a budget ends the search, it has as many as that allows."""

    mutation: float = Field(default=0.1, ge=0, le=1)
    """Probability that a choice of a mutant changes."""


@SEARCHERS.register
class Evolution(Searcher):
    """With several objectives, the best are those that the fewest others surpass in all of them."""

    name = "evolution"
    label = "evolution"
    reference = "Zhang2021"
    settings_type = EvolutionSettings
    most_objectives: ClassVar[int | None] = None

    def begin(self) -> None:
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
    space: Choosable,
    score: Objective,
    generator: np.random.Generator,
    settings: EvolutionSettings | None = None,
) -> Choices:
    """The architecture of highest score that evolution finds."""
    sizes = settings or EvolutionSettings()
    searcher = Evolution(space, generator, sizes)
    search(searcher, [score], evaluations=sizes.population * sizes.generations)
    return searcher.best()
