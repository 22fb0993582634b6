"""What to look at next: a searcher is asked for architectures and told what they are worth.

Architectures are choices here, the language in which strategies, super-nets and searchers meet. What they are worth may
be anything: accuracies of a table, scores of a super-net or of a predictor, minus a cost, or several of these at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.ranking.arrays import FloatArray, as_floats
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable

Choices: TypeAlias = tuple[int, ...]

Objective = Callable[[Sequence[Choices]], FloatArray]
"""What architectures are worth, `(n,)`; higher is better, and NaN is worst."""

MOST_DRAWS = 1000
"""After so many draws that are not allowed or not new, a searcher takes it that hardly anything new is left."""


class Searcher(ABC):
    """Asks for architectures, each once, and learns from what it is told of them.

    Args:
        space: or a part of one.
        generator: decides everything that is random.
        objectives: of how many values there are of an architecture.

    Attributes:
        name: key in the registry.
        label: how tables and figures call it.
        reference: the paper's key.
        seen: what it was told, by choices: values `(objectives,)`, minus infinity for what is NaN or masked.

    Raises:
        ValueError: no objective.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]

    def __init__(self, space: Choosable, generator: np.random.Generator, *, objectives: int = 1) -> None:
        if objectives < 1:
            raise ValueError(f"objectives = {objectives}; a search has at least one")
        self.space = space
        self.generator = generator
        self.objectives = objectives
        self.seen: dict[Choices, FloatArray] = {}
        self._representatives: dict[Choices, Choices | None] = {}

    @abstractmethod
    def ask(self) -> list[Choices]:
        """Architectures to look at next, none of which it was told of; nothing where hardly anything new is left."""

    def tell(self, choices: Sequence[Choices], values: npt.ArrayLike) -> None:
        """What architectures are worth, `(n, objectives)`, or `(n,)` where there is one objective; higher is better.

        They need not be those that were asked for. NaN and masked values are the worst.

        Raises:
            ValueError: another shape, or what is no number.
        """
        array = as_floats("values", values)
        array = array[:, None] if array.ndim == 1 else array
        if array.shape != (len(choices), self.objectives):
            raise ValueError(
                f"{len(choices)} architectures have values ({len(choices)}, {self.objectives}), not {array.shape}"
            )
        self.seen |= dict(zip(map(tuple, choices), np.where(np.isnan(array), -np.inf, array), strict=True))

    def best(self, objective: int = 0) -> Choices:
        """The architecture of highest value by one objective, of several the first.

        Raises:
            ValueError: nothing has been looked at.
        """
        if not self.seen:
            raise ValueError("the search has not looked at an architecture yet")
        return max(self.seen, key=lambda choices: self.seen[choices][objective])

    def front(self) -> list[Choices]:
        """Those than which no other is better by one objective and worse by none, in the order of looking."""
        values = np.array(list(self.seen.values())).reshape(len(self.seen), self.objectives)
        return [
            choices
            for choices, own in self.seen.items()
            if not ((values >= own).all(axis=1) & (values > own).any(axis=1)).any()
        ]

    def draw_new(self, draw: Callable[[], Sequence[int]], asked: dict[Choices, None]) -> Choices | None:
        """Draw until there is an architecture that it was not told of and has not asked for; None after many draws.

        All choices that make one architecture count as those of its representative: what differs in nothing that
        matters is not new.
        """
        for _ in range(MOST_DRAWS):
            choices = self._admitted(tuple(draw()))
            if choices is not None and choices not in self.seen and choices not in asked:
                return choices
        return None

    def _admitted(self, drawn: Choices) -> Choices | None:
        """The representative, unless the space allows no such architecture.

        A population that has converged draws the same few choices over and over; each are looked up once.
        """
        if drawn not in self._representatives:
            choices = self.space.representative(drawn) if self.space.allows(drawn) else None
            self._representatives[drawn] = choices if choices is not None and self.space.allows(choices) else None
        return self._representatives[drawn]


def search(searcher: Searcher, objectives: Sequence[Objective], *, evaluations: int) -> list[Choices]:
    """Let a searcher look at so many architectures, or at all that it asks for; they are returned in that order.

    Raises:
        ValueError: not as many objectives as the searcher has.
    """
    if len(objectives) != searcher.objectives:
        raise ValueError(f"the searcher has {searcher.objectives} objectives, not {len(objectives)}")
    looked: list[Choices] = []
    while len(looked) < evaluations:
        asked = searcher.ask()[: evaluations - len(looked)]
        if not asked:
            break
        searcher.tell(asked, np.stack([objective(asked) for objective in objectives], axis=1))
        looked += asked
    return looked


def of_architectures(space: SearchSpace[Any], score: Callable[[list[Any]], FloatArray]) -> Objective:
    """The objective that a score of architectures is, such as `estimator.score`, or a question to a table.

    For instance `of_architectures(space, partial(table.accuracy, dataset="cifar10", ...))`.
    """
    return lambda paths: score([space.from_choices(path) for path in paths])


SEARCHERS: Registry[type[Searcher]] = Registry("searcher", "nasrank.bench.search")
"""By name. To add one: a file here that registers it, or a plugin that does."""
