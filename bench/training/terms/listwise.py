"""The likelihood of the landmarks' order: a whole list of landmarks must come out in the right order [Yu2021, Xia2008].

Each step draws `list_size` landmarks of different accuracies. The super-net orders them by its losses `l` as the model
of Plackett [Plackett1975] would, one after the other from the best to the worst, the next with a probability in
proportion to `exp(-sharpness * l)` among those that are left. The term is `coefficient * factor / sharpness` times
minus the logarithm of the probability of the true order, which is the loss of ListMLE [Xia2008] on landmarks [Yu2021]:

    sum over i < k of  logsumexp(-sharpness * (l_i, ..., l_k)) + sharpness * l_i,    l_1 the loss of the best landmark.

With two landmarks that is the landmark term's `cross_entropy`, and with a sharpness of 5 its `softplus`. A longer list
says more of each loss that was computed: k losses give the k (k - 1) / 2 pairs of the list a say. It always has a
gradient, so that a list costs k whole passes, where a pair in the right order costs a hinge two forward ones. With
`interval = k` there are as many passes as with one pair a step of which a quarter is in the wrong order.

References:
    [Plackett1975] Plackett, "The Analysis of Permutations", Applied Statistics 24, 1975.
    [Xia2008] Xia, Liu, Wang, Zhang & Li, "Listwise Approach to Learning to Rank: Theory and Algorithm", ICML 2008.
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.terms.guidance import Guidance, Images, WarmUp
from nasrank.bench.training.terms.schedule import Horizon, Schedule, ScheduleName
from nasrank.bench.training.terms.term import TERMS, Coefficient, Term, TermContext

LONGEST_LIST = 100
"""Landmarks; all of them have their activations in memory at once."""

SHARPEST = 1e3
MOST_STEPS_APART = 1_000_000


@TERMS.register
class ListwiseTerm(Guidance):
    """Compares landmarks list by list."""

    name, label = "listwise", "listwise landmark term"

    class Settings(Term.Settings):
        """How the landmarks guide training."""

        coefficient: Coefficient = 10.0
        """The greatest weight of a list's term; with 0 there are no lists."""

        list_size: Annotated[int, Field(ge=2, le=LONGEST_LIST)] = 4
        """Landmarks of a list; fewer where not so many have different accuracies."""

        interval: Annotated[int, Field(ge=1, le=MOST_STEPS_APART)] = 1
        """A list every so many steps, of those in which the term is on."""

        sharpness: Annotated[float, Field(gt=0, le=SHARPEST)] = 1.0
        """What the losses are multiplied by, in 1/nat, to be logarithms of the chances to come next."""

        images: Images = "held_out"
        """Whether the term sees `held_out` images or the step's `training` images."""

        schedule: ScheduleName = "cosine_increase"
        """Course of the coefficient after the warm-up."""

        warm_up: WarmUp = 0.3
        """First fraction of training, which is without the term."""

        horizon: Horizon = "after_warmup"
        """What the course of `cosine_increase` is measured against, as of the landmark term."""

        @property
        def course(self) -> Schedule:
            """The coefficient's factor at every fraction of training."""
            return Schedule(self.schedule, self.warm_up, self.horizon)

        def always(self) -> ListwiseTerm.Settings:
            return self.model_copy(update={"schedule": "constant", "warm_up": 0.0})

        def share_on(self, start: float, end: float) -> float:
            return self.course.share_on(start, end)

        def passes_per_step(self, landmarks: int, recorded: Mapping[str, float]) -> float:
            """As of any term: every landmark of a list has a forward and a backward pass.

            What the paths of a list have in common is computed once, which is not deducted.
            """
            return min(self.list_size, landmarks) / self.interval if "violated" in recorded else 0.0

        def expected_passes(self, landmarks: int) -> float:
            return self.course.on * self.passes_per_step(landmarks, {"violated": 0.0}) if self.coefficient else 0.0

    settings: Settings

    def __init__(self, settings: Settings, context: TermContext) -> None:
        super().__init__(settings, context)
        self._steps = self._seen = 0
        self._violated: int | Tensor = 0  # counted where the losses are, and read when it is recorded

    @property
    def course(self) -> Schedule:
        return self.settings.course

    @property
    def images(self) -> Images:
        return self.settings.images

    def guide(self, step: Step, coefficient: float) -> None:
        due = self._steps % self.settings.interval == 0
        self._steps += 1
        if not due:
            return
        batch = self.batch_of(step)
        losses = torch.stack(step.losses([self.landmarks[place] for place in self.draw()], batch)).float()
        sharpness = self.settings.sharpness
        (coefficient / sharpness * surprise(-sharpness * losses)).backward()  # type: ignore[no-untyped-call]
        in_order = losses.detach()
        wrong = (in_order[:, None] > in_order[None, :]).triu(1)  # of each and the later ones
        self._seen += len(losses) * (len(losses) - 1) // 2
        self._violated = wrong.sum() + self._violated

    def draw(self) -> list[int]:
        """A step's list, from the best to the worst, as places among the sorted landmarks.

        Landmarks come in random order; one that ties with an earlier one is left out.
        """
        chosen: dict[float, int] = {}
        for place in self.generator.permutation(len(self.landmarks)).tolist():
            chosen.setdefault(float(self.accuracies[place]), place)
            if len(chosen) == self.settings.list_size:
                break
        return sorted(chosen.values(), reverse=True)

    def record(self) -> dict[str, float]:
        """`violated`: fraction in [0, 1] of the pairs of the lists since the last call that were in the wrong order."""
        seen, violated = self._seen, int(self._violated)
        self._seen = self._violated = 0
        return {"violated": violated / seen} if seen else {}


def surprise(scores: Tensor) -> Tensor:
    """Minus the logarithm of the probability, a scalar, that scores `(k,)` draw their things in this very order.

    One after the other, the next with a probability in proportion to the exponential of its score [Plackett1975].
    """
    left = torch.logcumsumexp(scores.flip(0), 0).flip(0)
    return (left - scores).sum()
