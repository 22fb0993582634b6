"""GDAS [Dong2019]: paths are drawn by Gumbel noise on logits, hard forward and soft backward.

The temperature falls linearly from 10 to 0.1 over training. The logits descend the loss on held-out images; the
weights descend theirs along another draw. Only the drawn option of a decision is computed. The authors' code has two
ways to go on with the others, which give other gradients to the logits (on NAS-Bench-201 with a mean cosine of 0.5):

"numbers" is what the authors train with on NAS-Bench-201, `forward_gdas` of `NAS201SearchCell` in AutoDL-Projects: the
weights of options that were not drawn are added to the features, of value zero, but with gradients of their own, as if
such an option's output were one everywhere. "nothing" is `forward_gdas_v1` there, and what the same code does on the
space of the paper: options that were not drawn take no part, so a gradient reaches their logits through the softmax
alone, and none where the drawn one computes nothing.

Where a space forbids combinations, all decisions are drawn again until it allows them: hard samples then follow the
Gumbel distribution given that they make an architecture. The gradient is that of the unconstrained softmax. Where that
would never end, as among DARTS's cells with two edges into each node, what was drawn on every edge is computed, as the
authors do: more than along a path.

References:
    [Dong2019] Dong & Yang, "Searching for a Robust Neural Architecture in Four GPU Hours", CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.discretization import best_choices, total_scores
from nasrank.bench.training.strategies.logits import ArchitectureLogits
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy
from nasrank.spaces.subspace import Choosable, found_by_chance

FIRST_TEMPERATURE, LAST_TEMPERATURE = 10.0, 0.1


@STRATEGIES.register
class Gdas(Strategy):
    name = "gdas"
    label = "GDAS"
    reference = "Dong2019"
    mixes = True
    revision = 1
    passes_per_step = 2
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {"undrawn": ("numbers", "nothing")}

    def __init__(self, space: Choosable, generator: np.random.Generator, **switches: str | int) -> None:
        super().__init__(space, generator, **switches)
        self.logits = ArchitectureLogits(space.decisions, generator)
        self._constrained = found_by_chance(space)

    def update_architecture(self, step: Step) -> None:
        numbers = self.chosen["undrawn"] == "numbers"
        self.logits.descend(step.loss(self.draw(step.fraction), step.held_out(), numbers=numbers))

    def accumulate(self, step: Step) -> Tensor:
        drawn = self.draw(step.fraction)
        loss = step.loss(_choices(drawn) if self._constrained else [weights.detach() for weights in drawn])
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def derive(self) -> list[int]:
        """The likeliest architecture under the logits."""
        return best_choices(self.space, self._log_probabilities(), self.generator)

    def preference(self, paths: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        return total_scores(self._log_probabilities(), paths)

    def _log_probabilities(self) -> list[Tensor]:
        return [logits.detach().log_softmax(0) for logits in self.logits.values]

    def draw(self, fraction: float) -> list[Tensor]:
        """A one-hot sample of every decision, `(options,)`, whose gradient is that of the tempered softmax.

        Raises:
            FloatingPointError: the logits have moved to where hardly any combination is an architecture.
        """
        temperature = FIRST_TEMPERATURE + fraction * (LAST_TEMPERATURE - FIRST_TEMPERATURE)

        def draw() -> list[Tensor]:
            return [self._draw(logits, temperature) for logits in self.logits.values]

        return self.draw_allowed(draw, _choices) if self._constrained else draw()

    def _draw(self, logits: Tensor, temperature: float) -> Tensor:
        noise = torch.tensor(self.generator.gumbel(size=len(logits)), dtype=logits.dtype)
        soft = ((logits.log_softmax(0) + noise) / temperature).softmax(0)
        hard = torch.nn.functional.one_hot(soft.argmax(), len(soft)).to(soft.dtype)
        return hard - soft.detach() + soft


def _choices(sample: list[Tensor]) -> list[int]:
    return [int(weights.argmax()) for weights in sample]
