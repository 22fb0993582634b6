"""What scores are read against: every registered estimator that trains nothing and needs the space alone, or labels.

Without labels these are what a network costs and the like; with labels there are regressions on them, too. Those of
plugins stand beside our own. Our own are imported from where they are: the registry would load all others, and torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nasrank.bench.foundation.describing import printable
from nasrank.bench.judging.alignment import Pool
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels
from nasrank.predictors.costs import CostEstimator, MultiplyAdds, ParameterCount
from nasrank.spaces import Cost, Enumerated

MANY = 100_000
"""Ranked architectures above which our only regression on labels is the ridge: each other takes half a minute there."""

_COSTS: tuple[type[Estimator], ...] = (ParameterCount, MultiplyAdds)


@dataclass(frozen=True)
class Baselines:
    """What other estimators say of the ranked architectures.

    Attributes:
        scores: by the estimator's name, `(1, n)`, higher is better.
        labels: what tables call it, by name.
        notes: on those that there cannot be, and why.
    """

    scores: Mapping[str, FloatArray]
    labels: Mapping[str, str]
    notes: tuple[str, ...]


def baselines_of(space: Enumerated[Any], pool: Pool) -> Baselines:
    """All that can be had: those without labels, then those with, where two architectures or more have some."""
    known, notes = None, []
    if len(pool.labelled) >= 2:
        known = Labels([space.at(int(one)) for one in pool.labelled], pool.labels)
    elif pool.counts.labelled:
        notes.append("one label is too few for a regression on the same labels")
    scores, labels, ranked = {}, {}, _Ranked(space, pool)
    if known is not None and len(pool.positions) > MANY:
        notes.append(f"above {MANY:,} architectures, the ridge stands for all regressions on the same labels")
    for kind in _kinds(with_labels=known is not None, many=len(pool.positions) > MANY):
        try:
            scores[kind.name] = ranked.scores_of(kind, known)[None]
        except ValueError as reason:
            notes.append(f"{kind.label} is no baseline here: {printable(reason)}")
            continue
        labels[kind.name] = f"{kind.label} ({len(pool.labelled)})" if kind.needs else kind.label
    return Baselines(scores, labels, tuple(notes))


def _kinds(*, with_labels: bool, many: bool) -> list[type[Estimator]]:
    """Costs, our regressions on labels, then those of plugins; of each first the ones that need no labels."""
    ours, left_out = _COSTS, set()
    if with_labels:  # half a second of scikit-learn
        from nasrank.predictors.labelled.gaussian_process import LabelMatchedGaussianProcess
        from nasrank.predictors.labelled.label_matched import LabelMatchedRidge
        from nasrank.predictors.labelled.random_forest import LabelMatchedForest

        ours = (*ours, LabelMatchedRidge, LabelMatchedGaussianProcess, LabelMatchedForest)
        left_out = {LabelMatchedGaussianProcess, LabelMatchedForest} if many else set()
    admitted = frozenset({"labels"} if with_labels else ())
    of_plugins = [kind for kind in ESTIMATORS.registered_so_far() if not kind.__module__.startswith("nasrank.")]
    every = dict.fromkeys([*ours, *of_plugins])
    wanted = (kind for kind in every if kind.needs <= admitted and kind not in left_out)
    return sorted(wanted, key=lambda kind: len(kind.needs))


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The ranked architectures, made only for what has to see them."""

    space: Enumerated[Any]
    pool: Pool

    @cached_property
    def architectures(self) -> list[Any]:
        return [self.space.at(int(one)) for one in self.pool.positions]

    @cached_property
    def costs(self) -> list[Cost]:
        both = self.space.costs(self.pool.positions)
        return [Cost(int(parameters), int(multiply_adds)) for parameters, multiply_adds in zip(*both, strict=True)]

    def scores_of(self, kind: type[Estimator], labels: Labels | None) -> FloatArray:
        """`(n,)`; ValueError where the estimator gives none, or others than finite ones."""
        if issubclass(kind, CostEstimator) and kind.score is CostEstimator.score:
            scores = np.array([kind.number(one) for one in self.costs], dtype=np.float64)
        else:
            estimator = kind().prepared(Context(self.space, labels=labels if kind.needs else None))
            scores = np.asarray(estimator.score(self.architectures), dtype=np.float64)
        if scores.shape != (len(self.pool.positions),) or not np.isfinite(scores).all():
            raise ValueError("its scores are not one finite number an architecture")
        return scores


def renamed(scores: Mapping[str, FloatArray], taken: Mapping[str, FloatArray]) -> dict[str, str]:
    """A name for each baseline that no column of the caller's has, by its own name."""
    return {name: name if name not in taken else f"{name} (baseline)" for name in scores}
