"""Architecture logits: one trainable vector a decision, with the optimizer of DARTS [Liu2019].

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from nasrank.spaces.decisions import Decision


class ArchitectureLogits:
    """Logits `(options,)` of every decision, drawn from N(0, 0.001^2), updated by Adam on a loss.

    They stay on the CPU, being a few dozen numbers that the strategies turn into Python decisions. Where the super-net
    is on another device, an update waits for it once, for the gradients of all, see `nasrank.spaces.placing`.
    """

    def __init__(
        self, decisions: Sequence[Decision], generator: np.random.Generator, *, learning_rate: float = 3e-4
    ) -> None:
        self.values = [
            torch.tensor(1e-3 * generator.standard_normal(len(decision.options)), dtype=torch.float32).requires_grad_()
            for decision in decisions
        ]
        self._optimizer = torch.optim.Adam(self.values, lr=learning_rate, betas=(0.5, 0.999), weight_decay=1e-3)

    def descend(self, loss: Tensor) -> None:
        """One Adam step on the logits that the loss depends on; no other parameter gets a gradient."""
        self.follow(torch.autograd.grad(loss, self.values, allow_unused=True))

    def follow(self, gradients: Sequence[Tensor | None]) -> None:
        """One Adam step against these gradients, `(options,)` each; what has none stays as it is."""
        for logits, gradient in zip(self.values, gradients, strict=True):
            logits.grad = gradient
        self._optimizer.step()

    def probabilities(self) -> list[Tensor]:
        """Softmax of every decision's logits, `(options,)` each, differentiable."""
        return [logits.softmax(0) for logits in self.values]
