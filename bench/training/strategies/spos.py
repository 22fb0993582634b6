"""Single path one-shot [Guo2020]: every step trains one path, uniform over architectures.

A step may train several paths, drawn one after the other, on the same batch. Their gradients are summed, as in FairNAS
[Chu2021], and the weights are then updated once, so that a step spends as many passes. The clip is of the sum, and the
loss that is recorded is their mean.

References:
    [Chu2021] Chu, Zhang & Xu, "FairNAS: Rethinking Evaluation Fairness of Weight Sharing NAS", ICCV 2021.
    [Guo2020] Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling", ECCV 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy


@STRATEGIES.register
class SinglePathOneShot(Strategy):
    """The base of all strategies that train single paths; they differ in where these come from.

    Those that draw them uniformly have the switch `paths`: how many a step trains.
    """

    name = "spos"
    label = "SPOS"
    reference = "Guo2020"
    switches: ClassVar[Mapping[str, tuple[str | int, ...]]] = {"paths": (1, 2, 3, 5)}

    @property
    def passes_per_step(self) -> int:
        return int(self.chosen.get("paths", 1))

    def accumulate(self, step: Step) -> Tensor:
        paths = int(self.chosen.get("paths", 1))
        total = self._descend(step)
        for _ in range(paths - 1):
            total = total + self._descend(step)
        return total / paths if paths > 1 else total

    def _descend(self, step: Step) -> Tensor:
        """Add the gradient of one path; its loss."""
        loss = step.loss(self.path())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def path(self) -> list[int]:
        """Choices of the architecture that is trained next."""
        return self.space.random_choices(self.generator)
