"""Factorized architecture parameters [Wang2019]: DARTS whose logits are updated one factor of the space at a time.

A factor is all decisions with the same options, such as the operations, or the activations where a space has them.
Steps update the logits of one factor after the other, with the others held; the weights train on the mixture of all. On
a space with a single factor that is first-order DARTS.

The paper optimizes operations and activations in turn, weighs every pair by the product of its two weights, and spends
no more on it than on one of the two. Here a space says which decisions it has, the product arises where its super-net
applies one after the other, and a step is charged like one of DARTS. No code was found to compare with.

References:
    [Wang2019] Wang et al., "Scalable NAS with Factorizable Architectural Parameters", arXiv:1912.13256, 2019.
"""

from __future__ import annotations

import numpy as np

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.darts import Darts
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.spaces.subspace import Choosable


@STRATEGIES.register
class Factorized(Darts):
    name = "factorized"
    label = "Factorized DARTS"
    reference = "Wang2019"

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        self.factors = list(dict.fromkeys(decision.options for decision in space.decisions))
        self._turn = 0

    def update_architecture(self, step: Step) -> None:
        factor = self.factors[self._turn]
        self._turn = (self._turn + 1) % len(self.factors)
        mixture = [
            weights if decision.options == factor else weights.detach()
            for decision, weights in zip(self.space.decisions, self.mixture(), strict=True)
        ]
        self.logits.descend(step.loss(mixture, step.held_out()))
