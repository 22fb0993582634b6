"""How far a tabulated ranking can be trusted: what one seed says of another, and the mean of all seeds of its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import ceiling_of_seeds, get_metric, tied_pair_share
from nasrank.bench.ranking.variance import components, resampled_shares
from nasrank.bench.tabulation.grouping import Grouping
from nasrank.bench.tabulation.metrics import Metric
from nasrank.bench.tabulation.settings import COMMON_SEED

DRAWS = 1000
CONFIDENCE = 0.95
FEWEST = 10
"""Architectures below which nothing is said."""

TOO_FEW = f"A noise ceiling takes {FEWEST} architectures or more whose every run has a result."


@dataclass(frozen=True)
class Reliability:
    """Noise ceilings of a table by what it is ranked by, over the architectures whose every seed has a value.

    Attributes:
        architectures: how many these are.
        seeds: how many each has.
        between_seeds: tau-b between two seeds, mean over all pairs of them; NaN with one seed.
        interval: of `between_seeds` over architectures, by the bootstrap.
        between_means: tau-b between two means of so many seeds each, stepped up from split halves; NaN with one seed.
        ties: share of pairs of architectures that the mean over seeds leaves tied.
        quartiles: of the mean over seeds: least, quartile, median, quartile, greatest, in the unit of the table.
        shares: of the variance of a single run, by what it lies between, and of each the least and the greatest that
            the bootstrap leaves; empty with one seed.
    """

    architectures: int
    seeds: int
    between_seeds: float
    interval: tuple[float, float]
    between_means: float
    ties: float
    quartiles: tuple[float, ...]
    shares: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    def sentences(self, metric: Metric) -> str:
        """The same in words, where this is what was measured."""
        least, *middle, greatest = map(metric.written, self.quartiles)
        words = (
            f"{metric.label}, mean over seeds, from {least} to {greatest}{metric.unit}, quartiles "
            f"{', '.join(middle)}{metric.unit}; {self.ties:.2%} of pairs are tied."
        )
        if self.seeds == 1:
            return f"{words} With one seed there is no noise ceiling."
        low, high = self.interval
        means = f"{self.between_means:.3f}" if self.between_means > 0 else "no agreement"
        return (
            f"{words} Noise ceiling (tau-b of {self.architectures:,} architectures): {self.between_seeds:.3f} between "
            f"two seeds ({CONFIDENCE:.0%} interval over architectures {low:.3f} to {high:.3f}), {means} between two "
            f"means of {self.seeds} seeds (stepped up from split halves). All were measured on the same test "
            f"data: this is noise of training alone.{self._of_variance()}"
        )

    def _of_variance(self) -> str:
        parts = [
            f"{share:.0%} between {name} ({low:.0%} to {high:.0%})" for name, (share, low, high) in self.shares.items()
        ]
        return f" Of the variance of a single run lie {', '.join(parts)}." if parts else ""


def reliability(values: npt.NDArray[np.float64], grouped: Grouping | None = None) -> Reliability | None:
    """Of values `(seeds, architectures)` in one unit, NaN where a run diverged; None with too few architectures."""
    there = ~np.isnan(values).any(axis=0)
    whole = values[:, there]
    seeds, architectures = whole.shape
    if architectures < FEWEST:
        return None
    means = whole.mean(axis=0)
    quartiles = tuple(float(value) for value in np.percentile(means, [0, 25, 50, 75, 100]))
    between, interval, stepped_up = np.nan, (np.nan, np.nan), np.nan
    shares: dict[str, tuple[float, float, float]] = {}
    if seeds > 1:
        ceiling = ceiling_of_seeds(whole, description="seeds of a tabulated table", fractions=())
        between, stepped_up = ceiling.between_seeds.tau, ceiling.between_means
        interval = _interval(whole)
        shares = _shares(whole, grouped, np.flatnonzero(there))
    return Reliability(architectures, seeds, between, interval, stepped_up, tied_pair_share(means), quartiles, shares)


def _shares(
    whole: npt.NDArray[np.float64], grouped: Grouping | None, there: npt.NDArray[np.int64]
) -> dict[str, tuple[float, float, float]]:
    """Of the variance, by what it lies between; empty where nothing varies."""
    names, labels = ["architectures", "training seeds"], None
    if grouped is not None:
        numbers = {label: number for number, label in enumerate(dict.fromkeys(grouped.labels))}
        labels = np.array([numbers[grouped.labels[place]] for place in there])
        names = [grouped.groups, grouped.members, "training seeds"]
    found = components(whole, labels).shares[-len(names) :]
    if np.isnan(found).any():
        return {}
    drawn = resampled_shares(whole, labels, generator(COMMON_SEED, Purpose.BOOTSTRAP), DRAWS)[:, -len(names) :]
    ends = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return {name: (share, float(low), float(high)) for name, share, low, high in zip(names, found, *ends, strict=True)}


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Of the mean tau-b over pairs of seeds; every draw resamples the architectures once for all pairs."""
    tau = get_metric("tau")
    count = values.shape[1]
    draws = generator(COMMON_SEED, Purpose.BOOTSTRAP).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    pairs = [tau.of_resamples(first, second, draws) for first, second in combinations(values, 2)]
    low, high = np.nanquantile(np.mean(pairs, axis=0), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
