"""How a study stands while it is run: tau of what is finished, before and after, seed by seed.

It is a first look, and nothing is stored of it: a report has every number with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nasrank.bench.execution import NO_FIGURES, Figures, Watch, telling
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.combination import stored_scores

_TAU = METRICS["tau"]


class Standing:
    """Tau on the ranked pool of every trial that is put, and of the rows whose trials have been."""

    def __init__(self, design: Design, truth: Truth) -> None:
        ranked = set(design.ranked)
        self._design = design
        self._is_ranked = np.array([architecture in ranked for architecture in design.pool])
        self._truth = truth.of(design.pool)
        self._tau: dict[str, float] = {}

    def put(self, trial: Trial, result: Mapping[str, Any]) -> list[Row]:
        """Take in the result of a trial; returns the rows of whose seed both sides are in now.

        A failed trial has no tau.
        """
        if result["failure"] is None:
            scores = stored_scores(result)
            self._tau[trial.name] = self.tau(scores[self._design.arms[trial.arm].score])
        return [
            row
            for row in self._design.rows.values()
            if trial.arm in {arm.name for arm in row.arms}
            and all(Trial(arm.name, trial.seed).name in self._tau for arm in row.arms)
        ]

    def tau(self, scores: Sequence[float] | np.ndarray[Any, Any]) -> float:
        """Of scores of the first architectures of the pool `(n,)`, over those that are ranked; NaN where undefined."""
        of_pool = np.asarray(scores, dtype=np.float64)
        ranked = self._is_ranked[: len(of_pool)]
        return _TAU(of_pool[ranked], self._truth[: len(of_pool)][ranked]) if ranked.sum() > 1 else float("nan")

    def tau_of_ranked(self, scores: Sequence[float]) -> float:
        """Of scores of the ranked pool `(n,)`; NaN where undefined."""
        return _TAU(np.asarray(scores, dtype=np.float64), self._truth[self._is_ranked])

    def of(self, row: Row) -> dict[str, float]:
        """`tau before` and `tau after`, means over the `seeds` that have both; empty where no seed has."""
        names = ([Trial(arm.name, seed).name for arm in row.arms] for seed in self._design.study.every_seed)
        pairs = [[self._tau[one] for one in pair] for pair in names if all(one in self._tau for one in pair)]
        if not pairs:
            return {}
        before, after = np.mean(pairs, axis=0).tolist()
        return {"tau before": before, "tau after": after, "seeds": len(pairs)}


class WithTau(Watch):
    """Tells another watch what trials tell, with tau in place of the scores that they give on their way.

    Trials themselves know no truth.
    """

    def __init__(self, watch: Watch, standing: Standing) -> None:
        self._watch, self._standing = watch, standing

    def note(self, text: str) -> None:
        self._watch.note(text)

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        told = dict(figures)
        if isinstance(scores := told.pop("scores", None), Sequence):
            told["tau"] = self._standing.tau(scores)
        telling(self._watch.progress, task)(share, told)
