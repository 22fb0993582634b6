"""DARTS, first order [Liu2019]: every step trains the mixture of all options, weighted by a softmax over logits.

The logits descend the loss on held-out images before the weights descend theirs. A step computes every option of
every decision twice, once for the logits and once for the weights, and is charged for the decision with most options:
exactly where options are computed apart, and more than they cost where some of them share what they compute.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

import numpy as np

from bench.training.step import Step
from bench.training.strategies.logits import ArchitectureLogits
from bench.training.strategies.strategy import Choosable, Strategy


class Darts(Strategy):
    name = "darts"
    label = "DARTS (1st order)"
    reference = "Liu2019"

    def __init__(self, space: Choosable, generator: np.random.Generator) -> None:
        super().__init__(space, generator)
        self.logits = ArchitectureLogits(space.decisions, generator)

    @property
    def passes_per_step(self) -> int:
        return 2 * max(len(decision.options) for decision in self.space.decisions)

    def update_architecture(self, step: Step) -> None:
        self.logits.descend(step.loss(self.logits.probabilities(), step.held_out()))

    def accumulate(self, step: Step) -> float:
        loss = step.loss([weights.detach() for weights in self.logits.probabilities()])
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())
