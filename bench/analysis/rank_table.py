"""The orders that the taus of a report stand for: ranks of the pool by the truth and by every arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasrank.bench.analysis.scores import Scored, pool_truth, without_twins
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth


@dataclass(frozen=True, eq=False)
class RankTable:
    """Ranks of the pool, 1 is the best. Of the truth nothing but its order is in it.

    Attributes:
        architectures: in the notation of the space, `(n,)`.
        true_ranks: `(n,)`; equal accuracies share the better rank.
        by_arm: ranks by the score that each arm ranks by, `(seeds, n)`; equal scores share the mean of their ranks,
            and trials that failed have NaN.
    """

    architectures: tuple[str, ...]
    true_ranks: npt.NDArray[np.int64]
    by_arm: Mapping[str, FloatArray]


def rank_table(results: Results, truth: Truth) -> RankTable:
    """Of the pool `without_twins` of landmarks, every arm once."""
    results = without_twins(results)
    scored, design = Scored(results), results.design
    arms = {arm.name: arm for row in design.rows.values() for arm in row.arms}
    return RankTable(
        tuple(map(str, design.pool)),
        stats.rankdata(-pool_truth(design, truth), method="min").astype(np.int64),
        {name: stats.rankdata(-scored.side(arm).scores, axis=1, nan_policy="propagate") for name, arm in arms.items()},
    )
