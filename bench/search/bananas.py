"""BANANAS [White2021] on the predictors here: Bayesian optimization with an ensemble, and mutants of the best.

An ensemble of predictors is fitted to all that was told. Of each mutant a value is drawn from the normal distribution
with the mean and the spread of what its members predict, independently of the others (independent Thompson sampling),
and those with the highest values are looked at.

Checked against naszilla @ 157383a (nas_benchmarks.py, acquisition_functions.py): 10 random architectures, 10 a round,
100 candidates, which are mutants of the best and, where these are not enough, of the four next, with as many attempts
each; the spread is that of the members without Bessel's correction. It differs in what predicts: there 5 perceptrons on
path encodings, here by default Gaussian processes on graph features and wiring, which take a hundredth of the time.
Here an architecture is new if its choices are, there if its paths are.

References:
    [White2021] White, Neiswanger & Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural
        Architecture Search", AAAI 2021.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.predictor_guided import PredictorGuided, PredictorSettings
from nasrank.bench.search.searcher import SEARCHERS, Choices


class BananasSettings(PredictorSettings):
    """Sizes of the search."""

    ensemble: int = Field(default=5, ge=1)
    """Predictors that are fitted each round."""

    pool: int = Field(default=100, ge=1)
    """Mutants that the ensemble chooses from, and attempts to make such of each parent."""

    parents: int = Field(default=5, ge=1)
    """The best so far, which are mutated one after the other until there are enough mutants."""


@SEARCHERS.register
class Bananas(PredictorGuided):
    """Predictors that chance is part of are all fitted to all labels; others, to resamples of them each."""

    name = "bananas"
    label = "BANANAS"
    reference = "White2021"
    settings_type = BananasSettings

    def candidates(self) -> list[Choices]:
        found: dict[Choices, None] = {}
        for parent in self.best_seen(self.settings.parents):
            for _ in range(self.settings.pool):
                if len(found) == self.settings.pool:
                    break
                mutant = self.admitted(self.mutant(parent))
                if mutant is not None and mutant not in self.seen:
                    found[mutant] = None
        return list(found)

    def rated(self, candidates: Sequence[Choices]) -> FloatArray:
        """A draw for each from what the ensemble holds possible of it."""
        labels = len(self.seen)
        members = [
            np.arange(labels) if "generator" in self.predictor.needs else self.generator.integers(labels, size=labels)
            for _ in range(self.settings.ensemble)
        ]
        predicted = self.predictions(candidates, members)
        return np.asarray(self.generator.normal(predicted.mean(axis=0), predicted.std(axis=0)))
