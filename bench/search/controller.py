"""The recurrent controller of ENAS [Pham2018] as a policy of searchers: what it learns by, and how it is drawn from.

Every step minimizes minus the mean of advantage times log-probability by Adam. The bonus for entropy is -log p of what
was drawn, added to its advantage: its gradient is on average exactly that of the entropy. What is random comes from the
generator alone.

References:
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.policy import Policy
from nasrank.bench.search.searcher import Choices, Settings
from nasrank.bench.training.controller import Controller
from nasrank.spaces.subspace import Choosable, options_left

AT_ONCE = 4
"""Samples that the LSTM draws together at least, as one may be forbidden; it takes hardly longer than one."""


class ControllerSettings(Settings):
    """What can be chosen of the controller; the defaults are those of NAS-Bench-201's runs of ENAS."""

    hidden: int = Field(default=100, ge=1)
    """Width of its LSTM."""

    temperature: float = Field(default=5.0, gt=0)
    """By which its logits are divided."""

    tanh_constant: float | None = Field(default=2.5, gt=0)
    """Logits go through a tanh and are multiplied by this, so that none is greater; null leaves them as they are."""

    entropy: float = Field(default=1e-4, ge=0)
    """What a nat of entropy is worth, in the unit of rewards."""


class RecurrentPolicy(Policy):
    """A policy in which each choice depends on those before it.

    Args:
        space: whose decisions it takes, in their order; it draws the options that are left there.
        generator: decides the first weights, and what is drawn.
        learning_rate: step length of Adam.
        betas: of Adam.
        epsilon: of Adam; against gradients much below it steps are shorter.
        weight_decay: of Adam, added to the gradient.
        longest_gradient: of all weights together; longer ones are shortened to it. None for any length.
    """

    def __init__(
        self,
        space: Choosable,
        settings: ControllerSettings,
        generator: np.random.Generator,
        *,
        learning_rate: float,
        betas: tuple[float, float],
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        longest_gradient: float | None = None,
    ) -> None:
        self.settings = settings
        self.generator = generator
        self.longest_gradient = longest_gradient
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator.integers(2**63)))
            self.controller = Controller(
                space.decisions,
                hidden=settings.hidden,
                tanh=settings.tanh_constant,
                temperature=settings.temperature,
                left=options_left(space),
            )
        self._optimizer = torch.optim.Adam(
            self.controller.parameters(), lr=learning_rate, betas=betas, eps=epsilon, weight_decay=weight_decay
        )

    def draw(self, count: int) -> list[Choices]:
        noise = self.generator.gumbel(size=(max(count, AT_ONCE), *self.controller.shape))
        return list(map(tuple, self.controller.decode(torch.from_numpy(noise)).tolist()))

    def loss(self, drawn: Sequence[Choices], advantages: FloatArray) -> Tensor:
        """A scalar whose gradient, on average over draws, is minus that of the mean reward and its bonus."""
        log_probabilities = self.controller.log_probabilities(torch.tensor(drawn))
        gains = torch.from_numpy(advantages) - self.settings.entropy * log_probabilities.detach()
        return -(gains * log_probabilities).mean()

    def learn(self, drawn: Sequence[Choices], advantages: FloatArray) -> None:
        self._optimizer.zero_grad()
        self.loss(drawn, advantages).backward()  # type: ignore[no-untyped-call]
        if self.longest_gradient is not None:
            nn.utils.clip_grad_norm_(self.controller.parameters(), self.longest_gradient)
        self._optimizer.step()
