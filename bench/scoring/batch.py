"""A probe whose batch is of the size that was asked for."""

from __future__ import annotations

from torch import Tensor

from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Pass, Probe


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

    def halves(self) -> tuple[Pass, Pass]:
        """Passes over two batches of images, or over the halves of as many images as there are."""
        images, targets = self.images(2 * self.batch), self.targets(2 * self.batch)
        if len(images) < 2:
            raise NotMeasurable(f"there are {len(images)} images, which cannot be halved")
        half = len(images) // 2
        first = self.descent if half == self.batch else self.pass_over(images[:half], targets[:half])
        return first, self.pass_over(images[half : 2 * half], targets[half : 2 * half])
