"""FairNAS, strict fairness [Chu2021]: a round trains every option of every decision exactly once, then updates once.

Of decisions with fewer options than others some options are trained once more than the rest.

Where a space constrains some decisions, such as which edges there are, their options cannot be permuted by
themselves. A round then takes their choices from one architecture, drawn uniformly, and is fair to the options of the
others.

References:
    [Chu2021] Chu, Zhang & Xu, "FairNAS: Rethinking Evaluation Fairness of Weight Sharing NAS", ICCV 2021.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy


@STRATEGIES.register
class FairNas(Strategy):
    name = "fairnas"
    label = "FairNAS"
    reference = "Chu2021"

    @property
    def passes_per_step(self) -> int:
        return max((len(decision.options) for decision in self.space.decisions if decision.free), default=1)

    def accumulate(self, step: Step) -> Tensor:
        losses = []
        for path in self.round():
            loss = step.loss(path)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach().double())
        return reduce(torch.add, losses) / self.passes_per_step

    def round(self) -> list[list[int]]:
        """The paths of one round: column d is a permutation of decision d's options.

        A decision with fewer options than the largest starts over with a new permutation; the column of a constrained
        one holds a single choice.
        """
        decisions = self.space.decisions
        paths = np.stack([self._column(len(decision.options)) for decision in decisions], axis=1)
        constrained = [place for place, decision in enumerate(decisions) if not decision.free]
        if constrained:
            paths[:, constrained] = np.array(self.space.random_choices(self.generator))[constrained]
        return [[int(choice) for choice in path] for path in paths]

    def _column(self, options: int) -> npt.NDArray[np.int64]:
        rounds = -(-self.passes_per_step // options)
        orders = [self.generator.permutation(options) for _ in range(rounds)]
        return np.concatenate(orders)[: self.passes_per_step]
