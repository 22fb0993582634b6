"""Architectures at random first, then what a predictor that is fitted to them holds for best [Wen2020].

The plainest use of a predictor in a search: no acquisition, no uncertainty. It is fitted anew after every few answers,
to all there are, and asked about the whole space, or about many random architectures where there are more. What is
known of architectures besides, such as scores of a super-net, the predictor is stacked upon (`know`).

[Wen2020] fits once and trains the best `K` predicted; with `every` as large as the budget that is what this does.
BANANAS and NPENAS are ways to go on from here.

References:
    [Wen2020] Wen et al., "Neural Predictor for Neural Architecture Search", ECCV 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np
from pydantic import Field, field_validator

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings
from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.spaces import Enumerated, SearchSpace
from nasrank.spaces.subspace import Choosable


class PredictedSettings(Settings):
    """Which predictor, and when."""

    predictor: str = "wiring_gaussian_process"
    """The estimator that is fitted; it needs labels."""

    labels: int = Field(default=30, ge=2)
    """Answers at random before it is fitted for the first time."""

    every: int = Field(default=10, ge=1)
    """Answers after which it is fitted anew."""

    candidates: int = Field(default=16_000, ge=1)
    """Architectures that it is asked about; random ones where the space has more."""

    @field_validator("predictor")
    @classmethod
    def _fitted_to_labels(cls, name: str) -> str:
        if "labels" not in ESTIMATORS.named(name).needs:
            raise ValueError(f"{name} is not fitted to labels")
        return name


@SEARCHERS.register
class Predicted(Searcher):
    """See the module."""

    name = "predicted"
    label = "greedy predictor"
    reference = "Wen2020"
    settings_type = PredictedSettings

    def begin(self) -> None:
        self._known: tuple[Estimator, ...] = ()

    @classmethod
    def refuse(cls, space: Choosable, objectives: int) -> None:
        super().refuse(space, objectives)
        if not isinstance(space, SearchSpace):
            raise ValueError(f"{cls.name} needs a whole search space: predictors score architectures, not choices")

    def know(self, known: Sequence[Estimator]) -> None:
        """Scores that the predictor is stacked upon, prepared, which know every architecture of the space."""
        self._known = tuple(known)

    def ask(self) -> list[Choices]:
        """The random ones at once; then the next few of the predicted best that are not known."""
        missing = self.settings.labels - len(self.seen)
        if missing > 0 or len(set(self._finite().values())) < 2:
            asked: dict[Choices, None] = {}
            for _ in range(max(missing, 1)):
                choices = self.draw_new(lambda: self.space.random_choices(self.generator), asked)
                if choices is None:
                    break
                asked[choices] = None
            return list(asked)
        return self._best_unknown()

    def _finite(self) -> dict[Choices, float]:
        return {choices: float(value[0]) for choices, value in self.seen.items() if np.isfinite(value[0])}

    def _best_unknown(self) -> list[Choices]:
        space, encodings = cast("SearchSpace[Any]", self.space), self._encodings
        known = self._finite()
        labels = Labels([space.from_choices(choices) for choices in known], np.array(list(known.values())))
        estimator = ESTIMATORS[self.settings.predictor]().prepared(
            Context(
                space,
                generator=np.random.default_rng(self.generator.integers(2**63)),
                labels=labels,
                known=self._known,
                encodings=encodings,
            )
        )
        scores = estimator.score(encodings.architectures)
        found: dict[Choices, None] = {}
        for place in np.argsort(-scores, kind="stable").tolist():
            choices = self.admitted(space.to_choices(encodings.architectures[place]))
            if choices is not None and choices not in self.seen:
                found[choices] = None
                if len(found) == self.settings.every:
                    break
        return list(found)

    @cached_property
    def _encodings(self) -> EncodedOnce:
        """Of the candidates, which it knows."""
        space, most = cast("SearchSpace[Any]", self.space), self.settings.candidates
        if isinstance(space, Enumerated) and len(space) <= most:
            return _of_whole(space)
        drawn = dict.fromkeys(tuple(space.random_choices(self.generator)) for _ in range(most))
        return EncodedOnce(space, [space.from_choices(choices) for choices in drawn])


@lru_cache(maxsize=2)
def _of_whole(space: Enumerated[Any]) -> EncodedOnce:
    """That all searches of a process share."""
    return EncodedOnce(space, list(space))
