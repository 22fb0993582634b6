"""Decisions: what there is to choose in a space, and what follows from that alone.

A choice is always the index of an option, whatever kind of decision it belongs to: categorical, ordered, or a number on
a grid. So strategies, searchers and tables handle one kind of path only, and who can use an order or a number finds it
in the decision.

A decision may depend on others: it is active where one of its conditions holds, and a placeholder, option 0, where none
does. Conditions name earlier decisions, so that activity is settled from the first decision to the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nasrank.spaces.integers import is_integer

PLACEHOLDER = 0
"""The option that an inactive decision is taken to choose."""


@dataclass(frozen=True)
class Condition:
    """That another decision is active and takes one of some options.

    Attributes:
        decision: name of the other decision.
        options: those of its options with which the condition holds.
    """

    decision: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """One choice of a space, such as the operation on an edge or the width of a layer.

    Attributes:
        free: whether each of its options goes with whatever the other decisions choose.
        into: the node whose inputs this decision weighs, where several decisions feed one; else empty.
        ordered: whether neighbouring options are alike, as those of a kernel size are.
        values: the number that each option stands for, strictly ascending; empty where options are no numbers.
        when: the decision is active where any of these holds, and always where there are none.
        level: name of the part of the architecture that it is about, such as "cell" or "path"; a search level by
            level changes the decisions of one name at a time. Empty where there is one level only.

    Raises:
        ValueError: options that are not different, or values that are not one ascending finite number an option.
    """

    name: str
    options: tuple[str, ...]
    free: bool = True
    into: str = ""
    ordered: bool = False
    values: tuple[float, ...] = ()
    when: tuple[Condition, ...] = ()
    level: str = ""

    def __post_init__(self) -> None:
        if len(set(self.options)) < len(self.options):
            raise ValueError(f"{self.name}: options must be different, not {', '.join(self.options)}")
        if not self.values:
            return
        if len(self.values) != len(self.options):
            raise ValueError(f"{self.name}: {len(self.values)} values for {len(self.options)} options")
        if not np.isfinite(self.values).all() or not (np.diff(self.values) > 0).all():
            raise ValueError(f"{self.name}: values must be finite and ascend, not {self.values}")
        object.__setattr__(self, "ordered", True)

    @classmethod
    def numbers(
        cls, name: str, values: Sequence[float], *, when: tuple[Condition, ...] = (), level: str = ""
    ) -> Decision:
        """A decision between these numbers, ascending, such as the widths 1, 2 and 4; an option is the number's text.

        Raises:
            ValueError: the values are not finite and ascending.
        """
        return cls(name, tuple(f"{value:.10g}" for value in values), values=tuple(values), when=when, level=level)

    @classmethod
    def integers(
        cls, name: str, low: int, high: int, *, step: int = 1, when: tuple[Condition, ...] = (), level: str = ""
    ) -> Decision:
        """An integer from `low` to `high`, both included, in steps of `step`.

        Raises:
            ValueError: what is no integer, a step below 1, or no whole number of steps, at least one, from `low` to
                `high`.
        """
        for what, value in (("low", low), ("high", high), ("step", step)):
            if not is_integer(value):
                raise ValueError(f"{name}: {what} is {value!r}, which is no integer")
        if step < 1 or high <= low or (high - low) % step:
            raise ValueError(f"{name}: no whole number of steps of {step} leads from {low} to {high}")
        return cls.numbers(name, range(low, high + 1, step), when=when, level=level)

    @classmethod
    def reals(
        cls, name: str, low: float, high: float, *, step: float, when: tuple[Condition, ...] = (), level: str = ""
    ) -> Decision:
        """A real number from `low` to `high`, both included, on a grid with this step.

        The grid is computed in decimal digits as they are written, so that 0.1 and 0.05 make 0.15 and nothing near it.

        Raises:
            ValueError: what is not finite, a step that is not positive, or no whole number of steps, at least one, from
                `low` to `high`.
        """
        if not np.isfinite([low, high, step]).all() or step <= 0:
            raise ValueError(f"{name}: low {low}, high {high} and step {step} must be finite, and the step positive")
        first, last, stride = (Decimal(str(value)) for value in (low, high, step))
        if last <= first or (last - first) % stride:
            raise ValueError(f"{name}: no whole number of steps of {step} leads from {low} to {high}")
        steps = int((last - first) / stride)
        grid = [float(first + place * stride) for place in range(steps + 1)]
        return cls.numbers(name, grid, when=when, level=level)


Conditions: TypeAlias = Sequence[Sequence[tuple[int, frozenset[int]]]]
"""Of each decision, its conditions as pairs: the place of the other decision, and indices of its options."""


def conditions(decisions: Sequence[Decision]) -> Conditions:
    """The conditions of decisions by place and index, in place of names.

    Raises:
        ValueError: two decisions of one name, a condition on what is no earlier decision, or on what it does not offer.
    """
    places: dict[str, int] = {}
    found = []
    for place, decision in enumerate(decisions):
        pairs = []
        for condition in decision.when:
            if condition.decision not in places:
                raise ValueError(f"{decision.name} depends on {condition.decision!r}, which is no earlier decision")
            other = places[condition.decision]
            options, wanted = decisions[other].options, condition.options
            if not wanted or not set(wanted) <= set(options):
                asked = " or ".join(wanted) or "nothing"
                raise ValueError(
                    f"{decision.name} depends on {condition.decision} being {asked}: options are {', '.join(options)}"
                )
            pairs.append((other, frozenset(map(options.index, wanted))))
        if decision.name in places:
            raise ValueError(f"two decisions are called {decision.name!r}")
        places[decision.name] = place
        found.append(tuple(pairs))
    return tuple(found)


def active_decisions(depends: Conditions, choices: Sequence[int]) -> tuple[bool, ...]:
    """Which decisions have no conditions, or one that holds for these choices, which are one option a decision."""
    active: list[bool] = []
    for alternatives in depends:
        active.append(not alternatives or any(active[place] and choices[place] in kept for place, kept in alternatives))
    return tuple(active)


def with_placeholders(depends: Conditions, choices: Sequence[int]) -> tuple[int, ...]:
    """The same choices, with a placeholder for each of an inactive decision."""
    active = active_decisions(depends, choices)
    if all(active):
        return tuple(choices)
    return tuple(choice if used else PLACEHOLDER for choice, used in zip(choices, active, strict=True))


Scores = Sequence[npt.ArrayLike]
"""Of every option of every decision: one vector `(options,)` a decision; higher is better."""


def read_scores(decisions: Sequence[Decision], scores: Scores) -> list[list[float]]:
    """The same as lists; ValueError for another number of vectors or options, and for what is not finite."""
    if len(scores) != len(decisions):
        raise ValueError(f"{len(scores)} vectors of scores for {len(decisions)} decisions")
    tables = []
    for decision, vector in zip(decisions, scores, strict=True):
        table = np.asarray(vector, dtype=np.float64)
        if table.shape != (len(decision.options),) or not np.isfinite(table).all() or np.ma.is_masked(vector):
            raise ValueError(f"scores of {decision.name} must be {len(decision.options)} finite numbers, not {vector}")
        tables.append(table.tolist())
    return tables


def best_choices(space: str, decisions: Sequence[Decision], scores: Scores) -> tuple[int, ...]:
    """Choices of greatest total score, in which inactive decisions do not count; of equal options the first.

    From the last decision to the first, each option is worth its own score and that of the best choice in every
    decision that it activates. Exact where each decision has at most one condition: these make a forest.

    Raises:
        ValueError: a decision is not free or has several conditions, so that the best options need not go together.
    """
    tables, depends = read_scores(decisions, scores), conditions(decisions)
    for decision in decisions:
        if not decision.free or len(decision.when) > 1:
            why = "has several conditions" if decision.free else "is not free"
            raise ValueError(f"{space} does not say which architecture has the greatest sum: {decision.name} {why}")
    chosen = [PLACEHOLDER] * len(decisions)
    for place in reversed(range(len(decisions))):
        chosen[place] = int(np.argmax(tables[place]))
        for other, kept in depends[place]:
            for option in kept:
                tables[other][option] += tables[place][chosen[place]]
    return with_placeholders(depends, chosen)
