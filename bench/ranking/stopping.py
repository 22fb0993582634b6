"""Which comparisons are decided at their looks, and which need no further seeds: pure functions on arrays.

A comparison that has stopped keeps the seeds that it has, and with them its p-value. So the answer depends on nothing
but the values and the rule, and it is the same whether it is asked after every seed or once in the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from nasrank.bench.ranking.intervals import Values
from nasrank.bench.ranking.multiplicity import p_of
from nasrank.bench.ranking.sequential import Looks


class Why(StrEnum):
    """Why a comparison has no further seeds."""

    DECIDED = "decided"
    NARROW = "narrow"
    """Its interval is narrower than was asked for; nothing need be decided by it."""
    UNDEFINED = "without a value"
    """A trial failed or its scores are equal, and no further seed can give their mean a value."""
    LAST = "undecided at the last look"
    GOES_ON = "goes on"


class Stop(NamedTuple):
    """With how many seeds a comparison stands, at which look, from 1, that is, and why it goes no further."""

    seeds: int
    look: int
    why: Why


@dataclass(frozen=True)
class StoppingRule:
    """When a comparison needs no further seeds.

    Attributes:
        error: of all that is decided wrongly in a family, and of the intervals of each comparison; such as 0.05.
        when_decided: whether it stops where it is decided.
        width: of an interval, from end to end, below which it stops; None for none.
    """

    looks: Looks
    error: float
    when_decided: bool = True
    width: float | None = None

    def stops(self, gains: Mapping[str, Values], bounds: tuple[float, float]) -> dict[str, Stop]:
        """How the comparisons of a family stand that were looked at together at each look, as far as each has seeds.

        Args:
            gains: paired differences, by the name of the comparison, each of as many seeds as one of the looks has;
                NaN where a seed has none.
            bounds: what a gain can be at all.

        Raises:
            ValueError: one has another number of seeds.
        """
        counts = {name: len(values.observed) for name, values in gains.items()}
        for seeds in counts.values():
            self.looks.level(seeds, self.error)
        found: dict[str, Stop] = {}
        for place, look in enumerate(self.looks.seeds, start=1):
            here = [name for name, seeds in counts.items() if seeds == look]
            if not here:
                continue
            family = {name: values.first(min(look, counts[name])) for name, values in gains.items()}
            verdicts = dict(zip(family, self._decided(list(family.values())), strict=True))
            for name in here:
                why = self._why(family[name], look, verdicts[name], bounds)
                found[name] = Stop(look, place, why)
        return {name: found[name] for name in gains}

    def _decided(self, family: Sequence[Values]) -> list[bool]:
        seeds = [len(values.observed) for values in family]
        return holm_at_looks([p_of(values) for values in family], seeds, self.error, self.looks)

    def _why(self, values: Values, look: int, rejected: bool, bounds: tuple[float, float]) -> Why:
        confidence = 1 - self.looks.level(look, self.error)
        interval = values.over_seeds(confidence=confidence, pool_size=0, bounds=bounds)
        if not interval.low <= interval.high:
            return Why.UNDEFINED
        if rejected and self.when_decided and not interval.low <= 0 <= interval.high:
            return Why.DECIDED
        if self.width is not None and interval.high - interval.low < self.width:
            return Why.NARROW
        return Why.LAST if look == self.looks.seeds[-1] else Why.GOES_ON


def holm_at_looks(
    p_values: Sequence[float], seeds: Sequence[int], error: float, looks: Looks | None = None
) -> list[bool]:
    """Which are rejected by Holm's step-down test over comparisons that stand at different looks, in the order given.

    With r left to reject, each is held against the level that its look has where all looks together may err in `error`
    over r: that is Holm's test over their repeated p-values.

    Args:
        p_values: of each by all its seeds; NaN is never rejected, and does not count.
        seeds: of each, as many as there are at one of the looks; 1 or 0 for what is looked at once.
        looks: None where all are looked at once, which leaves Holm's own test.
    """
    left = [place for place, p in enumerate(p_values) if not math.isnan(p)]
    rejected = [False] * len(p_values)
    while left:
        share = error / len(left)
        found = [place for place in left if p_values[place] <= (looks.level(seeds[place], share) if looks else share)]
        if not found:
            break
        for place in found:
            rejected[place] = True
        left = [place for place in left if not rejected[place]]
    return rejected
