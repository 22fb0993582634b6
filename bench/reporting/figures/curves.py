"""What the frame has of the way through training, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nasrank.bench.analysis.during_training import AT, fraction_of
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


def curves(summary: Summary, arm: str, metric: str) -> Curves:
    """Of every seed; without points where there is nothing."""
    found = [
        one
        for one in summary.frame.select(arm=arm, metric=metric, base="")
        if one.seed is not None and one.part.startswith(_BEGIN)
    ]
    fractions = sorted({fraction_of(one.part) for one in found})
    seeds = list(dict.fromkeys(one.seed for one in found))
    values = np.full((len(seeds), len(fractions)), np.nan)
    for one in found:
        values[seeds.index(one.seed), fractions.index(fraction_of(one.part))] = one.value
    return Curves(np.array(fractions), values, len(found))
