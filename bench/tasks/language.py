"""Language modelling: of each token of a window, the one that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.bench.data.description import Description
from nasrank.bench.tasks.task import TASKS, Score, Task

MOST_NATS = 700.0
"""A perplexity is given of at most so many: that of more is beyond the numbers of a computer."""


@TASKS.register
@dataclass(frozen=True)
class Language(Task):
    """One of `tokens` after each of `length`; outputs are logits `(n, length, tokens)`, targets int64 `(n, length)`.

    The loss is the mean cross-entropy of a token, and the perplexity the exponential of it over all windows together,
    which is no mean of the perplexities of batches. The statistics are the sum of the cross-entropies, and the tokens.
    Smoothed targets are the share of `label_smoothing` the same for all tokens, and the rest for the right one.
    """

    name: ClassVar[str] = "language"
    measures: ClassVar[tuple[Score, ...]] = (
        Score("perplexity", "perplexity", "1", higher_is_better=False, low=1.0, high=exp(MOST_NATS)),
        Score("loss", "loss", "nats", higher_is_better=False, low=0.0),
    )
    tokens: int
    length: int
    label_smoothing: float = 0.0

    @classmethod
    def of(cls, data: Description) -> Self:
        if not data.classes or len(data.shape) != 1:
            raise ValueError(f"{cls.name} needs windows of a text with a vocabulary; {data.name} has none")
        return cls(len(data.classes), data.shape[0])

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())

    def smoothed(self, amount: float) -> Self:
        return replace(self, label_smoothing=amount)

    def training_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if not self.label_smoothing:
            return self.loss(outputs, targets)
        return F.cross_entropy(outputs.flatten(0, 1), targets.flatten(), label_smoothing=self.label_smoothing)

    def averaged(self, outputs: Sequence[Tensor]) -> Tensor:
        """Logarithms of the means of the probabilities, which are logits of them."""
        each = torch.stack([one.double().log_softmax(2) for one in outputs])
        return each.logsumexp(0) - log(len(outputs))

    def statistics(self, outputs: Tensor, targets: Tensor) -> Tensor:
        losses = F.cross_entropy(outputs.double().flatten(0, 1), targets.flatten(), reduction="sum")
        return torch.stack([losses, torch.full_like(losses, targets.numel())])

    def scores(self, total: Tensor) -> dict[str, float]:
        losses, tokens = total.tolist()
        return {"perplexity": exp(min(losses / tokens, MOST_NATS)), "loss": losses / tokens}

    def example(self, samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        outputs = torch.randn(samples, self.length, self.tokens, generator=generator)
        return outputs, torch.randint(self.tokens, (samples, self.length), generator=generator)
