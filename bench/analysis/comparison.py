"""One strategy against itself under guidance and against the baselines, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nasrank.bench.analysis.baselines import Baselines, BaselineScores
from nasrank.bench.analysis.bootstraps import resampling
from nasrank.bench.analysis.findings import NOTHING, Value
from nasrank.bench.analysis.scores import Side
from nasrank.bench.analysis.summary import Baseline, Margin, MetricRow
from nasrank.bench.ranking import Interval, bootstrap, excess_bootstrap, paired_bootstrap
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.registry import Metric
from nasrank.bench.studies.study import Study


@dataclass(frozen=True)
class Comparison:
    """What all rows share. Each row draws the same resamples, so no row depends on which others there are.

    Attributes:
        truth: of the scored architectures, `(n,)`.
        main: the metric of all that is not a row.
    """

    study: Study
    truth: FloatArray
    baselines: Baselines[Baseline]
    main: Metric

    def row(self, strategy: str, metric: Metric, before: Side, after: Side) -> MetricRow:
        intervals = self._intervals(metric, before, after)
        first, last, delta = intervals["before"], intervals["after"], intervals["delta"]
        by_seed = [self.by_seed(metric, one) for one in (before, after)]
        return MetricRow(
            strategy=strategy,
            metric=metric.name,
            before=first.estimate,
            after=last.estimate,
            delta=delta.estimate,
            ci_low=delta.low,
            ci_high=delta.high,
            before_low=first.low,
            before_high=first.high,
            after_low=last.low,
            after_high=last.high,
            n_seeds=int(np.isfinite(by_seed).all(axis=0).sum()),
            pool_size=len(self.truth),
            before_by_seed=tuple(by_seed[0]),
            after_by_seed=tuple(by_seed[1]),
            below_baseline=tuple(
                name
                for name, baseline in self.baselines.of(strategy).items()
                if _is_better(metric, baseline.metrics[metric.name].value, last.estimate)
            ),
            undefined_draws=max(interval.undefined_draws for interval in intervals.values()),
            reason=self._reason(before, after, by_seed),
        )

    def margin(self, strategy: str, after: Side, name: str, baseline: BaselineScores) -> Margin:
        """An estimator without seeds is the same for all of them, and pairs with each."""
        reference = Side(np.broadcast_to(baseline.scores, after.scores.shape), _without_labels(baseline))
        delta = self.values(reference, after)[2]
        return Margin(strategy, name, delta.value, delta.low, delta.high)

    def values(self, first: Side, second: Side) -> tuple[Value, Value, Value]:
        """The main metric of both, and of second minus first."""
        intervals = self._intervals(self.main, first, second)
        before, after, delta = (
            Value(one.estimate, one.low, one.high) for one in (intervals[name] for name in ("before", "after", "delta"))
        )
        return before, after, delta

    def excess(self, gains: FloatArray, first: Side, second: Side) -> Value:
        """Of `gains` `(seeds,)`, found elsewhere, over the main metric's gain on the pool.

        Without an interval where there is one seed, as that does not tell what the gains owe to where they were found.
        """
        if not (first.complete and second.complete):
            return Value(NOTHING, NOTHING, NOTHING)
        found = excess_bootstrap(
            gains, first.scores, second.scores, self.truth, self.main, **resampling(self.study, self.main)
        )
        ends = (found.low, found.high) if len(gains) > 1 else (NOTHING, NOTHING)
        return Value(found.estimate, *ends)

    def _intervals(self, metric: Metric, before: Side, after: Side) -> dict[str, Interval]:
        """Before, after and of the difference; a side with a failed trial has none, as a mean over the seeds that
        happened to finish would flatter it."""
        if before.complete and after.complete:
            pair = paired_bootstrap(before.scores, after.scores, self.truth, metric, **resampling(self.study, metric))
            return {"before": pair.before, "after": pair.after, "delta": pair.delta}
        missing = Interval(NOTHING, NOTHING, NOTHING, self.study.analysis.confidence, 0, len(self.truth), 0, 0)

        def alone(one: Side) -> Interval:
            return bootstrap(one.scores, self.truth, metric, **resampling(self.study, metric))

        return {
            "before": alone(before) if before.complete else missing,
            "after": alone(after) if after.complete else missing,
            "delta": missing,
        }

    def by_seed(self, metric: Metric, one: Side) -> list[float]:
        """NaN where a seed failed."""
        return [NOTHING if np.isnan(scores).any() else metric(scores, self.truth) for scores in one.scores]

    def _reason(self, before: Side, after: Side, by_seed: list[list[float]]) -> str:
        failed = [f"{trial} failed: {reason}" for one in (before, after) for trial, reason in one.failures.items()]
        undefined = [
            f"undefined {words} for seed {seed}: equal scores"
            for words, values, one in zip(("before", "after"), by_seed, (before, after), strict=True)
            for seed, value, scores in zip(self.study.seeds, values, one.scores, strict=True)
            if np.isnan(value) and not np.isnan(scores).any()
        ]
        return "; ".join(failed + undefined)


def _without_labels(baseline: BaselineScores) -> dict[str, str]:
    return {baseline.label: "a seed has no labels"} if np.isnan(baseline.scores).any() else {}


def _is_better(metric: Metric, value: float, than: float) -> bool:
    return value > than if metric.higher_is_better else value < than
