"""Pareto-dominance novelty search, the search of MTF-PDNS [Vo2024].

It does not climb by its objectives. All that nothing surpasses is kept in an archive, and who may have offspring is
decided by novelty: the mean distance to the archive in the space of objectives, so that members far from the others are
preferred to members near them, these to what is nearly as good, and that to what is far behind.

A generation: parents are paired at random, crossed over at two points and mutated; the offspring is told, and parents
and offspring, paired at random, compete: of each two the more novel one becomes a parent.

Checked against the authors' code (github.com/ELO-Lab/PDNS at f2c0d58, algorithms/novelty_search): normalization by the
least and largest values of the competitors and the archive together, with what has no value at the worst end; the sign;
the Euclidean mean over all of the archive, itself included; pairs of one permutation; the two points, which are
different genes of which the later is not exchanged; mutation to another option with 1/6 a gene, on NAS-Bench-101 with
its 26 genes as well; repeated architectures are neither avoided nor dropped; 26 attempts to make what a space allows.
It differs in three places: the first population has no architecture twice; where 26 crossovers are not allowed, the
parents are taken as they are, for which the code takes the last; and what makes one architecture has one genotype here.
The text of the paper was not at hand: what it says and its code does not do is not known here.

References:
    [Vo2024] Vo & Luong, "Efficient Multi-Objective Neural Architecture Search via Pareto Dominance-based Novelty
        Search", GECCO 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.spatial.distance import cdist

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.archive import ParetoArchive
from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings

ATTEMPTS = 26
"""So often is a crossover or a mutation tried whose outcome the space does not allow; then there is none."""


class PDNSSettings(Settings):
    """Sizes of the search, as published."""

    population: int = Field(default=20, ge=2)
    """Architectures that have offspring, and as many offspring of a generation."""

    mutation: float = Field(default=1 / 6, ge=0, le=1)
    """Probability that a choice of the offspring becomes another; one of the six of NAS-Bench-201, on average."""


@SEARCHERS.register
class PDNS(Searcher):
    """With one objective it prefers what is near the best, of which all that are equally good are equally novel.

    Attributes:
        archive: of all that it was told of.
        population: those that have offspring, some of them perhaps more than once.
    """

    name = "pdns"
    label = "PDNS"
    reference = "Vo2024"
    settings_type = PDNSSettings
    repeats: ClassVar[bool] = True
    most_objectives: ClassVar[int | None] = None

    def begin(self) -> None:
        self.archive = ParetoArchive(self.objectives)
        self.population: list[Choices] = []
        self._offspring: list[Choices] = []

    def ask(self) -> list[Choices]:
        """What is missing of a first, random population, of which there is no more than the space has; then offspring.

        What was told and not asked for competes as offspring does.
        """
        pool, self._offspring = self.population + self._offspring, []
        self.population = self._survivors(pool) if len(pool) > self.settings.population else pool
        if len(self.population) < self.settings.population:
            return self._first(self.settings.population - len(self.population))
        mates = [self.population[place] for place in self.generator.permutation(len(self.population))]
        unpaired = mates[len(mates) // 2 * 2 :]
        children = [child for pair in zip(mates[::2], mates[1::2], strict=False) for child in self._crossed(*pair)]
        return [self._mutated(child) for child in children + unpaired]

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        known = {tuple(one): self.seen[tuple(one)] for one in choices if tuple(one) in self.seen}
        super().tell(choices, values)
        told = [tuple(one) for one in choices]
        if any(not np.array_equal(before, self.seen[one]) for one, before in known.items()):
            self.archive = ParetoArchive.of(self.seen, self.objectives)
        else:
            for one in told:
                self.archive.add(one, self.seen[one])
        self._offspring += told

    def _first(self, missing: int) -> list[Choices]:
        asked: dict[Choices, None] = {}
        for _ in range(missing):
            choices = self.draw_new(lambda: self.space.random_choices(self.generator), asked)
            if choices is None:
                break
            asked[choices] = None
        return list(asked)

    def _survivors(self, pool: list[Choices]) -> list[Choices]:
        """The more novel one of every pair; paired again where that is not enough."""
        values = np.array([self.seen[choices] for choices in pool])
        novel = novelty(values, self.archive.values, np.array([choices in self.archive for choices in pool]))
        winners: list[int] = []
        while len(winners) < self.settings.population:
            one, other = self.generator.permutation(len(pool))[: len(pool) // 2 * 2].reshape(-1, 2).T
            winners += np.where(novel[other] > novel[one], other, one).tolist()
        return [pool[place] for place in winners[: self.settings.population]]

    def _crossed(self, one: Choices, other: Choices) -> tuple[Choices, Choices]:
        """What lies between two points exchanged, or both as they are where the space allows no such children."""
        for _ in range(ATTEMPTS if len(one) > 1 else 0):
            start, end = np.sort(self.generator.choice(len(one), size=2, replace=False))
            first = self.admitted((*one[:start], *other[start:end], *one[end:]))
            second = self.admitted((*other[:start], *one[start:end], *other[end:]))
            if first is not None and second is not None:
                return first, second
        return one, other

    def _mutated(self, child: Choices) -> Choices:
        """Some choices replaced by others, or the child as it is where the space allows no such mutant."""
        for _ in range(ATTEMPTS):
            mutant = list(child)
            for place in np.flatnonzero(self.generator.random(len(child)) < self.settings.mutation).tolist():
                count = len(self.space.decisions[place].options)
                if count > 1:
                    mutant[place] = (mutant[place] + int(self.generator.integers(1, count))) % count
            admitted = self.admitted(tuple(mutant))
            if admitted is not None:
                return admitted
        return child


def novelty(values: FloatArray, archive: FloatArray, members: npt.NDArray[np.bool_]) -> FloatArray:
    """Mean Euclidean distance of points to an archive, negative for those that are not in it, `(n,)`.

    Every objective is scaled to [0, 1] by the least and the largest finite value of both; what is infinite is at its
    end, and an objective in which nothing differs counts nothing.

    Args:
        values: of the points, `(n, objectives)`.
        archive: values of its members, `(m, objectives)`.
        members: which of the points are in the archive, `(n,)`.
    """
    both = np.concatenate([values, archive])
    finite = np.isfinite(both)
    some = finite.any(axis=0)
    least = np.where(some, np.where(finite, both, np.inf).min(axis=0), 0.0)
    extent = np.where(some, np.where(finite, both, -np.inf).max(axis=0), 0.0) - least
    scaled = np.clip((both - least) / np.where(extent > 0, extent, 1.0), 0.0, 1.0)
    distance: FloatArray = cdist(scaled[: len(values)], scaled[len(values) :]).mean(axis=1)
    return np.where(members, distance, -distance)
