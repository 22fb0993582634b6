"""What to look at next: a searcher is asked for architectures and told what they are worth.

Architectures are choices here, the language in which strategies, super-nets and searchers meet. What they are worth may
be anything: accuracies of a table, scores of a super-net or of a predictor, minus a cost, or several of these at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.ranking.arrays import FloatArray, as_floats
from nasrank.bench.ranking.fronts import non_dominated
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.subspace import Choosable

Choices: TypeAlias = tuple[int, ...]

Objective = Callable[[Sequence[Choices]], FloatArray]
"""What architectures are worth, `(n,)`; higher is better, and NaN is worst."""

MOST_DRAWS = 1000
"""After so many draws that are not allowed or not new, a searcher takes it that hardly anything new is left."""


class Settings(BaseModel):
    """What can be chosen of a searcher; one that has something to choose has a class of its own.

    The text below each key is what the documentation says of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Searcher(ABC):
    """Asks for architectures and learns from what it is told of them.

    Args:
        space: or a part of one.
        generator: decides everything that is random.
        settings: of its `settings_type`; the published ones where there are none.
        objectives: of how many values there are of an architecture.

    Attributes:
        name: key in the registry.
        label: how tables and figures call it.
        reference: the paper's key.
        settings_type: what can be chosen of it.
        repeats: whether it may ask again for what it was told of, as its published code does; else it asks once.
        ends: whether it stops by itself, before the space is looked through.
        fewest_objectives: that it can serve.
        most_objectives: that it can serve; None for any number.
        revision: raised when it is changed so that it asks for others than before with the same seed.
        seen: what it was told, by choices: values `(objectives,)`, minus infinity for what is NaN or masked.

    Raises:
        ValueError: more or fewer objectives than it can serve, or a space that it cannot serve.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]
    settings_type: ClassVar[type[Settings]] = Settings
    repeats: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    fewest_objectives: ClassVar[int] = 1
    most_objectives: ClassVar[int | None] = 1
    revision: ClassVar[int] = 1

    def __init__(
        self,
        space: Choosable,
        generator: np.random.Generator,
        settings: Settings | None = None,
        *,
        objectives: int = 1,
    ) -> None:
        self.refuse(space, objectives)
        self.settings: Any = settings or self.settings_type()
        self.space = space
        self.generator = generator
        self.objectives = objectives
        self.seen: dict[Choices, FloatArray] = {}
        self._representatives: dict[Choices, Choices | None] = {}
        self.begin()

    def begin(self) -> None:  # noqa: B027 - most searchers that are simple remember nothing else
        """Set up what it remembers besides, once space, settings and generator are there."""

    @classmethod
    def refuse(cls, space: Choosable, objectives: int) -> None:
        """Raise ValueError unless it can serve this space and so many objectives."""
        del space
        most = cls.most_objectives
        if objectives < 1:
            raise ValueError(f"objectives = {objectives}; a search has at least one")
        if objectives < cls.fewest_objectives or (most is not None and objectives > most):
            asked = f"at least {cls.fewest_objectives}" if objectives < cls.fewest_objectives else f"at most {most}"
            raise ValueError(f"{cls.name} searches by {asked} objective(s), not by {objectives}")

    @property
    def epochs(self) -> int | None:
        """After how many epochs of training it wants to know what it asked for last; None for all of the schedule."""
        return None

    @property
    def schedule(self) -> tuple[int | None, ...]:
        """All numbers of epochs that `epochs` may come to."""
        return (self.epochs,)

    @abstractmethod
    def ask(self) -> list[Choices]:
        """Architectures to look at next, representatives of what the space allows; nothing where it is at its end.

        Unless it `repeats`, none of them is one that it was told of, and none is asked for twice at a time.
        """

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
        return list(compress(self.seen, non_dominated(values)))

    def draw_new(self, draw: Callable[[], Sequence[int]], asked: dict[Choices, None]) -> Choices | None:
        """Draw until there is an architecture that it was not told of and has not asked for; None after many draws.

        All choices that make one architecture count as those of its representative: what differs in nothing that
        matters is not new.
        """
        for _ in range(MOST_DRAWS):
            choices = self.admitted(tuple(draw()))
            if choices is not None and choices not in self.seen and choices not in asked:
                return choices
        return None

    def draw(self, draw: Callable[[], Sequence[int]], *, unlike: Choices | None = None) -> Choices | None:
        """Draw until the space allows it, known or not, and it is not one other; None after many draws."""
        for _ in range(MOST_DRAWS):
            choices = self.admitted(tuple(draw()))
            if choices is not None and choices != unlike:
                return choices
        return None

    def admitted(self, drawn: Choices) -> Choices | None:
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
