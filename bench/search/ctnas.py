"""CTNAS [Chen2021]: a controller is rewarded by how likely a comparator thinks it that the baseline is surpassed.

Random architectures are labelled, and the comparator of `nasrank.predictors.learned` is fitted to them. Then nothing is
asked for while the controller learns: its reward is the probability that what it drew beats the baseline. Every so
often it draws candidates, and the one that is expected to win most often against the others becomes the baseline; more
often the comparator labels pairs that the controller draws, and learns from those of which it is surest. At the end the
best of all candidates are asked for.

Checked against `ctnas/train.py`, `ctnas/core/config.py` and `ctnas/core/engine/policy_learning.py` of chenyaofo/CTNAS
(commit ecb22ea), whose numbers are the defaults: the order in which things are done, the plain probability as reward
with nothing taken off, Adam and its weight decay, logits without bounds. Different here: the comparator is ours; the
controller takes the decisions of any space, where theirs writes NAS-Bench-101's cells edge by edge, and its bonus for
entropy is that of `nasrank.bench.search.controller`; the first pairs are as many as later ones, where theirs are 256;
candidates are drawn once more at the end, and all of them compared at once, where theirs keeps the best so far; and
several finalists are asked for, not one.

On NAS-Bench-101 a search takes some two minutes of one core, of which fitting to the labels takes six seconds. With
4000 iterations, a learning rate of 5e-4 and a baseline every 200 it takes less than one.

References:
    [Chen2021] Chen et al., "Contrastive Neural Architecture Search with Neural Architecture Comparators", CVPR 2021.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from nasrank.bench.search.controller import ControllerSettings, RecurrentPolicy
from nasrank.bench.search.policy import draw_allowed, refuse_constrained
from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher
from nasrank.predictors.estimator import Context, Labels
from nasrank.predictors.learned.growing_comparator import GrowingComparator
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable

BETAS, WEIGHT_DECAY = (0.5, 0.999), 5e-4
"""Of Adam, for the controller."""


class CTNASSettings(ControllerSettings):
    """How much is asked for, how long the controller learns, and how often what it learns from changes."""

    labels: int = Field(default=423, ge=2)
    """Random architectures that are asked for first, to which the comparator is fitted."""

    iterations: int = Field(default=10_000, ge=1)
    """Architectures that the controller draws and learns from, one after the other, without asking for them."""

    finalists: int = Field(default=5, ge=1)
    """Candidates that are asked for at the end, the one expected to win most often first."""

    learning_rate: float = Field(default=2e-4, gt=0)
    """Step length of Adam for the controller."""

    hidden: int = Field(default=64, ge=1)
    """Width of the controller's LSTM."""

    temperature: float = Field(default=1.0, gt=0)
    """By which its logits are divided."""

    tanh_constant: float | None = Field(default=None, gt=0)
    """Logits go through a tanh and are multiplied by this, so that none is greater; null leaves them as they are."""

    entropy: float = Field(default=5e-4, ge=0)
    """What a nat of entropy is worth beside a probability."""

    baseline_every: int = Field(default=500, ge=1)
    """Iterations from one baseline to the next; the first changes after one iteration."""

    candidates: int = Field(default=10, ge=1)
    """Architectures drawn for each baseline; all of them may become finalists."""

    pairs_every: int = Field(default=100, ge=1)
    """Iterations after which pairs are labelled by the comparator, and it learns further."""

    pairs: int = Field(default=100, ge=0)
    """Pairs that it keeps each time, the surest of twice as many; with none it stays as it was fitted to labels."""

    updates: int = Field(default=2, ge=1)
    """By which it learns each time: the published pass over 423 labels in batches of 256."""


@SEARCHERS.register
class CTNAS(Searcher):
    """Asks twice: for the labels, and for the finalists. What it is told besides counts as labels."""

    name = "ctnas"
    label = "CTNAS"
    reference = "Chen2021"
    settings_type = CTNASSettings
    ends: ClassVar[bool] = True

    space: SearchSpace[object]

    def begin(self) -> None:
        self._finalists: list[Choices] | None = None

    @classmethod
    def refuse(cls, space: Choosable, objectives: int) -> None:
        """As of `Searcher.refuse`; the comparator reads graphs of architectures, which a part of a space lacks."""
        super().refuse(space, objectives)
        if not isinstance(space, SearchSpace):
            raise ValueError(f"{cls.name} compares architectures of a SearchSpace, which {type(space).__name__} is not")
        refuse_constrained(space, cls.name)

    def ask(self) -> list[Choices]:
        """The labels that are missing, then the finalists; the controller learns in between, which takes a while."""
        if self._finalists is None:
            if wanted := self._unlabelled():
                return wanted
            self._finalists = self._search()
        return [one for one in self._finalists if one not in self.seen]

    def _unlabelled(self) -> list[Choices]:
        """Random architectures up to the number of labels, or fewer where hardly any are left."""
        asked: dict[Choices, None] = {}
        for _ in range(self.settings.labels - len(self.seen)):
            choices = self.draw_new(self._random, asked)
            if choices is None:
                break
            asked[choices] = None
        return list(asked)

    def _search(self) -> list[Choices]:
        """Those of all candidates that are expected to win most often, and were not looked at."""
        comparator = self._fitted()
        contest = Contest(self.space, comparator, baseline=self._random())
        policy = RecurrentPolicy(
            self.space,
            self.settings,
            self.generator,
            learning_rate=self.settings.learning_rate,
            betas=BETAS,
            weight_decay=WEIGHT_DECAY,
        )
        candidates: dict[Choices, None] = {}
        for iteration in range(self.settings.iterations):
            if iteration % self.settings.pairs_every == 0 and self.settings.pairs:
                drawn = [architecture for _, architecture in self._draw(policy, 4 * self.settings.pairs)]
                contest.learn(drawn, keep=self.settings.pairs, updates=self.settings.updates)
            ((drawn_as, architecture),) = self._draw(policy, 1)
            policy.learn([drawn_as], np.array([contest.reward(architecture)]))
            if iteration % self.settings.baseline_every == 0 or iteration == self.settings.iterations - 1:
                drawn = [architecture for _, architecture in self._draw(policy, self.settings.candidates)]
                contest.baseline = contest.ordered(drawn)[0]
                candidates |= dict.fromkeys(drawn)
        new = [one for one in contest.ordered(list(candidates)) if one not in self.seen]
        return new[: self.settings.finalists]

    def _fitted(self) -> GrowingComparator:
        """The comparator of all that was told; what has no value is worse than all that has."""
        values = np.array([value[0] for value in self.seen.values()])
        known = values[np.isfinite(values)]
        values = np.clip(values, (known.min() if len(known) else 0.0) - 1, known.max() if len(known) else 0.0)
        labels = Labels([self.space.from_choices(choices) for choices in self.seen], values)
        return GrowingComparator().prepared(Context(self.space, generator=self.generator, labels=labels))

    def _draw(self, policy: RecurrentPolicy, count: int) -> list[tuple[Choices, Choices]]:
        return draw_allowed(policy, self.admitted, count, otherwise=self._random)

    def _random(self) -> Choices:
        return tuple(self.space.random_choices(self.generator))


class Contest:
    """Who is expected to beat whom, among choices.

    Args:
        space: whose choices they are.
        comparator: prepared.
        baseline: what others have to beat.
    """

    def __init__(self, space: SearchSpace[object], comparator: GrowingComparator, baseline: Choices) -> None:
        self.space, self.comparator = space, comparator
        self._baseline = baseline
        self._rewards: dict[Choices, float] = {}

    @property
    def baseline(self) -> Choices:
        return self._baseline

    @baseline.setter
    def baseline(self, choices: Choices) -> None:
        self._baseline = choices
        self._rewards.clear()

    def reward(self, choices: Choices) -> float:
        """The probability that it beats the baseline; a controller that has converged draws the same few again."""
        if choices not in self._rewards:
            pair = self._architectures([choices, self._baseline])
            self._rewards[choices] = float(self.comparator.wins(pair[:1], pair[1:])[0])
        return self._rewards[choices]

    def ordered(self, choices: list[Choices]) -> list[Choices]:
        """Those expected to win most often against the others first; of equal ones the first."""
        wins = self.comparator.tournament(self._architectures(choices))
        return [choices[at] for at in np.argsort(-wins.sum(axis=1), kind="stable")]

    def learn(self, choices: list[Choices], *, keep: int, updates: int) -> None:
        """Label the surest of the pairs that the first and the second half of them make, and learn further."""
        first, second = choices[: len(choices) // 2], choices[len(choices) // 2 :]
        self.comparator.add_pairs(self._architectures(first), self._architectures(second), keep=keep)
        self.comparator.learn_further(updates)
        self._rewards.clear()

    def _architectures(self, choices: list[Choices]) -> list[object]:
        return [self.space.from_choices(one) for one in choices]
