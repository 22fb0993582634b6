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
from nasrank.bench.runner.label_sets import estimates_of, first_with_labels_of
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.tasks import Estimate
from nasrank.bench.studies.study import Study

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
    """What is known of the baselines that the rows of a study are read against.

    Attributes:
        shared: by name; those with labels have the labels of the study's first strategy.
        own: those with labels of each row that was told other labels, by name; rows with the same labels share them.
    """

    shared: Mapping[str, T] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, T]] = field(default_factory=dict)

    def of(self, row: str) -> dict[str, T]:
        """By name, those that this row is read against: what has labels has its own."""
        return {**self.shared, **self.own.get(row, {})}

    def each(self, compute: Callable[[T], U]) -> Baselines[U]:
        """What is computed of each, once for those that rows share."""
        computed = {id(one): compute(one) for one in {id(one): one for one in self._all}.values()}
        return Baselines(
            {name: computed[id(one)] for name, one in self.shared.items()},
            {row: {name: computed[id(one)] for name, one in named.items()} for row, named in self.own.items()},
        )

    @property
    def _all(self) -> list[T]:
        return [*self.shared.values(), *(one for named in self.own.values() for one in named.values())]


def baseline_scores(results: Results) -> Baselines[BaselineScores]:
    """Of every row, as they were stored; one with labels was fitted anew for each seed, on the labels of its term.

    Raises:
        ValueError: one is not stored, as in results of before they were.
    """
    design = results.design
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for estimate in estimates_of(design):
        if estimate.estimator in design.study.estimators.baselines and not estimate.stacked_on:
            groups.setdefault((estimate.estimator, estimate.row), []).append(estimate)
    found = {key: _stored(results, estimates) for key, estimates in groups.items()}
    first = first_with_labels_of(design, design.study.strategies[0])
    shared = {name: one for (name, row), one in found.items() if row in ("", first)}
    own = {}
    for row in design.rows:
        labels = first_with_labels_of(design, row)
        if labels != first:
            own[row] = {name: one for (name, whose), one in found.items() if whose == labels}
    return Baselines(shared, own)


def _stored(results: Results, estimates: Sequence[Estimate]) -> BaselineScores:
    stored = [_estimate(results, estimate) for estimate in estimates]
    rows = [estimate_scores(results, estimate) for estimate in estimates]
    return BaselineScores(stored[0]["label"], max(one["labels"] for one in stored), np.stack(rows))


def _estimate(results: Results, estimate: Estimate) -> dict[str, Any]:
    """What is stored of it; ValueError when nothing is."""
    if estimate.name not in results.estimates:
        words = "'nasrank report' with their folder adds what is missing"
        raise ValueError(f"{estimate.name} is not among the results: {words}")
    return results.estimates[estimate.name]


def label_of(results: Results, estimator: str) -> str:
    """How an estimator that was stored by itself calls itself."""
    return next(
        str(_estimate(results, estimate)["label"])
        for estimate in estimates_of(results.design)
        if estimate.estimator == estimator and not estimate.stacked_on
    )


def estimate_scores(results: Results, estimate: Estimate) -> FloatArray:
    """What an estimator scored in the pool, `(n,)`; NaN where it failed, and ValueError when it is not stored."""
    stored = _estimate(results, estimate)["scores"].get(estimate.estimator)
    return np.array(stored) if stored is not None else np.full(len(results.design.pool), np.nan)


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
