"""Metrics of arms with their intervals, and paired differences between arms, each decided among those of its column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nasrank.bench.analysis.frame import BETTER, NOTHING, UNDECIDED, WORSE, Finding
from nasrank.bench.analysis.scores import Side
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS, fewest_draws
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.ranking.intervals import Interval, Resamples, Values, bounds_of_difference
from nasrank.bench.ranking.multiplicity import p_of
from nasrank.bench.ranking.registry import FEWER_DRAWS, Metric
from nasrank.bench.ranking.sequential import Looks, enough_draws
from nasrank.bench.ranking.stopping import holm_at_looks
from nasrank.bench.studies.study import Study


class Difference(NamedTuple):
    """A paired difference that is not decided yet, and the chance of one at least as large, were there none."""

    finding: Finding
    p: float
    seeds: int = 0
    """By how many; 0 where neither side has any."""


def draws_of(wanted: int, metric: Metric, confidence: float, looks: Looks | None = None) -> int:
    """How many a metric has where a study wants so many, for intervals of this confidence at each of the looks."""
    most = metric.most_draws if metric.vectorised else FEWER_DRAWS
    wanted = wanted if most is None else min(wanted, max(most, fewest_draws(confidence)))
    return enough_draws(wanted, confidence, looks)


def decided(differences: Iterable[Difference], confidence: float, looks: Looks | None = None) -> list[Finding]:
    """All differences of a column: better or worse where Holm's test over them and its own interval say so."""
    family = list(differences)
    rejected = holm_at_looks([one.p for one in family], [one.seeds for one in family], 1 - confidence, looks)
    return [_with_status(one.finding, verdict) for one, verdict in zip(family, rejected, strict=True)]


def _with_status(finding: Finding, rejected: bool) -> Finding:
    if not finding.known or finding.alone == "":
        return finding._replace(status=finding.status or "no interval")
    if not rejected or finding.alone == "open":
        return finding._replace(status=UNDECIDED)
    higher = finding.metric not in METRICS or METRICS[finding.metric].higher_is_better
    return finding._replace(status=BETTER if (finding.alone == "above") == higher else WORSE)


@dataclass
class Comparison:
    """What all arms of a study share. Each draws the same resamples, so no line depends on which others there are.

    Attributes:
        truth: of the scored architectures, `(n,)`.
        part: of the pool that these are, where it has resamples of its own: parts whose differences are averaged have
            no architecture in common, so that what is drawn of one says nothing of another.
    """

    study: Study
    truth: FloatArray
    part: str = ""
    _plans: dict[int, Resamples] = field(default_factory=dict)
    _known: dict[tuple[int, str], tuple[Side, Values]] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """Of every interval; where seeds are added look by look, of all looks together."""
        return self.study.analysis.confidence

    def confidence_at(self, seeds: int) -> float:
        """Of an interval by so many seeds by itself."""
        return 1 - self.study.looks.level(seeds, 1 - self.confidence) if self.study.looks else self.confidence

    def decided(self, differences: Iterable[Difference]) -> list[Finding]:
        """See `decided`, at the looks of the study."""
        return decided(differences, self.confidence, self.study.looks)

    def level(self, side: Side, metric: Metric, at: Finding) -> Finding:
        """A metric of an arm on the line `at`; an arm with a failed trial has none, as a mean over the seeds that
        happened to finish would flatter it."""
        at = at._replace(metric=metric.name, n=len(self.truth))
        if not side.complete:
            return at._replace(status="; ".join(f"{trial} failed: {why}" for trial, why in side.failures.items()))
        values = self._values(side, metric)
        interval = self._interval(values, metric, metric.bounds)
        return _filled(at, interval, _why_undefined(values, self.study.every_seed))

    def by_seed(self, side: Side, metric: Metric, at: Finding) -> list[Finding]:
        """The same of every seed, without intervals."""
        at = at._replace(metric=metric.name, n=len(self.truth))
        return [
            at._replace(seed=seed, value=NOTHING if np.isnan(scores).any() else metric(scores, self.truth))
            for seed, scores in zip(self.study.every_seed, side.scores, strict=False)
        ]

    def difference(self, first: Side, second: Side, metric: Metric, at: Finding) -> Difference:
        """Second minus first, over the seeds that both have.

        A side of one line of scores is the same for all seeds, and pairs with each.
        """
        at = at._replace(metric=metric.name, n=len(self.truth))
        values = self._paired(first, second, metric)
        if values is None:
            return Difference(at._replace(status="a trial failed"), NOTHING)
        interval = self._interval(values, metric, bounds_of_difference(metric))
        return Difference(_filled(at, interval), self._chance(values), len(values.observed))

    def gain(self, first: Side, second: Side, metric: Metric) -> Values:
        """The same as values; NaN where a trial of these seeds failed."""
        draws, seeds = len(self._plan(metric).counts), _shared(first, second)
        nothing = Values(np.full(seeds, np.nan), np.full((seeds, draws), np.nan))
        return self._paired(first, second, metric) or nothing

    def _paired(self, first: Side, second: Side, metric: Metric) -> Values | None:
        seeds = _shared(first, second)
        if not (first.complete_for(seeds) and second.complete_for(seeds)):
            return None
        return self._values(second, metric).first(seeds).minus(self._values(first, metric).first(seeds))

    def of_values(self, values: Values, metric: Metric, at: Finding) -> Finding:
        """A difference on the line `at`, from what `gain` says of it, or from means of several."""
        at = at._replace(metric=metric.name)
        if np.isnan(values.observed).any():
            return at._replace(status="a trial failed, or its scores are equal")
        return _filled(at, self._interval(values, metric, bounds_of_difference(metric)))

    def excess(self, gains: FloatArray, first: Side, second: Side, metric: Metric, at: Finding) -> Difference:
        """How much more was gained elsewhere, `(seeds,)`, than the metric gained on the pool.

        Without an interval where there is one seed, as that does not tell what the gains owe to where they were found.
        """
        at = at._replace(metric=metric.name, n=len(self.truth))
        on_pool = self._paired(first, second, metric)
        if on_pool is None or np.isnan(gains).any():
            return Difference(at._replace(status="a trial failed"), NOTHING)
        values = Values(gains - on_pool.observed, gains[:, None] - on_pool.resampled)
        low, high = bounds_of_difference(metric)
        interval = self._interval(values, metric, (2 * low, 2 * high))
        if len(gains) == 1:
            return Difference(at._replace(value=interval.estimate), NOTHING)
        return Difference(_filled(at, interval), p_of(values), len(gains))

    def _chance(self, values: Values) -> float:
        """See `p_of`; NaN where one seed was trained, which says nothing of how training varies."""
        return p_of(values) if len(self.study.every_seed) > 1 else NOTHING

    def _values(self, side: Side, metric: Metric) -> Values:
        """Of all seeds of a side; NaN of those without scores, which no line is of that has a value."""
        key = id(side), metric.name
        if key not in self._known:  # the side is kept, too: else another could get its id
            there, plan = np.asarray(np.isfinite(side.scores).all(axis=1)), self._plan(metric)
            found = plan.evaluate(metric, side.scores[there], self.truth)
            if not there.all():
                observed, resampled = np.full(len(there), np.nan), np.full((len(there), len(plan.counts)), np.nan)
                observed[there], resampled[there] = found.observed, found.resampled
                found = Values(observed, resampled)
            self._known[key] = side, found
        return self._known[key][1]

    def _interval(self, values: Values, metric: Metric, bounds: tuple[float, float]) -> Interval:
        return self._plan(metric).over_seeds(values, bounds, self.confidence_at(len(values.observed)))

    def _plan(self, metric: Metric) -> Resamples:
        draws = draws_of(self.study.analysis.draws, metric, self.confidence, self.study.looks)
        if draws not in self._plans:
            stream = generator(self.study.common_seed, Purpose.BOOTSTRAP, self.part)
            self._plans[draws] = Resamples.draw(len(self.truth), draws, self.confidence, stream)
        return self._plans[draws]


def _shared(first: Side, second: Side) -> int:
    """Seeds that both sides have; a side of one line has any."""
    ours, theirs = len(first.scores), len(second.scores)
    return min(ours, theirs) if min(ours, theirs) > 1 else max(ours, theirs)


def _filled(at: Finding, interval: Interval, why_missing: str = "") -> Finding:
    status = f"{interval.undefined_draws} resamples undefined" if interval.undefined_draws else ""
    return at._replace(
        value=interval.estimate, low=interval.low, high=interval.high, status=why_missing or at.status or status
    )


def _why_undefined(values: Values, seeds: tuple[int, ...]) -> str:
    if len(values.observed) == 1 < len(seeds):
        return "equal scores" if np.isnan(values.observed).any() else ""
    return "; ".join(
        f"undefined for seed {seed}: equal scores"
        for seed, value in zip(seeds, values.observed, strict=False)
        if np.isnan(value)
    )
