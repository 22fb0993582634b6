"""What became of the claims that a search study stated beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nasrank.bench.analysis.claims import outcome
from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.search_rows import unit_means
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.search_studies.grammar import SearchStudy

DRAWS = 10_000
TOO_FEW = "needs two runs of each"


@dataclass(frozen=True)
class SearchClaim:
    """The chance that a run of one searcher ends better than a run of another, as good counting half.

    Attributes:
        low, high: by the bootstrap over the runs of either.
        runs: how many independent ones there are, the fewer of both.
        status: whether the claim holds, does not hold or is open, or why there is no chance.
    """

    name: str
    chance: float
    low: float
    high: float
    runs: int
    status: str


def search_claims(study: SearchStudy, table: pd.DataFrame) -> Iterator[SearchClaim]:
    """In the order of the study."""
    final = table[table["final"]]
    for name, claim in study.claims.items():
        lines = final[final["part"] == claim.part]
        figure = study.figure_of(claim)
        one, other = (unit_means(lines[lines["searcher"] == who], figure) for who in (claim.searcher, claim.against))
        runs = min(len(one), len(other))
        if runs < 2:
            yield SearchClaim(name, NOTHING, NOTHING, NOTHING, runs, TOO_FEW)
            continue
        higher = study.parts[claim.part].reported[figure].higher_is_better
        found = chance(one, other, study.confidence) if higher else chance(-one, -other, study.confidence)
        status = outcome(Finding(value=found[0], low=found[1], high=found[2]), claim.at_least)
        yield SearchClaim(name, *found, runs, status)


def chance(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], confidence: float
) -> tuple[float, float, float]:
    """That a value of the one is higher, as high counting half: of all pairs, with its percentile interval.

    It is the statistic of Mann and Whitney over the number of pairs.
    """
    wins = (np.sign(np.subtract.outer(one, other)) + 1) / 2
    stream = generator(0, Purpose.BOOTSTRAP)
    drawn = [stream.multinomial(count, np.full(count, 1 / count), size=DRAWS) for count in wins.shape]
    resampled = ((drawn[0] @ wins) * drawn[1]).sum(axis=1) / wins.size
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(wins.mean()), float(low), float(high)
