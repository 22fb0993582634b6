"""The training loop restated: steps of SGD along what `restated` yields, landmark pairs, and super-nets that divide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from restated import (
    RESTATED,
    Batch,
    Logits,
    Look,
    Path,
    Sgd,
    Weights,
    clipped,
    furthest_apart,
    gradients,
    learning_rate,
    loss,
    sizes,
)
from torch import Tensor


class Part:
    """A space of which some decisions keep a few options only; others are drawn again."""

    def __init__(self, space: Any, place: int, options: Sequence[int]) -> None:
        self.space, self.place, self.options = space, place, options
        self.decisions = space.decisions
        self.split = {place} | getattr(space, "split", set())

    def owns(self, path: Path) -> bool:
        return path[self.place] in self.options and (not isinstance(self.space, Part) or self.space.owns(path))

    def random_choices(self, stream: np.random.Generator) -> list[int]:
        while not self.owns(path := self.space.random_choices(stream)):
            pass
        return path


class Term:
    """Landmarks from the worst to the best: of three pairs a step, twice by how much the better one's loss is greater.

    A pair in the right order has no gradient, not one of zero, which would make the weights along its paths decay.
    """

    def __init__(self, landmarks: Sequence[Path], stream: np.random.Generator, batches: Iterator[Batch]) -> None:
        self.landmarks, self.stream, self.batches = landmarks, stream, batches
        self.pairs = list(combinations(range(len(landmarks)), 2))

    def within(self, part: Part) -> Term:
        return Term([path for path in self.landmarks if part.owns(path)], self.stream, self.batches)

    def __call__(self, weights: Weights) -> Tensor | float:
        if not self.pairs:
            return 0.0
        batch = next(self.batches)
        losses = [loss(weights, path, batch) for path in self.landmarks]
        drawn = [self.pairs[place] for place in self.stream.integers(len(self.pairs), size=3)]
        wrong = [(worse, better) for worse, better in drawn if losses[better] > losses[worse]]
        return sum(2 * (losses[better] - losses[worse]) for worse, better in wrong)


@dataclass
class Training:
    """Everything that super-nets share; `leaves` are the weights of those that were trained to the end."""

    name: str
    stream: np.random.Generator
    batches: Iterator[Batch]
    held_out: Iterator[Batch]
    term: Callable[[Weights], Tensor | float]

    def __post_init__(self) -> None:
        self.losses: list[float] = []
        self.leaves: list[Weights] = []
        self.learned: Logits | None = None

    def steps(self, space: Any, weights: Weights, optimizer: Sgd, count: int, course: tuple[float, float]) -> None:
        """Train so many steps in place, while the learning rate runs through this part of its cosine."""
        strategy, (start, end) = RESTATED[self.name](space, self.stream), course
        self.learned = next(strategy)
        for done in range(count):
            optimizer.rate = learning_rate(start + (end - start) * done / count)
            look = Look(weights, optimizer, done / count, next(self.batches), self.held_out.__next__)
            losses = [loss(weights, path, look.batch) for path in strategy.send(look)]
            self.losses.append(float(sum(losses).detach()) / len(losses))
            found = clipped(gradients(weights, sum(losses) + self.term(weights)))
            for name, change in optimizer.change(weights, found).items():
                weights[name] = (weights[name].detach() - change).requires_grad_()

    def whole(self, space: Any, weights: Weights, count: int) -> None:
        self.steps(space, weights, Sgd(), count, (0.0, 1.0))
        self.leaves.append(weights)

    def few_shot(self, space: Any, weights: Weights, passes: int) -> None:
        """Half of it on the whole space, the rest on a copy for each option of the largest decision, all anew."""
        self.steps(space, weights, Sgd(), passes // 2, (0.0, 1.0))
        place = int(np.argmax(sizes(space)))
        whole = self.term
        for option in range(sizes(space)[place]):
            part = Part(space, place, [option])
            self.term = whole.within(part) if isinstance(whole, Term) else whole
            self.whole(part, dict(weights), passes // 2 // sizes(space)[place])

    def gm_nas(self, space: Any, weights: Weights, passes: int, shares: Sequence[float] = (0.4, 0.2, 0.4)) -> None:
        """Divided in two after .4 and again after .6 of training; learning rate and momentum go on."""
        self._divided(space, weights, Sgd(), passes, shares, self.term)

    def _divided(
        self, space: Any, weights: Weights, optimizer: Sgd, passes: int, shares: Sequence[float], term: Any
    ) -> None:
        self.term = term
        start, now = 1 - sum(shares), round(passes * shares[0] / sum(shares))
        self.steps(space, weights, optimizer, now, (start, start + shares[0]))
        if len(shares) == 1:
            self.leaves.append(weights)
            return
        left = [1 if place in getattr(space, "split", ()) else count for place, count in enumerate(sizes(space))]
        spent = 1 + sum(count - 1 for count in left)
        batch, path = next(self.batches), space.random_choices(self.stream)
        place, *groups = furthest_apart(weights, path, batch, left)
        for group in groups:
            part = Part(space, place, group)
            its_term = term.within(part) if isinstance(term, Term) else term
            heir = Sgd(momenta=dict(optimizer.momenta or {}))
            self._divided(part, dict(weights), heir, (passes - now - spent) // 2, shares[1:], its_term)
