"""Two tasks whose scores are no means over batches, for tests: perplexity, and mean intersection over union."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.data import Description
from nasrank.bench.tasks import Score, Task


@dataclass(frozen=True)
class Perplexity(Task):
    """The exponential of the mean cross-entropy of a token; outputs `(n, tokens)` and targets `(n,)`."""

    name = "perplexity"
    measures = (Score("perplexity", "perplexity", "1", higher_is_better=False, low=1.0),)
    tokens: int

    @classmethod
    def of(cls, data: Description) -> Self:
        return cls(len(data.classes))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        losses = F.cross_entropy(outputs.double(), targets, reduction="sum")
        return torch.stack([losses, torch.full_like(losses, len(targets))])

    def scores(self, total: Tensor) -> dict[str, float]:
        return {"perplexity": math.exp(total[0] / total[1])}

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        outputs = torch.randn(samples, self.tokens, generator=generator)
        return outputs, torch.randint(self.tokens, (samples,), generator=generator)


@dataclass(frozen=True)
class IntersectionOverUnion(Task):
    """The mean over classes, of those that there are; outputs `(n, classes)` and targets `(n,)`."""

    name = "intersection_over_union"
    measures = (Score("miou", "mean intersection over union", "fraction", higher_is_better=True, low=0.0, high=1.0),)
    classes: int

    @classmethod
    def of(cls, data: Description) -> Self:
        return cls(len(data.classes))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets)

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        found, right = (F.one_hot(one, self.classes).double() for one in (outputs.argmax(1), targets))
        both = (found * right).sum(0)
        return torch.cat([both, found.sum(0) + right.sum(0) - both])

    def scores(self, total: Tensor) -> dict[str, float]:
        both, either = total.split(self.classes)
        there = either > 0
        return {"miou": float((both[there] / either[there]).mean())}

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        outputs = torch.randn(samples, self.classes, generator=generator)
        return outputs, torch.randint(self.classes, (samples,), generator=generator)
