"""DARTS, first order [Liu2019]: every step trains the mixture of all options, weighted by a softmax over logits.

The logits descend the loss on held-out images before the weights descend theirs. A step computes every option of
every decision twice, once for the logits and once for the weights, and the space says what such a mixture is charged
for. On NAS-Bench-201 that is five passes along a path, one an option, which is more than it costs: the stem, the
reductions and the head are computed once a mixture, and `none` and skip connections cost next to nothing, so that a
charged pass takes some three quarters of the time of a path's. On NAS-Bench-101, where a mixture is computed wider than
a path, it is six.

Logits move from the first step on, as in the paper. Where landmarks guide [Yu2021], their authors' code warms the
weights up under a fixed mixture first, adds the landmark term in that mode, and only then lets the logits move; here
the term sees hard paths, as in every strategy, and the logits move with it.

The architecture it derives is the likeliest one under the logits. Every option takes part, also one that computes
nothing, as on NAS-Bench-201; in the paper's own space that one is left out, and each node keeps two edges.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.discretization import best_choices, total_scores
from nasrank.bench.training.strategies.logits import ArchitectureLogits
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.spaces.decisions import Decision
from nasrank.spaces.subspace import Choosable


@STRATEGIES.register
class Darts(Strategy):
    name = "darts"
    label = "DARTS (1st order)"
    reference = "Liu2019"
    mixes = True
    learning_rate: ClassVar[float] = 3e-4

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        self.logits = ArchitectureLogits(self.learned_decisions(), generator, learning_rate=self.learning_rate)

    def learned_decisions(self) -> Sequence[Decision]:
        """What has logits: the decisions of the space, and after them what a variant adds."""
        return self.space.decisions

    @property
    def passes_per_step(self) -> int:
        return 2 * self.space.passes_per_mixture

    def mixture(self) -> list[Tensor]:
        """Weights of all options, `(options,)` a decision, differentiable in the logits."""
        return self.logits.probabilities()

    def fixed_mixture(self) -> list[Tensor]:
        """The same as constants."""
        return [weights.detach() for weights in self.mixture()]

    def update_architecture(self, step: Step) -> None:
        self.logits.descend(step.loss(self.mixture(), step.held_out()))

    def accumulate(self, step: Step) -> Tensor:
        loss = step.loss(self.fixed_mixture())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def scores(self) -> list[Tensor]:
        """What each option counts, `(options,)` a decision: the log of its weight."""
        return [weights.log() for weights in self.fixed_mixture()]

    def derive(self) -> list[int]:
        """The architecture of greatest total score."""
        return best_choices(self.space, self.scores(), self.generator)

    def preference(self, paths: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        return total_scores(self.scores(), paths)
