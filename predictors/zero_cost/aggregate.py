"""Several scores made into one by their ranks, as AZ-NAS [Lee2024], TE-NAS [Chen2021] and VKDNW [Tybl2025] do.

    scores = AGGREGATES["az_nas"].of({"az_expressivity": expressivity, ...}).scores

A rank depends on what else is ranked, so an aggregate is no estimator: it is made of the scores of a whole set of
architectures.

References:
    [Chen2021] Chen, Gong & Wang, "Neural Architecture Search on ImageNet in Four GPU Hours: A Theoretically Inspired
        Perspective", ICLR 2021.
    [Lee2024] Lee & Ham, "AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search", CVPR 2024.
    [Tybl2025] Tybl & Neumann, "Training-free Neural Architecture Search through Variance of Knowledge of Deep Network
        Weights", CVPR 2025.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import rankdata

from nasrank.bench.foundation.registry import Registry
from nasrank.predictors.arrays import FloatArray

Sum: TypeAlias = Literal["logarithms of ranks", "ranks"]


@dataclass(frozen=True, eq=False)
class Aggregated:
    """One score an architecture.

    Attributes:
        scores: `(n,)`, float64, higher is better; NaN where a part has none.
        reasons: which parts have none, one text an architecture; empty where there is a score.
    """

    scores: FloatArray
    reasons: tuple[str, ...]


def rank_aggregate(parts: FloatArray, names: Sequence[str] = (), *, of: Sum = "logarithms of ranks") -> Aggregated:
    """Sum, over the parts, ranks or their logarithms among those architectures that have all parts.

    Ranks go from `1 / m` to 1 of m architectures, the best has 1, and equal ones share the mean of theirs. Logarithms
    make a low rank in one part hard to make up for in others.

    Args:
        parts: scores `(n, parts)`, higher is better; NaN where there is none.
        names: of the parts, for reasons; their numbers without.
        of: what is summed.

    Raises:
        ValueError: no table with at least one column, as many names as columns, an infinite score, or another sum.
    """
    parts = np.asarray(parts, dtype=np.float64)
    if parts.ndim != 2 or parts.shape[1] == 0:
        raise ValueError(f"parts have the shape {parts.shape}; it must be (architectures, parts), at least one part")
    names = list(names) or [f"part {place}" for place in range(parts.shape[1])]
    if len(names) != parts.shape[1]:
        raise ValueError(f"{len(names)} names of {parts.shape[1]} parts: give one each")
    if np.isinf(parts).any():
        infinite = [name for name, column in zip(names, parts.T, strict=True) if np.isinf(column).any()]
        raise ValueError(f"{', '.join(infinite)} has infinite scores; a missing score is NaN")
    if of not in ("logarithms of ranks", "ranks"):
        raise ValueError(f"a sum of {of!r}: it is of 'logarithms of ranks' or of 'ranks'")
    absent = np.isnan(parts)
    complete = ~absent.any(1)
    scores = np.full(len(parts), np.nan)
    if complete.any():
        ranks = rankdata(parts[complete], axis=0) / complete.sum()
        scores[complete] = (np.log(ranks) if of == "logarithms of ranks" else ranks).sum(1)
    reasons = (", ".join(name for name, one in zip(names, row, strict=True) if one) for row in absent)
    return Aggregated(scores, tuple(f"no score of {found}" if found else "" for found in reasons))


@dataclass(frozen=True)
class Aggregate:
    """Which proxies are made into one score, and how.

    Attributes:
        name: key in the registry and in tables.
        label: how tables and figures call it.
        reference: key of the paper under `References:`, or empty for our own.
        parts: names of proxies in `ESTIMATORS`, whose scores are higher where they are better.
        sum: what of their ranks is summed.
    """

    name: str
    label: str
    reference: str
    parts: tuple[str, ...]
    sum: Sum = "logarithms of ranks"

    def of(self, scores: Mapping[str, FloatArray]) -> Aggregated:
        """The aggregate of scores `(n,)` by name, of the same architectures in the same order; others are left out.

        Raises:
            ValueError: scores of a part are missing, or not as many as of the others.
        """
        if missing := [name for name in self.parts if name not in scores]:
            raise ValueError(f"{self.label} needs scores of {', '.join(missing)}")
        columns = [np.asarray(scores[name], dtype=np.float64) for name in self.parts]
        if len({column.shape for column in columns}) != 1:
            raise ValueError(f"{self.label} needs as many scores of each of {', '.join(self.parts)}")
        return rank_aggregate(np.stack(columns, 1), self.parts, of=self.sum)


AGGREGATES: Registry[Aggregate] = Registry("aggregate")
"""By name; a plugin may register more."""

for one in (
    Aggregate(
        "nwot+params+jacov+epe_nas+synflow",
        "five proxies (NASWOT, parameters, jacov, EPE-NAS, SynFlow)",
        "",
        ("nwot", "params", "jacov", "epe_nas", "synflow"),
    ),
    Aggregate(
        "az_nas",
        "AZ-NAS",
        "Lee2024",
        ("az_expressivity", "az_progressivity", "az_trainability", "flops"),
    ),
    Aggregate("te_nas", "TE-NAS", "Chen2021", ("ntk", "linear_regions"), "ranks"),
    Aggregate(
        "vkdnw_aggregate",
        "VKDNW, aggregate",
        "Tybl2025",
        ("vkdnw", "jacov", "az_expressivity", "az_trainability", "flops"),
    ),
):
    AGGREGATES.register(one)
