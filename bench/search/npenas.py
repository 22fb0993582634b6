"""NPENAS [Wei2022] on the predictors here: evolution in which a predictor chooses which mutants are looked at.

In every round each of the best is mutated some times, and those mutants are looked at that a predictor rates best.

Checked against NPENASv1 @ 4d0f0067 (nas_lib/algos/predictor.py; data.py, get_candidates_gin): 10 random architectures,
10 a round, 100 mutants of the 10 best. There a mutant that is not new is lost, and the 40 next are mutated until there
are 100; here it is drawn again. There a graph network is trained anew each round (NPENAS-NP), here it is by default a
Gaussian process on graph features and wiring.

References:
    [Wei2022] Wei, Niu, Tang, Wang, Hu & Liang, "NPENAS: Neural Predictor Guided Evolution for Neural Architecture
        Search", IEEE Transactions on Neural Networks and Learning Systems 2022 (arXiv 2003.12857, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from pydantic import Field

from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.search.predictor_guided import PredictorGuided, PredictorSettings
from nasrank.bench.search.searcher import SEARCHERS, Choices


class NpenasSettings(PredictorSettings):
    """Sizes of the search."""

    parents: int = Field(default=10, ge=1)
    """The best so far, each of which is mutated."""

    mutants: int = Field(default=10, ge=1)
    """Of each parent, among which the predictor chooses."""


@SEARCHERS.register
class Npenas(PredictorGuided):
    """The predictor has the last word: what it rates best is looked at, with nothing random about it."""

    name = "npenas"
    label = "NPENAS"
    reference = "Wei2022"
    settings_type = NpenasSettings

    def candidates(self) -> list[Choices]:
        found: dict[Choices, None] = {}
        for parent in self.best_seen(self.settings.parents):
            for _ in range(self.settings.mutants):
                mutant = self.draw_new(partial(self.mutant, parent), found)
                if mutant is None:
                    break
                found[mutant] = None
        return list(found)

    def rated(self, candidates: Sequence[Choices]) -> FloatArray:
        """What the predictor says of each."""
        return np.asarray(self.predictions(candidates, [np.arange(len(self.seen))])[0])
