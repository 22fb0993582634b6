"""What strategies and searchers see of a space, and parts of one, where decisions leave some of their options only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol, runtime_checkable

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray
from nasrank.spaces.moves import Moves

if TYPE_CHECKING:
    from nasrank.spaces.enumerated import Enumerated

MOST_DRAWS = 10_000
"""A part that owns none of so many architectures of its space is empty, or far too small to train."""


@runtime_checkable
class Choosable(Protocol):
    """What a strategy sees of a space, or of a part of one."""

    @property
    def decisions(self) -> Sequence[Decision]: ...

    @property
    def passes_per_mixture(self) -> int:
        """What a mixture of all options is charged for, in passes along the path of one architecture."""

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly."""

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """Choices of an architecture drawn uniformly from an isomorphism class drawn uniformly."""

    def allows(self, choices: Sequence[int]) -> bool:
        """Whether these options, each in its range, make an architecture."""

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        """The same for all choices that make one architecture; these must make one."""

    def mutate_choices(
        self, choices: Sequence[int], generator: np.random.Generator, probability: float
    ) -> tuple[int, ...]:
        """Each choice drawn anew with this probability; the space may forbid them."""

    def cross_choices(
        self, one: Sequence[int], other: Sequence[int], generator: np.random.Generator
    ) -> tuple[int, ...]:
        """Every choice from either parent; the space may forbid them."""


class SubSpace:
    """A `Choosable` with the decisions of the space it is a part of, so that paths mean the same in both.

    A choice that an architecture does not depend on counts as what it says, the space's placeholder.

    Args:
        space: may be a part itself.
        options: those that are left, by the place of the decision; other decisions keep theirs.

    Raises:
        ValueError: no such decision, no option left to one, or an option that the space does not have.
    """

    def __init__(self, space: Choosable, options: Mapping[int, Collection[int]]) -> None:
        left = options_left(space)
        for place, kept in options.items():
            if not 0 <= place < len(left):
                raise ValueError(f"a space of {len(left)} decisions has none at place {place}")
            name = space.decisions[place].name
            if not kept:
                raise ValueError(f"a part must leave an option to {name}")
            if not set(kept) <= set(left[place]):
                raise ValueError(f"{name} has the options {left[place]} to choose from, not {tuple(kept)}")
            left[place] = tuple(sorted(set(kept)))
        self.space = space
        self.options = left

    @property
    def decisions(self) -> Sequence[Decision]:
        return self.space.decisions

    @property
    def passes_per_mixture(self) -> int:
        """That of the space, whose other options a mixture may compute as well."""
        return self.space.passes_per_mixture

    def owns(self, choices: Sequence[int]) -> bool:
        """Whether an architecture of the space with these choices is in this part."""
        return all(choice in options for choice, options in zip(choices, self.options, strict=True))

    def allows(self, choices: Sequence[int]) -> bool:
        return self.owns(choices) and self.space.allows(choices)

    def representative(self, choices: Sequence[int]) -> tuple[int, ...]:
        """That of the space, which the part need not own."""
        return self.space.representative(choices)

    def mutate_choices(
        self, choices: Sequence[int], generator: np.random.Generator, probability: float
    ) -> tuple[int, ...]:
        """As the space does it, from all of its options: the part may not own them."""
        return self.space.mutate_choices(choices, generator, probability)

    def cross_choices(
        self, one: Sequence[int], other: Sequence[int], generator: np.random.Generator
    ) -> tuple[int, ...]:
        """As the space does it; the part owns them where it owns both parents."""
        return self.space.cross_choices(one, other, generator)

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """As the space draws them, again until the part owns them; where chance finds none, from a list of its own."""
        found = None if self._drawn_from_list else self._found(self.space.random_choices, generator)
        if found is None and (listed := self._listed):
            found = listed.draw(generator)
        return self._refuse_empty() if found is None else found

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """As the space draws them, given that the part owns them: a class counts by its members that are in here."""
        found = self._found(self.space.random_class_choices, generator)
        return self._refuse_empty() if found is None else found

    def _found(
        self, draw: Callable[[np.random.Generator], list[int]], generator: np.random.Generator
    ) -> list[int] | None:
        for _ in range(MOST_DRAWS):
            choices = draw(generator)
            if self.owns(choices):
                return choices
        return None

    @cached_property
    def _drawn_from_list(self) -> bool:
        """Whether chance would hardly find any.

        In a space beyond listing a list is drawn from wherever there can be one, in others only where many draws would
        miss what they have a chance of.
        """
        whole = whole_space(self)
        combinations, of_all = (prod(map(len, options_left(one))) for one in (self, whole))
        few = combinations * (MOST_DRAWS if getattr(whole, "listable", True) else 1) < of_all
        return few and self._listed is not None

    @cached_property
    def _listed(self) -> _Listed | None:
        """Its architectures one by one; None where it has none, or they are too many."""
        from nasrank.spaces.enumerated import Enumerated  # which moves as this does

        whole = whole_space(self)
        if isinstance(whole, Enumerated):
            with suppress(ValueError):  # too many
                positions = whole.positions_within(self.options)
                return _Listed(whole, positions) if len(positions) else None
        return None

    def _refuse_empty(self) -> NoReturn:
        whole = options_left(self.space)
        kept = ", ".join(
            f"{decision.name}: {options}"
            for decision, options, all_options in zip(self.decisions, self.options, whole, strict=True)
            if options != all_options
        )
        raise ValueError(f"none of {MOST_DRAWS:,} random architectures is in the part with {kept}")


class _Listed(NamedTuple):
    """Some architectures of a space, by their positions `(n,)`."""

    space: Enumerated[Any]
    positions: IntArray

    def draw(self, generator: np.random.Generator) -> list[int]:
        """Choices of one of them, drawn uniformly."""
        position = self.positions[generator.integers(len(self.positions))]
        return [int(choice) for choice in self.space.choices(np.array([position]))[0]]


def places_of_options(space: Choosable, named: Mapping[str, Sequence[str]]) -> dict[int, tuple[int, ...]]:
    """The options that are named, by the place of their decision, as `SubSpace` takes them.

    Raises:
        ValueError: no such decision, one that is left nothing, or an option that it does not have.
    """
    by_name = {decision.name: (place, decision.options) for place, decision in enumerate(space.decisions)}
    found = {}
    for name, options in named.items():
        if name not in by_name:
            raise ValueError(f"there is no decision {name!r}; there are {', '.join(by_name)}")
        place, there = by_name[name]
        if not options:
            raise ValueError(f"{name} is left no option")
        for option in options:
            if option not in there:
                raise ValueError(f"{name} has no option {option!r}; it has {', '.join(there)}")
        found[place] = tuple(there.index(option) for option in options)
    return found


def left_by(space: Choosable, named: Mapping[str, Sequence[str]]) -> list[tuple[int, ...]]:
    """The options that are left to each decision where some are named; ValueError as of `places_of_options`."""
    return options_left(SubSpace(space, places_of_options(space, named)))


def owns(space: Choosable, choices: Sequence[int]) -> bool:
    """Whether an architecture with these choices is in a space, which owns all of its own, or in a part of one."""
    return not isinstance(space, SubSpace) or space.owns(choices)


def whole_space(space: Choosable) -> Choosable:
    """The space that this is, or is a part of."""
    while isinstance(space, SubSpace):
        space = space.space
    return space


def found_by_chance(space: Choosable) -> bool:
    """Whether options that are drawn one decision at a time soon make an architecture."""
    return bool(getattr(whole_space(space), "found_by_chance", True))


def open_options(space: Choosable) -> Callable[[Sequence[int]], Sequence[bool]]:
    """Says of the first choices of an architecture which options the next decision can take."""
    whole = whole_space(space)
    assert isinstance(whole, Moves)
    return whole.open_options


def options_left(space: Choosable) -> list[tuple[int, ...]]:
    """The options that a space, or a part of one, leaves to each decision, ascending."""
    if isinstance(space, SubSpace):
        return list(space.options)
    return [tuple(range(len(decision.options))) for decision in space.decisions]


def whole_decisions(space: Choosable) -> list[int]:
    """Places of the free decisions that have a choice and all their options left: those that a space is split by."""
    return [
        place
        for place, (decision, options) in enumerate(zip(space.decisions, options_left(space), strict=True))
        if decision.free and len(options) == len(decision.options) > 1
    ]


def split(space: Choosable, place: int, groups: Sequence[Collection[int]]) -> list[SubSpace]:
    """One part for each group of options of a decision; together they own every architecture once.

    Raises:
        ValueError: the groups do not hold every option that is left exactly once.
    """
    options = options_left(space)[place]
    if tuple(sorted(option for group in groups for option in group)) != options:
        raise ValueError(f"groups {groups} of {space.decisions[place].name} must hold each of {options} once")
    return [SubSpace(space, {place: group}) for group in groups]
