"""The estimators that every super-net is read against: the same labels without a super-net, and cost without labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from nasrank.bench.analysis.bootstraps import resampling
from nasrank.bench.analysis.findings import NOTHING, Value
from nasrank.bench.analysis.summary import Baseline
from nasrank.bench.ranking import bootstrap, tied_pair_share
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.predictors import Context, Labels
from nasrank.predictors.costs import MultiplyAdds, ParameterCount
from nasrank.predictors.labelled.label_matched import LabelMatchedRidge

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class BaselineScores:
    """Scores of the pool `(label sets, n)`; one row for an estimator without labels, NaN where a set has none."""

    label: str
    labels: int
    scores: FloatArray


@dataclass(frozen=True)
class Baselines(Generic[T]):
    """What is known of the baselines that the arms of a study are read against.

    Attributes:
        shared: by name; the label-matched one is fitted on the labels of the study's first strategy.
        own: the label-matched one of each arm that was given other labels; arms with the same labels share it.
    """

    shared: Mapping[str, T] = field(default_factory=dict)
    own: Mapping[str, T] = field(default_factory=dict)

    def of(self, arm: str) -> dict[str, T]:
        """By name, those that this arm is read against: the label-matched one was fitted on its labels."""
        own = {LabelMatchedRidge.name: self.own[arm]} if arm in self.own else {}
        return {**self.shared, **own}

    def each(self, compute: Callable[[T], U]) -> Baselines[U]:
        """What is computed of each, once for those that arms share."""
        computed = {id(one): compute(one) for one in {id(one): one for one in self._all}.values()}
        return Baselines(
            {name: computed[id(one)] for name, one in self.shared.items()},
            {arm: computed[id(one)] for arm, one in self.own.items()},
        )

    @property
    def _all(self) -> list[T]:
        return [*self.shared.values(), *self.own.values()]


def baseline_scores(design: Design, truth: Truth) -> Baselines[BaselineScores]:
    """Of every arm. The label-matched ones are fitted anew for each seed, on the very labels of its landmark term."""
    space, pool = design.space, design.pool
    matched: dict[Any, BaselineScores] = {}
    by_arm = {}
    for arm in design.rows:
        key = tuple(
            (design.landmarks_of(arm, seed), design.labels_of(arm, seed, truth).tobytes())
            for seed in design.study.seeds
        )
        if key not in matched:
            matched[key] = _label_matched(design, arm, truth, pool)
        by_arm[arm] = matched[key]
    first = by_arm[design.study.strategies[0]]
    costs = [cost().prepared(Context(space)) for cost in (ParameterCount, MultiplyAdds)]
    return Baselines(
        shared={
            LabelMatchedRidge.name: first,
            **{cost.name: BaselineScores(cost.label, 0, cost.score(pool)[None]) for cost in costs},
        },
        own={arm: one for arm, one in by_arm.items() if one is not first},
    )


def _label_matched(design: Design, arm: str, truth: Truth, pool: Sequence[Any]) -> BaselineScores:
    """A seed whose landmarks were to be chosen by a super-net that failed has no labels."""
    rows = []
    for seed in design.study.seeds:
        landmarks = design.landmarks_of(arm, seed)
        if landmarks:
            labels = Labels(landmarks, design.labels_of(arm, seed, truth))
            rows.append(LabelMatchedRidge().prepared(Context(design.space, labels=labels)).score(pool))
        else:
            rows.append(np.full(len(pool), np.nan))
    return BaselineScores(LabelMatchedRidge.label, design.rows[arm].study.landmarks.count, np.stack(rows))


def summarise(
    study: Study, baselines: Baselines[BaselineScores], truth: FloatArray, metrics: Mapping[str, Metric]
) -> Baselines[Baseline]:
    """Every metric of every baseline with its interval: over pool and label sets, or over the pool alone.

    Args:
        truth: of the scored architectures `(n,)`.
    """
    return baselines.each(lambda one: _summary(study, one, truth, metrics))


def _summary(study: Study, one: BaselineScores, truth: FloatArray, metrics: Mapping[str, Metric]) -> Baseline:
    if np.isnan(one.scores).any():
        nothing = Value(NOTHING, NOTHING, NOTHING)
        return Baseline(one.label, one.labels, len(one.scores), NOTHING, dict.fromkeys(metrics, nothing))
    values = {}
    for metric in metrics.values():
        interval = bootstrap(one.scores, truth, metric, **resampling(study, metric))
        values[metric.name] = Value(interval.estimate, interval.low, interval.high)
    ties = float(np.mean([tied_pair_share(row) for row in one.scores]))
    return Baseline(one.label, one.labels, len(one.scores), ties, values)
