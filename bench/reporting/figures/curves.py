"""What the frame has of the way through training, as arrays."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from nasrank.bench.analysis.during_training import AT, fraction_of
from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.ranking.arrays import FloatArray

_BEGIN = AT.split("{", maxsplit=1)[0]


class Curves(NamedTuple):
    """One metric of an arm.

    Attributes:
        fractions: of training, rising, `(points,)`.
        values: `(seeds, points)`, of the seeds that finished; NaN where there is no value.
        measured: how many of them are there, with or without a value.
    """

    fractions: FloatArray
    values: FloatArray
    measured: int

    def mean(self, place: int) -> float:
        """Over the seeds that have a value at this point."""
        known = self.values[~np.isnan(self.values[:, place]), place]
        return float(known.mean()) if len(known) else NOTHING


def curves(summary: Summary, metric: str) -> defaultdict[str, Curves]:
    """Of every arm; without points where there is nothing."""
    points = defaultdict[str, list[Finding]](list)
    for one in summary.frame:
        if one.metric == metric and one.seed is not None and one.part.startswith(_BEGIN):
            points[one.arm].append(one)
    found = defaultdict[str, Curves](lambda: Curves(np.empty(0), np.empty((0, 0)), 0))
    for arm, some in points.items():
        fractions = sorted({fraction_of(one.part) for one in some})
        seeds = list(dict.fromkeys(one.seed for one in some))
        values = np.full((len(seeds), len(fractions)), np.nan)
        for one in some:
            values[seeds.index(one.seed), fractions.index(fraction_of(one.part))] = one.value
        found[arm] = Curves(np.array(fractions), values, len(some))
    return found
