"""Policy gradient by steps: perturb every decision at once, and follow what was better on average [Mortazi2018].

Mortazi and Bagci search hyper-parameters of a segmentation network like this, after a rule for the gaits of robots
[Kohl2004]. Around where it stands, a round of perturbations moves each decision a step down, a step up or not at all,
each as likely. Of each decision by itself, the mean reward of those that moved it one way, the other way or left it
says where it goes next. Where neighbouring options of a decision are not alike, a round tries one other option in place
of the two steps. As everywhere here, nothing is looked at twice: what is known enters the means with what it was worth.

The paper's settings of a round could not be read; those here are ours.

References:
    [Mortazi2018] Mortazi & Bagci, "Automatically Designing CNN Architectures for Medical Image Segmentation", MLMI
        2018.
    [Kohl2004] Kohl & Stone, "Policy Gradient Reinforcement Learning for Fast Quadrupedal Locomotion", ICRA 2004.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from nasrank.bench.search.searcher import SEARCHERS, Choices, Searcher, Settings
from nasrank.spaces.subspace import options_left

DOWN, STAY, UP = -1, 0, 1

STALE = 20
"""Rounds without anything new, after which it begins anew somewhere else."""


class StepsSettings(Settings):
    """How it looks around."""

    perturbations: Annotated[int, Field(ge=2, le=1_000)] = 10
    """Architectures of a round, besides the one that it stands at."""


@SEARCHERS.register
class PolicySteps(Searcher):
    """See the module."""

    name = "policy_steps"
    label = "policy gradient by steps"
    reference = "Mortazi2018"
    settings_type = StepsSettings

    def begin(self) -> None:
        self._options = [list(own) for own in options_left(self.space)]
        self._ordered = [decision.ordered for decision in self.space.decisions]
        self._at: Choices | None = None
        self._round: list[tuple[Choices, tuple[int, ...]]] = []
        self._others: list[int] = []

    def ask(self) -> list[Choices]:
        """Where it begins, and then what is not known yet of a round."""
        for _ in range(STALE):
            if self._at is None:
                self._at = self.draw_new(lambda: self.space.random_choices(self.generator), {})
                if self._at is None:
                    return []
            if self._at not in self.seen:
                return [self._at]
            if self._round:
                self._move()
            self._round = self._drawn(self._at)
            unknown = dict.fromkeys(choices for choices, _ in self._round if choices not in self.seen)
            if unknown:
                return list(unknown)
        self._at, self._round = None, []
        return self.ask()

    def _drawn(self, at: Choices) -> list[tuple[Choices, tuple[int, ...]]]:
        """Architectures of a round with the step of each decision; what the space does not allow is drawn anew."""
        others = [[option for option in own if option != here] for own, here in zip(self._options, at, strict=True)]
        self._others = [int(self.generator.choice(own or [here])) for own, here in zip(others, at, strict=True)]
        found: list[tuple[Choices, tuple[int, ...]]] = []

        def draw() -> Choices:
            steps = tuple(int(step) for step in self.generator.integers(DOWN, UP, size=len(at), endpoint=True))
            drawn.append(steps)
            return self._stepped(at, steps)

        for _ in range(self.settings.perturbations):
            drawn: list[tuple[int, ...]] = []
            choices = self.draw(draw, unlike=at)
            if choices is not None:
                found.append((choices, drawn[-1]))
        return found

    def _stepped(self, at: Choices, steps: tuple[int, ...]) -> Choices:
        """At the ends of a decision, a step beyond leads nowhere."""
        return tuple(map(self._one_step, range(len(at)), at, steps))

    def _one_step(self, place: int, option: int, step: int) -> int:
        own = self._options[place]
        if not step or option not in own:
            return option
        if not self._ordered[place]:
            return self._others[place]
        return own[min(max(own.index(option) + step, 0), len(own) - 1)]

    def _move(self) -> None:
        """Each decision by the best of its means, of which staying is the first; then where that is allowed to lead."""
        at = self._at
        assert at is not None
        worth = np.array([self.seen[choices][0] if choices in self.seen else -np.inf for choices, _ in self._round])
        steps = np.array([steps for _, steps in self._round])
        chosen = []
        for column, ordered in zip(steps.T, self._ordered, strict=True):
            column = column if ordered else np.abs(column)  # either step leads to the same other option
            means = [worth[column == step].mean() if (column == step).any() else -np.inf for step in (STAY, DOWN, UP)]
            chosen.append((STAY, DOWN, UP)[int(np.argmax(means))])
        moved = self.admitted(self._stepped(at, tuple(chosen)))
        best = self._round[int(np.argmax(worth))][0]
        self._at = best if moved is None else moved
        self._round = []
