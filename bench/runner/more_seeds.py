"""Seeds that are added look by look: which rows need more of them, by what is stored of those that they have.

The truth is known here and in no trial. What is decided is a function of the stored results, the truth and the looks
that the study states, so that a run that is killed, or one on other workers, comes to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS
from nasrank.bench.ranking.intervals import Resamples, Values, bounds_of_difference
from nasrank.bench.ranking.sequential import enough_draws
from nasrank.bench.ranking.stopping import Stop, StoppingRule, Why
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.combination import stored_scores
from nasrank.bench.studies.seeds import SeedRule

_TAU = METRICS["tau"]


def rule_of(design: Design) -> StoppingRule | None:
    """By which rows of a study stop; None where its seeds are listed."""
    listed = design.study.seeds
    return listed.rule(design.study.analysis.confidence) if isinstance(listed, SeedRule) else None


def most_trials(design: Design) -> int:
    """That it may come to, were every row to need all seeds that goes on; the others have fewer than those that do."""
    counts, every = design.seed_counts, len(design.study.every_seed)
    foremost = max(counts.values(), default=every)
    may_have = {name: every if seeds == foremost else seeds for name, seeds in counts.items()}
    return len(replace(design, seed_counts=may_have).trials)


def stops_of(design: Design, gains: Mapping[str, Values]) -> dict[str, Stop]:
    """How every row of these gains of tau stands, by name; none where seeds are listed.

    Args:
        gains: of the rows, with terms minus without, each of all the seeds that the row has; NaN where a trial failed.
    """
    rule = rule_of(design)
    return rule.stops(gains, bounds_of_difference(_TAU)) if rule else {}


class Looking:
    """Looks at the rows of one study again and again, and keeps what it has computed of each trial."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._known: dict[str, Values] = {}
        self._plan: Resamples | None = None

    def with_more_seeds(self, design: Design, store: Store) -> Design:
        """The design with the seeds of the next look for every row that needs more and has those of this one.

        Rows go on together: none does before all trials of all rows are stored.
        """
        if rule_of(design) is None or not all(store.has(trial, design) for trial in design.trials):
            return design
        looks = design.study.looks.seeds if design.study.looks else ()
        stops = stops_of(design, {name: self._gain(name, design, store) for name in design.rows})
        counts = {
            name: looks[stop.look] if stop.why == Why.GOES_ON else stop.seeds  # looks are counted from 1
            for name, stop in stops.items()
        }
        return replace(design, seed_counts=counts)

    def _gain(self, name: str, design: Design, store: Store) -> Values:
        row = design.rows[name]
        before, after = (
            _stacked([self._of(Trial(arm.name, seed), design, store) for seed in design.seeds_of(name)])
            for arm in row.arms
        )
        return after.minus(before)

    def _of(self, trial: Trial, design: Design, store: Store) -> Values:
        """Tau of a trial on the ranked pool and its resamples, as reports have them; NaN where it has none."""
        if trial.name not in self._known:
            self._known[trial.name] = self._tau(trial, design, store)
        return self._known[trial.name]

    def _tau(self, trial: Trial, design: Design, store: Store) -> Values:
        truth, plan, result = self._truth.of(design.ranked), self._resamples(design), store.get(trial, design)
        nothing = Values(np.full(1, np.nan), np.full((1, len(plan.counts)), np.nan))
        if result["failure"] is not None:
            return nothing
        stored = stored_scores(result)
        scores = stored.get(design.arms[trial.arm].score, np.full(len(design.pool), np.nan))
        ranked = set(design.ranked)
        own = scores[[architecture in ranked for architecture in design.pool]]
        return plan.evaluate(_TAU, own[None], truth) if np.isfinite(own).all() else nothing

    def _resamples(self, design: Design) -> Resamples:
        if self._plan is None:
            analysis, looks = design.study.analysis, design.study.looks
            draws = enough_draws(analysis.draws, analysis.confidence, looks)
            stream = generator(design.study.common_seed, Purpose.BOOTSTRAP)
            self._plan = Resamples.draw(len(design.ranked), draws, analysis.confidence, stream)
        return self._plan


def _stacked(values: list[Values]) -> Values:
    return Values(np.concatenate([one.observed for one in values]), np.concatenate([one.resampled for one in values]))
