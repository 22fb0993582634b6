"""A probe whose batch is of the size that was asked for."""

from __future__ import annotations

from torch import Tensor

from nasrank.predictors.zero_cost.probe import BATCH, Probe


class BatchProbe(Probe):
    """A probe in which a proxy that does not say how many images it takes gets `batch` of them.

    Those that say so, as the definitions of some do, get what they ask for.
    """

    batch: int = BATCH

    def images(self, count: int | None = None) -> Tensor:
        """The first inputs, `(batch, channels, height, width)` unless so many are asked for."""
        return super().images(self.batch if count is None else count)

    def targets(self, count: int | None = None) -> Tensor:
        """Their targets `(batch,)`."""
        return super().targets(self.batch if count is None else count)
