"""REINFORCE [Williams1992] as NAS-Bench-201 and NATS-Bench run it [Dong2020]: a row of logits for each decision.

Checked against `exps/NATS-algos/reinforce.py` and `exps/NAS-Bench-201-algos/reinforce.py` of D-X-Y/AutoDL-Projects
(commits 1c6c3e7 and 5d7ccd4), which agree: logits start as 0.001 times standard normal numbers; one architecture a
step, drawn anew whatever was drawn before; the reward is the validation accuracy in percent, not divided by anything;
the moving average of rewards, of decay 0.9 and corrected for its start, holds the reward before it is taken off; Adam
with the betas and the epsilon of torch; no entropy term; the answer is the best that was looked at. Nothing in them
depends on the unit of rewards but the epsilon of 1e-8. Their step length is an argument: NATS-Bench's scripts give
0.01. With the 0.5 of NAS-Bench-201's documentation it is worse than random search.

References:
    [Williams1992] Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement
        Learning", Machine Learning 8, 1992.
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.policy import Policy, PolicyGradient
from nasrank.bench.search.searcher import SEARCHERS, Choices
from nasrank.spaces.subspace import options_left

SPREAD = 1e-3
"""Standard deviation of the first logits."""


class Adam:
    """Adam with the defaults of torch.optim, for one array: PyTorch takes ten times as long for one so small.

    Args:
        parameters: changed in place.
        learning_rate: step length.
    """

    betas = (0.9, 0.999)
    epsilon = 1e-8

    def __init__(self, parameters: FloatArray, learning_rate: float) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self._mean, self._square = np.zeros_like(parameters), np.zeros_like(parameters)
        self._steps = 0

    def descend(self, gradient: FloatArray) -> None:
        """One step against the gradient, an array of the shape of the parameters."""
        self._steps += 1
        self._mean += (1 - self.betas[0]) * (gradient - self._mean)
        self._square += (1 - self.betas[1]) * (gradient**2 - self._square)
        mean = self._mean / (1 - self.betas[0] ** self._steps)
        square = self._square / (1 - self.betas[1] ** self._steps)
        self.parameters -= self.learning_rate * mean / (np.sqrt(square) + self.epsilon)


class IndependentOptions(Policy):
    """A softmax over options for each decision, whatever the other decisions choose.

    Args:
        options: those that each decision can choose.
        generator: decides the first logits, and what is drawn.
        learning_rate: step length of Adam.

    Attributes:
        logits: `(decisions, most options)`, minus infinity where a decision has no such option.
    """

    def __init__(self, options: Sequence[Sequence[int]], generator: np.random.Generator, learning_rate: float) -> None:
        self.generator = generator
        self.logits = np.full((len(options), 1 + max(map(max, options))), -np.inf)
        for row, own in zip(self.logits, options, strict=True):
            row[list(own)] = SPREAD * generator.standard_normal(len(own))
        self._optimizer = Adam(self.logits, learning_rate)
        self._rows = np.arange(len(options))

    def probabilities(self) -> FloatArray:
        """Of each option `(decisions, most options)`; the rows sum to one."""
        shares = np.exp(self.logits - self.logits.max(axis=1, keepdims=True))
        found: FloatArray = shares / shares.sum(axis=1, keepdims=True)
        return found

    def draw(self, count: int) -> list[Choices]:
        up_to = self.probabilities().cumsum(axis=1)
        levels = self.generator.random((count, len(up_to), 1)) * up_to[:, -1:]
        return list(map(tuple, (up_to <= levels).sum(axis=2).tolist()))

    def gradient(self, drawn: Sequence[Choices], advantages: FloatArray) -> FloatArray:
        """Of minus the mean of advantage times log-probability by the logits, of which it has the shape."""
        gradient: FloatArray = advantages.mean() * self.probabilities()
        for choices, advantage in zip(drawn, advantages, strict=True):
            gradient[self._rows, choices] -= advantage / len(drawn)
        return gradient

    def learn(self, drawn: Sequence[Choices], advantages: FloatArray) -> None:
        self._optimizer.descend(self.gradient(drawn, advantages))


@SEARCHERS.register
class Reinforce(PolicyGradient):
    """Options that were in architectures of more than average value become likelier, decision by decision."""

    name = "reinforce"
    label = "REINFORCE"
    reference = "Williams1992"

    def make_policy(self) -> IndependentOptions:
        return IndependentOptions(options_left(self.space), self.generator, self.settings.learning_rate)
