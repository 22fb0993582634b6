"""Landmark regularization [Yu2021]: a few architectures of known accuracy must come out in the right order.

Of a pair of landmarks, the better one must not have the greater loss in the super-net. With the default hinge the
term is `coefficient * factor * max(0, loss(better) - loss(worse))`, all losses of a step on the same held-out images. A
pair already in the right order therefore has no gradient, and costs its two forward passes only.

Whether it has decides which weights decay in the step, so it has to be known before the step ends: with a hinge, and
with a hinge alone, training waits for the device once a pair. One read for all pairs of a step would hold the
activations of all of them in memory at once. The other losses have a gradient for every pair.

Landmarks are hard paths in every strategy, also where the strategy itself trains mixtures: then no other term trains
the weights along single paths, and part of what guidance gains may come from that. The held-out images are those that
strategies update their own parameters on, from another stream; guided weights have seen them.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, pairwise
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.terms.guidance import Guidance, Images, WarmUp
from nasrank.bench.training.terms.schedule import Horizon, Schedule, ScheduleName
from nasrank.bench.training.terms.term import TERMS, Coefficient, Term, TermContext

LossName = Literal["hinge", "softplus", "cross_entropy", "weighted_hinge", "weighted_softplus"]
PairSampling = Literal["uniform", "official", "adjacent", "all", "all_adjacent"]

SOFTPLUS_SHARPNESS = 5.0

MOST_PAIRS = 10_000
"""Landmark pairs a step, each of which costs two passes."""

EXPECTED_TO_BE_VIOLATED = 0.25
"""Share of the pairs that are found in the wrong order, as it was in most studies here, within a tenth."""

LOSSES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "hinge": lambda difference, gap: F.relu(difference),
    "softplus": lambda difference, gap: F.softplus(difference, beta=SOFTPLUS_SHARPNESS),
    "cross_entropy": lambda difference, gap: F.softplus(difference),
    "weighted_hinge": lambda difference, gap: gap * F.relu(difference),
    "weighted_softplus": lambda difference, gap: gap * F.softplus(difference, beta=SOFTPLUS_SHARPNESS),
}
"""Each takes loss(better) - loss(worse), a scalar, and the accuracy gap as a fraction of the landmarks' range.

`cross_entropy` is minus the log of the probability sigmoid(loss(worse) - loss(better)) that the order is right.
"""


PairsPerStep = Annotated[int, Field(ge=1, le=MOST_PAIRS)]


@TERMS.register
class LandmarkTerm(Guidance):
    """Compares landmarks two by two."""

    name, label = "landmark", "landmark term"

    class Settings(Term.Settings):
        """How the landmarks guide training."""

        loss: LossName = "hinge"
        """What a pair in the wrong order costs; `weighted_` ones multiply it by the gap of the two accuracies."""

        coefficient: Coefficient = 10.0
        """The greatest weight of a pair's term; those of a step's pairs are added, and with 0 there are none."""

        pairs_per_step: PairsPerStep = 1
        """Pairs drawn a step; the sampling kinds `all` and `all_adjacent` take every pair instead."""

        pair_sampling: PairSampling = "uniform"
        """`uniform` over pairs of unequal accuracy; `official`: the worse one uniform, then the better one uniform
        above it, which favours pairs of good landmarks; `adjacent`: uniform over neighbours in rank; `all`;
        `all_adjacent`."""

        images: Images = "held_out"
        """Whether the term sees `held_out` images or the step's `training` images."""

        schedule: ScheduleName = "cosine_increase"
        """Course of the coefficient after the warm-up."""

        warm_up: WarmUp = 0.3
        """First fraction of training, which is without the term."""

        horizon: Horizon = "after_warmup"
        """What the course of `cosine_increase` is measured against; with `all_epochs`, as in the official code, it ends
        below its maximum."""

        @property
        def course(self) -> Schedule:
            """The coefficient's factor at every fraction of training."""
            return Schedule(self.schedule, self.warm_up, self.horizon)

        @property
        def is_hinge(self) -> bool:
            """Whether a pair in the right order has no gradient."""
            return self.loss in ("hinge", "weighted_hinge")

        def always(self) -> LandmarkTerm.Settings:
            return self.model_copy(update={"schedule": "constant", "warm_up": 0.0})

        def share_on(self, start: float, end: float) -> float:
            return self.course.share_on(start, end)

        def expected_passes(self, landmarks: int) -> float:
            passes = self.passes_per_step(landmarks, {"violated": EXPECTED_TO_BE_VIOLATED})
            return self.course.on * passes if self.coefficient else 0.0

        def passes_per_step(self, landmarks: int, recorded: Mapping[str, float]) -> float:
            """As of any term; with a hinge, only the share of the pairs that is `violated` has backward passes.

            What the two paths of a pair have in common is computed once, which is not deducted.
            """
            if "violated" not in recorded:
                return 0.0
            every = {"all": landmarks * (landmarks - 1) // 2, "all_adjacent": landmarks - 1}
            backward = recorded["violated"] if self.is_hinge else 1.0
            return every.get(self.pair_sampling, self.pairs_per_step) * 2 * (1 + 2 * backward) / 3

    settings: Settings

    def __init__(self, settings: Settings, context: TermContext) -> None:
        super().__init__(settings, context)
        self._candidates = self._list_pairs()
        self._seen = 0
        self._violated: int | Tensor = 0  # counted where the losses are, and read when it is recorded

    @classmethod
    def stream(cls, seed: int) -> np.random.Generator:
        """The one of stored results, which is older than terms by name."""
        return generator(seed, Purpose.LANDMARK_PAIRS)

    @classmethod
    def held_out_stream(cls, seed: int) -> torch.Generator:
        """The one of stored results, likewise."""
        return torch_generator(seed, Purpose.LANDMARK_HELD_OUT)

    @property
    def course(self) -> Schedule:
        return self.settings.course

    @property
    def images(self) -> Images:
        return self.settings.images

    def guide(self, step: Step, coefficient: float) -> None:
        batch = self.batch_of(step)
        for worse, better in self.pairs():
            self._accumulate_pair(step, batch, coefficient, worse, better)

    def _accumulate_pair(self, step: Step, batch: Batch, coefficient: float, worse: int, better: int) -> None:
        loss_worse, loss_better = step.losses([self.landmarks[worse], self.landmarks[better]], batch)
        difference = loss_better - loss_worse
        gap = (self.accuracies[better] - self.accuracies[worse]) / np.ptp(self.accuracies)
        penalty = coefficient * LOSSES[self.settings.loss](difference, float(gap))
        self._seen += 1
        self._violated = (difference.detach() > 0) + self._violated
        if not self.settings.is_hinge or bool(penalty.detach() != 0):
            penalty.backward()  # type: ignore[no-untyped-call]

    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of this step, `(worse, better)` as places among the sorted landmarks."""
        if self.settings.pair_sampling in ("all", "all_adjacent"):
            return self._candidates
        if self.settings.pair_sampling == "official":
            return [self._official_pair() for _ in range(self.settings.pairs_per_step)]
        drawn = self.generator.integers(len(self._candidates), size=self.settings.pairs_per_step)
        return [self._candidates[place] for place in drawn]

    def _official_pair(self) -> tuple[int, int]:
        """Landmarks of equal accuracy have no order, so a pair of them is drawn again."""
        while True:
            worse = int(self.generator.integers(len(self.landmarks) - 1))
            better = int(self.generator.integers(worse + 1, len(self.landmarks)))
            if self.accuracies[worse] < self.accuracies[better]:
                return worse, better

    def _list_pairs(self) -> list[tuple[int, int]]:
        places = range(len(self.landmarks))
        pairs = pairwise(places) if "adjacent" in self.settings.pair_sampling else combinations(places, 2)
        return [(low, high) for low, high in pairs if self.accuracies[low] < self.accuracies[high]]

    def record(self) -> dict[str, float]:
        """`violated`: fraction in [0, 1] of the pairs since the last call that were in the wrong order."""
        seen, violated = self._seen, int(self._violated)
        self._seen = self._violated = 0
        return {"violated": violated / seen} if seen else {}
