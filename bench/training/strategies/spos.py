"""Single path one-shot [Guo2020]: every step trains one path, uniform over architectures.

References:
    [Guo2020] Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling", ECCV 2020.
"""

from __future__ import annotations

from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy


@STRATEGIES.register
class SinglePathOneShot(Strategy):
    """The base of all strategies that train one path a step; they differ in where it comes from."""

    name = "spos"
    label = "SPOS"
    reference = "Guo2020"
    passes_per_step = 1

    def accumulate(self, step: Step) -> Tensor:
        loss = step.loss(self.path())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def path(self) -> list[int]:
        """Choices of the architecture that the next step trains."""
        return self.space.random_choices(self.generator)
