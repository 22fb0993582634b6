"""Groups of the pool within which architectures are also ranked: a tau over all may come from telling these apart.

A space says by which traits its architectures are alike; a study may ask for thirds of the pool by a trait, or by what
the networks cost, which often ranks well by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.ranked import Ranked, within
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.design import Design
from nasrank.spaces.integers import IntArray
from nasrank.spaces.space import COSTS


def within_groups(ranked: Ranked) -> Iterator[Finding]:
    """Tau of every row and baseline within each group of the pool."""
    design = ranked.scored.results.design
    for part, members in groups_of(design):
        yield from within(ranked, part, members)


def groups_of(design: Design) -> Iterator[tuple[str, IntArray]]:
    """What each is called, `NAME: value` or `NAME: from to`, and the places of its members in the pool."""
    asked = design.study.analysis.thirds
    traits = [design.space.traits(architecture) for architecture in design.pool]
    for name in traits[0]:
        if name not in asked:
            values = np.array([one[name] for one in traits])
            for value in np.unique(values):
                yield f"{name}: {value}", np.flatnonzero(values == value)
    for name in asked:
        yield from thirds_of(design, name)


def thirds_of(design: Design, name: str) -> Iterator[tuple[str, IntArray]]:
    """Those of the pool by a trait of its space or by a cost, as of `groups_of`."""
    if name in COSTS:
        values = np.array([getattr(design.space.cost(architecture), name) for architecture in design.pool])
    else:
        values = np.array([design.space.traits(architecture)[name] for architecture in design.pool])
    yield from thirds(name.replace("_", "-"), values)


def thirds(name: str, values: FloatArray | IntArray) -> Iterator[tuple[str, IntArray]]:
    """Three groups of about as many members, by rising value; equal values are in one group, so there may be fewer."""
    lower, upper = np.quantile(values, [1 / 3, 2 / 3], method="lower")
    third = (values > lower).astype(np.int64) + (values > upper)
    for number in np.unique(third):
        members = np.flatnonzero(third == number)
        least, greatest = values[members].min(), values[members].max()
        yield f"{name}: {_brief(least)} to {_brief(greatest)}", members


def _brief(count: float) -> str:
    """12, 3,456 or 1.23 M."""
    return f"{count / 1e6:.2f} M" if count >= 1e6 else f"{count:,.0f}"
