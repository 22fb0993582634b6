"""Policy gradients [Williams1992]: a distribution over decisions, which shifts to what was worth more than usual.

What is usual is a moving average of what was told, the baseline. Architectures are drawn again until the space allows
one; its representative is given out, and what was drawn is learned from. The chance to be allowed is left out of the
gradient: with a baseline near the mean its expectation is nearly zero.

References:
    [Williams1992] Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement
        Learning", Machine Learning 8, 1992.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nasrank.bench.ranking.arrays import FloatArray, as_floats
from nasrank.bench.search.searcher import MOST_DRAWS, Choices, Searcher, Settings
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable, whole_space


class Policy(ABC):
    """A distribution over choices, one option a decision, that can be shifted."""

    @abstractmethod
    def draw(self, count: int) -> list[Choices]:
        """At least so many independent draws, whether the space allows them or not."""

    @abstractmethod
    def learn(self, drawn: Sequence[Choices], advantages: FloatArray) -> None:
        """One step up the mean over draws of advantage times log-probability.

        Args:
            drawn: choices `(n, decisions)`, of options that it can draw.
            advantages: by how much each was worth more than usual `(n,)`, finite.
        """


class MovingAverage:
    """An exponential moving average without a bias to where it starts: the first value is its own average.

    Args:
        decay: weight of what came before, in [0, 1).
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._sum = self._weight = 0.0

    def after(self, value: float) -> float:
        """The average with one value more."""
        self._sum = self.decay * self._sum + (1 - self.decay) * value
        self._weight = self.decay * self._weight + (1 - self.decay)
        return self._sum / self._weight


class PolicySettings(Settings):
    """How a policy learns."""

    learning_rate: float = Field(default=0.01, gt=0)
    """Step length of Adam, which makes it nearly the same in whatever unit values are told."""

    decay: float = Field(default=0.9, ge=0, lt=1)
    """Weight of what came before in the moving average that is the baseline."""

    samples: int = Field(default=1, ge=1)
    """Architectures of a step; one step is taken when so many have been told."""


class PolicyGradient(Searcher):
    """A searcher that draws from a policy and rewards it with what it is told.

    What has no value counts as the lowest that was told, so that it is avoided and numbers stay finite. What it did not
    ask for is remembered, and not learned from.
    """

    settings_type = PolicySettings
    repeats: ClassVar[bool] = True

    @classmethod
    def refuse(cls, space: Choosable, objectives: int) -> None:
        """As of `Searcher.refuse`; nothing would be learned where no draw is an architecture."""
        super().refuse(space, objectives)
        refuse_constrained(space, cls.name)

    def begin(self) -> None:
        self.policy = self.make_policy()
        self._baseline = MovingAverage(self.settings.decay)
        self._lowest, self._highest = np.inf, -np.inf
        self._untold: dict[Choices, list[Choices]] = {}
        self._told: list[tuple[Choices, float]] = []

    @abstractmethod
    def make_policy(self) -> Policy:
        """What it draws from at first."""

    def ask(self) -> list[Choices]:
        """As many as a step takes; some may be equal, and were looked at before."""
        pairs = draw_allowed(self.policy, self.admitted, self.settings.samples, otherwise=self._random)
        for drawn, representative in pairs:
            self._untold.setdefault(representative, []).append(drawn)
        return [representative for _, representative in pairs]

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        """As of `Searcher.tell`; where enough has been told for a step, it is taken."""
        super().tell(choices, values)
        for looked, value in zip(map(tuple, choices), as_floats("values", values).ravel(), strict=True):
            if np.isfinite(value):
                self._lowest, self._highest = min(self._lowest, value), max(self._highest, value)
            if looked in self._untold and np.isfinite(self._lowest):
                self._reward(self._drawn_as(looked), self._finite(float(value)))

    def _drawn_as(self, looked: Choices) -> Choices:
        """What was drawn when this was asked for, which is then told."""
        waiting = self._untold[looked]
        drawn = waiting.pop(0)
        if not waiting:
            del self._untold[looked]
        return drawn

    def _finite(self, value: float) -> float:
        return self._lowest if np.isnan(value) else min(max(value, self._lowest), self._highest)

    def _reward(self, drawn: Choices, value: float) -> None:
        """The baseline holds the value already when it is taken off, as in the official code."""
        self._told.append((drawn, value - self._baseline.after(value)))
        if len(self._told) == self.settings.samples:
            self.policy.learn([one for one, _ in self._told], np.array([advantage for _, advantage in self._told]))
            self._told = []

    def _random(self) -> Choices:
        return tuple(self.space.random_choices(self.generator))


def refuse_constrained(space: Choosable, searcher: str) -> None:
    """ValueError where hardly any draw of a policy, decision by decision, is an architecture."""
    whole = whole_space(space)
    if isinstance(whole, SearchSpace) and not whole.found_by_chance:
        raise ValueError(
            f"{searcher} draws decision by decision until an architecture is found, and in {whole.name} none ever is"
        )


def draw_allowed(
    policy: Policy, admitted: Callable[[Choices], Choices | None], count: int, *, otherwise: Callable[[], Choices]
) -> list[tuple[Choices, Choices]]:
    """What was drawn and the architecture that it makes, so many pairs; they need not be different.

    Args:
        admitted: the architecture's choices, or None where there is none.
        otherwise: called for what stands in where none of `MOST_DRAWS` draws in a row makes an architecture.
    """
    pairs: list[tuple[Choices, Choices]] = []
    in_vain = 0
    while len(pairs) < count and in_vain < MOST_DRAWS:
        for drawn in policy.draw(count - len(pairs)):
            architecture = admitted(drawn)
            in_vain = in_vain + 1 if architecture is None else 0
            if architecture is not None:
                pairs.append((drawn, architecture))
    return pairs[:count] + [(one, one) for one in (otherwise() for _ in range(count - len(pairs)))]
