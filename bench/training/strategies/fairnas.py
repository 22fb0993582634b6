"""FairNAS, strict fairness [Chu2021]: a round trains every option of every decision exactly once, then updates once.

References:
    [Chu2021] Chu, Zhang & Xu, "FairNAS: Rethinking Evaluation Fairness of Weight Sharing NAS", ICCV 2021.
"""

from __future__ import annotations

import numpy as np

from bench.training.step import Step
from bench.training.strategies.strategy import Strategy


class FairNas(Strategy):
    name = "fairnas"
    label = "FairNAS"
    reference = "Chu2021"

    @property
    def passes_per_step(self) -> int:
        return max(len(decision.options) for decision in self.decisions)

    def accumulate(self, step: Step) -> float:
        total = 0.0
        for path in self.round():
            loss = step.loss(path)
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        return total / self.passes_per_step

    def round(self) -> list[list[int]]:
        """The paths of one round: column d is a permutation of decision d's options.

        A decision with fewer options than the largest starts over with a new permutation.
        """
        columns = [self._column(len(decision.options)) for decision in self.decisions]
        return [list(path) for path in zip(*columns, strict=True)]

    def _column(self, options: int) -> list[int]:
        rounds = -(-self.passes_per_step // options)
        orders = [self.generator.permutation(options) for _ in range(rounds)]
        return [int(option) for option in np.concatenate(orders)[: self.passes_per_step]]
