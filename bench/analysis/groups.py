"""Rankings within parts of the pool: a tau over the whole of it may come from telling its parts apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nasrank.bench.analysis.baselines import Baselines, BaselineScores, summarise
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.scores import Side
from nasrank.bench.analysis.summary import Group
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.runner.design import Design

FEWEST = 10
"""Architectures that a group needs to be ranked; a smaller one is listed without a value."""


def groups(
    design: Design,
    sides: Mapping[str, tuple[Side, Side]],
    baselines: Baselines[BaselineScores],
    truth: FloatArray,
    metric: Metric,
) -> tuple[Group, ...]:
    """One for each value of each trait of the space that architectures of the pool have.

    Args:
        sides: without and with landmarks, by strategy.
        truth: of the pool, `(n,)`.
        metric: what they are ranked by.
    """
    traits = [design.space.traits(architecture) for architecture in design.pool]
    found = []
    for trait in traits[0]:
        values = np.array([one[trait] for one in traits])
        for value in np.unique(values):
            members = np.flatnonzero(values == value)
            group = Group(trait, int(value), len(members), rows=(), baselines={})
            found.append(_ranked(group, members, design, sides, baselines, truth, metric))
    return tuple(found)


def _ranked(
    group: Group,
    members: npt.NDArray[np.int64],
    design: Design,
    sides: Mapping[str, tuple[Side, Side]],
    baselines: Baselines[BaselineScores],
    truth: FloatArray,
    metric: Metric,
) -> Group:
    if len(members) < FEWEST:
        return group
    inside = baselines.each(lambda one: replace(one, scores=one.scores[:, members]))
    references = summarise(design.study, inside, truth[members], {metric.name: metric})
    compare = Comparison(design.study, truth[members], references, metric)
    rows = []
    for name, pair in sides.items():
        before, after = (replace(one, scores=one.scores[:, members]) for one in pair)
        rows.append(compare.row(name, metric, before, after))
    return replace(group, rows=tuple(rows), baselines=references.shared)
