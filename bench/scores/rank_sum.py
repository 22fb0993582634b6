"""How to rank by several scores at once: by accuracy and the angle of the kernels [Hu2020].

References:
    [Hu2020] Hu et al., "Angle-based Search Space Shrinking for Neural Architecture Search", ECCV 2020.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.scores.combination import COMBINATIONS, Combination
from nasrank.bench.tasks import Score


def rank_sum(*scores: npt.ArrayLike) -> FloatArray:
    """Sum of the ranks that several scores `(n,)` give to each architecture, `(n,)`; higher is better [Hu2020].

    Architectures of equal score share the mean of their ranks. One without a score, which is NaN, has none here.

    Raises:
        ValueError: no scores, or not one for each architecture.
    """
    columns = [np.asarray(column, dtype=np.float64) for column in scores]
    shapes = {column.shape for column in columns}
    if len(shapes) != 1 or columns[0].ndim != 1:
        raise ValueError(f"ranks are summed over columns of equal length, not over {sorted(shapes) or 'nothing'}")
    ranks: FloatArray = sum(
        (rankdata(column, nan_policy="omit") for column in columns), start=np.zeros(len(columns[0]))
    )
    return ranks


_MEANING = Score("rank_sum", "rank sum", "ranks", higher_is_better=True, low=0.0)

COMBINATIONS.register(Combination(_MEANING, ("accuracy", "kernel_angle"), rank_sum))
