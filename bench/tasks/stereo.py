"""Stereo matching: how far each pixel of the left image has moved in the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.data.description import UNKNOWN, Description
from nasrank.bench.tasks.task import TASKS, Score, Task

FAR_OFF = 2.0
"""Pixels: a disparity that is off by more is counted as bad."""


@TASKS.register
@dataclass(frozen=True)
class Stereo(Task):
    """A disparity a pixel; outputs and targets are `(n, height, width)`, in pixels.

    Pixels with the target `UNKNOWN` count nowhere: those whose disparity nobody knows, or that the right image does not
    show. The statistics are the sums of the absolute errors, of the pixels that are off by more than two, and of the
    losses, and the pixels that count. The loss is the mean smooth L1 distance, half the square of an error below one
    pixel, and the error less a half from there on: but for a constant, minus the logarithm of how likely the error is
    where near ones are Gaussian and far ones exponential.
    """

    name: ClassVar[str] = "stereo"
    measures: ClassVar[tuple[Score, ...]] = (
        Score("end_point_error", "end-point error", "pixels", higher_is_better=False, low=0.0),
        Score("bad_2", "share of pixels off by more than 2", "fraction", higher_is_better=False, low=0.0, high=1.0),
        Score("loss", "loss", "nats", higher_is_better=False, low=0.0),
    )
    size: tuple[int, int]

    @classmethod
    def of(cls, data: Description) -> Self:
        if data.kind != "stereo pairs":
            raise ValueError(f"{cls.name} needs pairs of images with disparities; {data.name} has none")
        return cls((data.shape[1], data.shape[2]))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Over the pixels that count; zero, with a gradient, where there are none."""
        known = targets != UNKNOWN
        losses = F.smooth_l1_loss(outputs, targets, reduction="none")
        return losses.where(known, 0.0).sum() / known.sum().clamp(min=1)

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        known, told, true = targets != UNKNOWN, outputs.double(), targets.double()
        errors, losses = (told - true).abs(), F.smooth_l1_loss(told, true, reduction="none")
        counted = (errors, (errors > FAR_OFF).double(), losses, torch.ones_like(errors))
        # sums over all pixels, where selecting some would have the CPU wait for the device
        return torch.stack([one.where(known, 0.0).sum() for one in counted])

    def scores(self, total: Tensor) -> dict[str, float]:
        """See `Task`; ValueError where no pixel counts."""
        errors, bad, losses, pixels = total.tolist()
        if not pixels:
            raise ValueError("no pixel of these samples has a disparity, so that there is nothing to score")
        return {"end_point_error": errors / pixels, "bad_2": bad / pixels, "loss": losses / pixels}

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of each sample, about a sixth of the pixels does not count."""
        outputs, targets = (20 * torch.rand(2, samples, *self.size, generator=generator)).unbind()
        return outputs, targets.where(torch.rand(samples, *self.size, generator=generator) > 1 / 6, UNKNOWN)
