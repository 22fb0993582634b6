"""GDAS [Dong2019]: paths are drawn by Gumbel noise on logits, hard forward and soft backward.

The temperature falls linearly from 10 to 0.1 over training. The logits descend the loss on held-out images; the
weights descend theirs along another draw. Only the drawn option of a decision is computed, so a gradient reaches the
other logits through the softmax alone.

References:
    [Dong2019] Dong & Yang, "Searching for a Robust Neural Architecture in Four GPU Hours", CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from bench.training.step import Step
from bench.training.strategies.logits import ArchitectureLogits
from bench.training.strategies.strategy import Strategy
from spaces.space import Decision

FIRST_TEMPERATURE, LAST_TEMPERATURE = 10.0, 0.1


class Gdas(Strategy):
    name = "gdas"
    label = "GDAS"
    reference = "Dong2019"
    passes_per_step = 2

    def __init__(self, decisions: Sequence[Decision], generator: np.random.Generator) -> None:
        super().__init__(decisions, generator)
        self.logits = ArchitectureLogits(decisions, generator)

    def update_architecture(self, step: Step) -> None:
        self.logits.descend(step.loss(self.draw(step.fraction), step.held_out()))

    def accumulate(self, step: Step) -> float:
        loss = step.loss([int(weights.argmax()) for weights in self.draw(step.fraction)])
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def draw(self, fraction: float) -> list[Tensor]:
        """A one-hot sample of every decision, `(options,)`, whose gradient is that of the tempered softmax."""
        temperature = FIRST_TEMPERATURE + fraction * (LAST_TEMPERATURE - FIRST_TEMPERATURE)
        return [self._draw(logits, temperature) for logits in self.logits.values]

    def _draw(self, logits: Tensor, temperature: float) -> Tensor:
        noise = torch.tensor(self.generator.gumbel(size=len(logits)), dtype=logits.dtype)
        soft = ((logits.log_softmax(0) + noise) / temperature).softmax(0)
        hard = torch.nn.functional.one_hot(soft.argmax(), len(soft)).to(soft.dtype)
        return hard - soft.detach() + soft
