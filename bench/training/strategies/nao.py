"""Neural architecture optimization with weight sharing [Luo2018]: paths come from a pool that gets better.

Every step trains one member of the pool, drawn uniformly, and evaluates three others in turn on one held-out batch.
After each third of training the best members stay and others join them: first random ones, then random ones and those
that the encoder, predictor and decoder of `nasrank.predictors.nao` make of the best. Wherever it makes too few new
ones, random ones take their place.

The paper and its successors alternate long phases of training with an evaluation of the whole pool on the whole
held-out split. Here a step always costs the same, and the score of a member is a moving average over the batches on
which its turn came. A pool of which some members have no score yet is not judged but kept. There are fewer
of them than in [Yu2021] (100 seeds, 400 random, 300 new, for 400 epochs); steps are as long as there, up to 50.

References:
    [Luo2018] Luo et al., "Neural Architecture Optimization", NeurIPS 2018.
    [Yu2021] Yu et al., "Landmark Regularization: Ranking Guided Super-Net Training in Neural Architecture Search",
        CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot
from nasrank.predictors.nao import EncoderPredictorDecoder
from nasrank.spaces.subspace import Choosable

Member: TypeAlias = tuple[int, ...]


class Stage(NamedTuple):
    """How many members of a pool are the best of the one before it, proposed from those, and random."""

    best: int
    proposed: int
    random: int


STAGES = (Stage(best=0, proposed=0, random=100), Stage(best=50, proposed=0, random=200), Stage(50, 100, 100))

EVALUATED = 3
"""Evaluations a step, forward passes that together cost one of training."""

SCORE_WEIGHT = 0.2
"""Of the latest batch in the score of a member."""

LONGEST_STEP = 50


@STRATEGIES.register
class Nao(SinglePathOneShot):
    name = "nao"
    label = "NAO"
    reference = "Luo2018"
    revision = 1
    passes_per_step = 2
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {}

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        self.stage = self._turn = 0
        self._fill(set())

    def path(self) -> list[int]:
        return list(self.pool[self.generator.integers(len(self.pool))])

    def update_architecture(self, step: Step) -> None:
        """Evaluate the next members of the pool, which is replaced before that where a stage is over.

        It waits for the device at each evaluation.

        Raises:
            FloatingPointError: a score is not finite.
        """
        if step.fraction >= (self.stage + 1) / len(STAGES) and len(self.scores) == len(self.pool):
            self.stage += 1
            best = self._best(STAGES[self.stage].best)
            self._fill({*best, *self._propose(best, STAGES[self.stage].proposed)})

        batch, name = step.held_out(), step.task.score_names[0]
        for _ in range(EVALUATED):
            member = self.pool[self._turn]
            self._turn = (self._turn + 1) % len(self.pool)
            score = step.evaluate(member, batch)[name]
            if not np.isfinite(score):
                raise FloatingPointError(f"{self.label} finds that the {name} of {member} is {score}")
            before = self.scores.get(member, score)
            self.scores[member] = before + SCORE_WEIGHT * (score - before)

    def derive(self) -> list[int] | None:
        """The member of the last pool with the best score; None where there was no step."""
        best = self._best(1)
        return list(best[0]) if best else None

    def _fill(self, members: Set[Member]) -> None:
        """Start a stage with these and random members: fewer in all than it asks for where draws coincide.

        The pool is sorted, so that which member is drawn depends on what is in it and not on how that came about.
        """
        missing = sum(STAGES[self.stage]) - len(members)
        drawn = {tuple(self.space.random_choices(self.generator)) for _ in range(missing)}
        self.pool: list[Member] = sorted(members | drawn)
        self.scores: dict[Member, float] = {}
        self._turn = 0

    def _best(self, count: int) -> list[Member]:
        return sorted(self.scores, key=self.scores.__getitem__, reverse=True)[:count]

    def _propose(self, best: list[Member], count: int) -> set[Member]:
        """At most so many architectures that are not in the pool, from shorter steps before longer ones."""
        proposed: set[Member] = set()
        if not count:
            return proposed
        model = EncoderPredictorDecoder([len(decision.options) for decision in self.space.decisions], self.generator)
        model.fit(np.array(list(self.scores)), np.array(list(self.scores.values())))
        for length in range(1, LONGEST_STEP + 1):
            for member in map(tuple, model.improve(np.array(best), length).tolist()):
                if len(proposed) == count:
                    return proposed
                if not self.space.allows(member):
                    continue
                architecture = self.space.representative(member)
                if architecture not in self.scores and self.space.allows(architecture):
                    proposed.add(architecture)
        return proposed
