"""The estimators that every super-net is read against: the same labels without a super-net, and cost without labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.ranking import bootstrap, tied_pair_share
from bench.ranking.arrays import FloatArray
from bench.ranking.registry import Metric
from bench.reporting.bootstraps import resampling
from bench.reporting.findings import Value
from bench.reporting.summary import Baseline
from bench.runner.design import Design
from bench.runner.study import Study
from predictors.costs import MultiplyAdds, ParameterCount
from predictors.label_matched import LabelMatchedRidge
from spaces import get_space


@dataclass(frozen=True)
class BaselineScores:
    """Scores of the pool `(label sets, n)`; one row for an estimator without labels."""

    label: str
    labels: int
    scores: FloatArray


def baseline_scores(design: Design, truth: FloatArray) -> dict[str, BaselineScores]:
    """By name. The label-matched one is fitted anew for each seed, on exactly the labels of that seed's landmarks.

    Args:
        truth: of the whole space by position.
    """
    space = get_space(design.study.space)
    pool = [space.at(position) for position in design.pool]
    rows = []
    for seed in design.study.seeds:
        landmarks = list(design.landmarks[seed])
        ridge = LabelMatchedRidge(space, [space.at(position) for position in landmarks], truth[landmarks])
        rows.append(ridge.score(pool))
    matched = BaselineScores(LabelMatchedRidge.label, design.study.landmarks.count, np.stack(rows))
    costs = (ParameterCount(space), MultiplyAdds(space))
    return {
        LabelMatchedRidge.name: matched,
        **{cost.name: BaselineScores(cost.label, 0, cost.score(pool)[None]) for cost in costs},
    }


def summarise(
    study: Study, baselines: Mapping[str, BaselineScores], truth: FloatArray, metrics: Mapping[str, Metric]
) -> dict[str, Baseline]:
    """Every metric of every baseline with its interval: over pool and label sets, or over the pool alone.

    Args:
        truth: of the scored architectures `(n,)`.
    """
    summaries = {}
    for name, baseline in baselines.items():
        values = {}
        for metric in metrics.values():
            interval = bootstrap(baseline.scores, truth, metric, **resampling(study, metric))
            values[metric.name] = Value(interval.estimate, interval.low, interval.high)
        ties = float(np.mean([tied_pair_share(row) for row in baseline.scores]))
        summaries[name] = Baseline(baseline.label, baseline.labels, len(baseline.scores), ties, values)
    return summaries
