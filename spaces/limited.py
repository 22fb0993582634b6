"""The architectures of a space that cost no more than so much, or no less: what is drawn and searched under a limit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from nasrank.spaces.space import COSTS, Cost, SearchSpace
from nasrank.spaces.subspace import MOST_DRAWS, SubSpace


@dataclass(frozen=True)
class Limit:
    """Bounds of one of the `COSTS` of the stand-alone network, both included.

    Raises:
        ValueError: there is no such cost, or the least is above the most.
    """

    cost: str
    least: float = -inf
    most: float = inf

    def __post_init__(self) -> None:
        if self.cost not in COSTS:
            raise ValueError(f"{self.cost!r:.80} cannot be limited; known are {', '.join(COSTS)}")
        if not self.least <= self.most:
            raise ValueError(f"no {self.cost} are at least {self.least:g} and at most {self.most:g}")

    def keeps(self, cost: Cost) -> bool:
        """Whether a network of this cost is within the bounds."""
        return bool(self.least <= getattr(cost, self.cost) <= self.most)

    def __str__(self) -> str:
        low, high = (f"{bound:,.0f}" for bound in (self.least, self.most))
        words = [f"at least {low}"] * (self.least > -inf) + [f"at most {high}"] * (self.most < inf)
        return f"{self.cost} {' and '.join(words)}"


class Limited(SubSpace):
    """A part of a space, with the architectures that keep limits.

    Args:
        space: a whole one, which knows what networks cost.
        limits: all of which are kept.
        options: those that are left, as of every part.
        network: options of the networks whose cost it is.
    """

    def __init__(
        self,
        space: SearchSpace[Any],
        limits: Sequence[Limit],
        options: Mapping[int, Collection[int]] | None = None,
        **network: int,
    ) -> None:
        super().__init__(space, options or {})
        self._part = SubSpace(space, options) if options else space
        self.limits = tuple(limits)
        self._whole, self._network = space, network
        self._kept: dict[tuple[int, ...], bool] = {}

    def owns(self, choices: Sequence[int]) -> bool:
        """Whether these choices, which make an architecture, make one of this part."""
        return super().owns(choices) and self._keeps(tuple(choices))

    def allows(self, choices: Sequence[int]) -> bool:
        return SubSpace.owns(self, choices) and self._whole.allows(choices) and self._keeps(tuple(choices))

    def _keeps(self, choices: tuple[int, ...]) -> bool:
        if choices not in self._kept:
            cost = self._cost(choices)
            self._kept[choices] = all(limit.keeps(cost) for limit in self.limits)
        return self._kept[choices]

    def _cost(self, choices: Sequence[int]) -> Cost:
        return self._whole.cost(self._whole.from_choices(choices), **self._network)

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """As the space draws them, or the part that some options leave, again until they keep the limits."""
        return self._within(self._part.random_choices, generator)

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        return self._within(self._part.random_class_choices, generator)

    def _within(self, draw: Callable[[np.random.Generator], list[int]], generator: np.random.Generator) -> list[int]:
        """ValueError where none of many draws is in this part: it tells what those would have cost."""
        costs: list[Cost] = []
        for _ in range(MOST_DRAWS):
            choices = draw(generator)
            if self._keeps(tuple(choices)):
                return choices
            costs.append(self._cost(choices))
        reach = ", ".join(
            f"{limit.cost} from {min(values):,} to {max(values):,}"
            for limit in self.limits
            for values in [[getattr(cost, limit.cost) for cost in costs]]
        )
        raise ValueError(
            f"no architecture of {self._whole.name} was found with {' and '.join(map(str, self.limits))}: "
            f"{len(costs):,} random ones have {reach}"
        )
