"""Seeds one batch after the other: when a comparison may be looked at again, and what each look may claim.

Whoever looks at 5 seeds, and where nothing is decided at 10, 15 and 20, and each time claims what a test of 5 % allows,
is wrong in 13 % of the cases where there is nothing to be found. A group-sequential test states its looks beforehand
and spreads the 5 % over them: by the time a share t of the seeds is there, log(1 + (e - 1) t) of the error may have
been spent, as by Pocock's test [LanDeMets1983]. It spends early, for that is where seeds are saved.

Levels
    How much of the error a look spends depends on how alike the looks are, which is known where seeds are normal: the
    t of the first a of n seeds depends on what comes after them through the t of all n alone, and given that it is a
    matter of a point on a sphere (see `_Looking`). So the looks are a Markov chain whatever mean and deviation are, and
    following it gives, look by look, the level that the p-value there must not exceed; each is by itself Student's,
    with as many degrees of freedom as there are seeds. For many seeds it is what the joint normal distribution gives;
    with 5 to 20, levels from that one, applied to Student's p-values, err in 5.4 % where they promise 5 %, and with 2
    to 8 in 5.9 % [JennisonTurnbull2000, 11.4]. What the pool adds to the uncertainty is the same at all looks: it makes
    them more alike, so that less is spent than may be.

Intervals
    An interval of 1 minus the level of its look is a repeated confidence interval: all looks together cover with the
    confidence of the study, so that the one at which a comparison stops does, however it came to stop there.

Several comparisons
    Holm's test over repeated p-values: the least error of all looks at which a comparison would be decided at its own.
    A comparison that has stopped keeps its p-value, so that what was decided stays so whatever the others come to.

References:
    [LanDeMets1983] K. K. G. Lan, D. L. DeMets. Discrete sequential boundaries for clinical trials. Biometrika 70(3).
    [JennisonTurnbull2000] C. Jennison, B. W. Turnbull. Group sequential methods with applications to clinical trials,
        chapters 3 (levels), 7 (spending), 9 (repeated confidence intervals) and 11 (unknown variance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri, stdtr, stdtrit

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.intervals import fewest_draws

MOST_LOOKS = 20
"""With more of them each is allowed next to nothing."""

_GRID = np.linspace(0, 6.5, 131)
"""Absolute values of a t, each as the normal value that is as unlikely; what lies beyond has a chance of 1e-10."""

_AROUND, _SPLIT = 160, 24
"""Quantiles that stand for the two things that are drawn between two looks."""


def spent(share: float) -> float:
    """The share of the error that may have been spent with a share of the seeds, both from 0 to 1."""
    return math.log1p((math.e - 1) * share)


@dataclass(frozen=True)
class Looks:
    """At which numbers of seeds, rising and of 2 or more, a comparison is looked at; the last is the most there can be.

    ValueError where they are no such numbers, or too many.
    """

    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.seeds or self.seeds[0] < 2 or any(b <= a for a, b in zip(self.seeds, self.seeds[1:], strict=False)):
            raise ValueError(f"looks are at rising numbers of seeds of 2 or more, not at {_listed(self.seeds)}")
        if len(self.seeds) > MOST_LOOKS:
            raise ValueError(f"{len(self.seeds)} looks leave each next to nothing to decide by; take {MOST_LOOKS}")

    def level(self, seeds: int, error: float) -> float:
        """What the p-value of a comparison by so many seeds must not exceed, for no more than `error` at all looks.

        One that has no seeds, or one alone, is looked at once, so that this is the error itself. ValueError for a
        number at which there is no look.
        """
        if seeds < 2:
            return error
        if seeds not in self.seeds:
            raise ValueError(f"there is no look at {seeds} seeds, only at {_listed(self.seeds)}")
        return nominal_levels(self.seeds, error)[self.seeds.index(seeds)]

    def strictest(self, error: float) -> float:
        """The least level of all looks."""
        return min(nominal_levels(self.seeds, error))


def enough_draws(wanted: int, confidence: float, looks: Looks | None) -> int:
    """So many resamples as are wanted, or as many more as the intervals of the strictest look need."""
    strictest = 1 - looks.strictest(1 - confidence) if looks else confidence
    return max(wanted, fewest_draws(strictest))


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds)) or "none"


@lru_cache(maxsize=4096)
def nominal_levels(looks: tuple[int, ...], error: float) -> tuple[float, ...]:
    """What the p-value of each look must not exceed, so that `error` is spent at all looks together.

    Args:
        looks: rising numbers of seeds.
        error: a probability such as 0.05.
    """
    levels: list[float] = []
    going = np.ones(len(_GRID))  # chance that no earlier look has decided, given the t of this one
    for place, seeds in enumerate(looks):
        if place:
            going = _looking(looks[place - 1], seeds).still_going(going, levels[-1])
        before = spent(looks[place - 1] / looks[-1]) if place else 0.0
        levels.append(_level_that_spends(error * (spent(seeds / looks[-1]) - before), going))
    return tuple(levels)


def _level_that_spends(error: float, going: FloatArray) -> float:
    """The chance of a t so far out that this much of it comes where no earlier look has decided."""
    tails = 2 * ndtr(-_GRID)
    shares = (going[1:] + going[:-1]) / 2
    beyond = np.append(np.cumsum((shares * -np.diff(tails))[::-1])[::-1], 0.0) + going[-1] * tails[-1]
    place = int(np.searchsorted(-beyond, -error)) - 1  # the last point of the grid beyond which lies more than that
    if place == len(shares):
        return float(error / going[-1])
    return float(tails[place + 1] + (error - beyond[place + 1]) / shares[place])


@lru_cache(maxsize=64)
def _looking(earlier: int, later: int) -> _Looking:
    return _Looking(earlier, later)


@dataclass(frozen=True)
class _Looking:
    """What the t of all seeds says of that of the first ones.

    Seeds of mean 0, as one point in as many dimensions as there are seeds, lie in a direction that is drawn uniformly;
    t is a function of its angle with the diagonal. Given that angle, the rest of the direction is uniform, too: the
    part of it that moves the mean of the first ones is a coordinate of a point on a sphere, and of what is then left,
    a beta variable says how much is deviation among the first ones.
    """

    earlier: int
    later: int

    def still_going(self, before: FloatArray, level: float) -> FloatArray:
        """Chance that neither the earlier look, of this level, nor one before it has decided, given the later t."""
        border = -float(ndtri(level / 2))
        inside = np.minimum(_GRID, border)
        within = np.array([np.interp(inside, _GRID, row) for row in self._at_most])
        there = np.interp(inside, _GRID, before)
        return np.asarray((np.diff(within, axis=1) * (there[1:] + there[:-1]) / 2).sum(axis=1), dtype=np.float64)

    @cached_property
    def _at_most(self) -> FloatArray:
        """Chance that the earlier t is at most each value of the grid, for each of the later t, `(grid, grid)`."""
        first, rest, every = self.earlier, self.later - self.earlier, self.later
        half = (every - 2) / 2
        around = 2 * betaincinv(half, half, _quantiles(_AROUND)) - 1
        split = betaincinv((first - 1) / 2, (rest - 1) / 2, _quantiles(_SPLIT)) if rest > 1 else np.ones(1)
        rows = []
        for value in _GRID:
            t = -float(stdtrit(every - 1, ndtr(-value)))
            cosine, sine = t / math.hypot(t, math.sqrt(every - 1)), 1 / math.hypot(1, t / math.sqrt(every - 1))
            mean = cosine * math.sqrt(first / every) + sine * math.sqrt(rest / every) * around[:, None]
            deviation = sine * np.sqrt((1 - around[:, None] ** 2) * split / (first - 1))
            found = -ndtri(stdtr(first - 1, -np.abs(mean) / np.maximum(deviation, 1e-300)))
            rows.append(np.searchsorted(np.sort(found, axis=None), _GRID, side="right") / found.size)
        return np.array(rows)


def _quantiles(count: int) -> FloatArray:
    return (np.arange(count) + 0.5) / count
