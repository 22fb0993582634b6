"""The arrays that a report is computed from: scores of the pool by seed, and the order of the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bench.ranking.arrays import FloatArray
from bench.runner.design import Design
from bench.runner.results import Results
from spaces import get_space


@dataclass(frozen=True)
class Side:
    """A strategy with or without landmarks.

    Attributes:
        scores: of the pool, `(seeds, n)`; NaN in the rows of failed trials.
        failures: reasons by trial name.
    """

    scores: FloatArray
    failures: dict[str, str]

    @property
    def complete(self) -> bool:
        return not self.failures


def side(results: Results, strategy: str, *, guided: bool) -> Side:
    """The scores that the study ranks by; ValueError when a trial lacks them."""
    design = results.design
    name = design.study.analysis.score
    rows, failures = [], {}
    for trial in results.of(strategy, guided=guided):
        if trial["failure"] is not None:
            failures[trial["trial"]] = trial["failure"]
            rows.append(np.full(len(design.pool), np.nan))
        elif name not in trial["scores"]:
            raise ValueError(f"{trial['trial']} has no score {name!r}; it has {', '.join(trial['scores'])}")
        else:
            rows.append(np.array(trial["scores"][name]))
    return Side(np.stack(rows), failures)


def pool_truth(design: Design, truth: FloatArray) -> FloatArray:
    """Truth of the pool `(n,)`, from that of the whole space by position.

    Raises:
        ValueError: `truth` is not of this space, or lacks an architecture of the pool.
    """
    architectures = len(get_space(design.study.space))
    if truth.shape != (architectures,):
        raise ValueError(f"truth must be {architectures} values by position, not shape {truth.shape}")
    found = truth[list(design.pool)]
    if missing := np.sum(~np.isfinite(found)):
        raise ValueError(f"the truth lacks {missing} of the {len(found)} architectures of the pool")
    return found


def ranks(values: FloatArray) -> FloatArray:
    """Rank of each value, 1 for the highest; equal values share the better rank. `(n,)`."""
    return np.asarray(stats.rankdata(-values, method="min"), dtype=np.float64)
