"""DARTS, first order [Liu2019]: every step trains the mixture of all options, weighted by a softmax over logits.

The logits descend the loss on held-out images before the weights descend theirs. A step computes every option of
every decision twice, once for the logits and once for the weights, and is charged for it.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.training.step import Step
from bench.training.strategies.logits import ArchitectureLogits
from bench.training.strategies.strategy import Strategy
from spaces.space import Decision


class Darts(Strategy):
    name = "darts"
    label = "DARTS (1st order)"
    reference = "Liu2019"

    def __init__(self, decisions: Sequence[Decision], generator: np.random.Generator) -> None:
        super().__init__(decisions, generator)
        self.logits = ArchitectureLogits(decisions, generator)

    @property
    def passes_per_step(self) -> int:
        return 2 * max(len(decision.options) for decision in self.decisions)

    def update_architecture(self, step: Step) -> None:
        self.logits.descend(step.loss(self.logits.probabilities(), step.held_out()))

    def accumulate(self, step: Step) -> float:
        loss = step.loss([weights.detach() for weights in self.logits.probabilities()])
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())
