"""Decisions of a space as hyperparameters of other tools: the values they have there, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nasrank.spaces import Decision, SearchSpace
from nasrank.spaces.decisions import PLACEHOLDER, active_decisions, conditions

Value = str | int | float


def values_of(decision: Decision) -> tuple[Value, ...]:
    """What stands for each option: its text, or where options are numbers these, int if all of them are whole."""
    if not decision.values:
        return decision.options
    is_whole = all(value == int(value) for value in decision.values)
    return tuple(int(value) if is_whole else float(value) for value in decision.values)


def is_integer_range(decision: Decision) -> bool:
    """Whether the options are all integers from the first to the last, more than one."""
    values = values_of(decision)
    first = values[0]
    return isinstance(first, int) and len(values) > 1 and values == tuple(range(first, first + len(values)))


def choices_of(space: SearchSpace[Any], config: Mapping[str, Any]) -> tuple[int, ...]:
    """The choices that a configuration stands for, one option index a decision; the space may forbid them.

    Args:
        config: by name of the decision, a value of `values_of` or the option's text. Decisions that are not active may
            be left out; what is said of them does not count.

    Raises:
        ValueError: a name or a value that the space does not have, or an active decision that is left out.
    """
    known = {decision.name for decision in space.decisions}
    if unknown := [name for name in config if name not in known]:
        raise ValueError(f"{space.name} has no decision {unknown[0]!r}; it has {', '.join(sorted(known))}")
    chosen = [
        _option(decision, config[decision.name]) if decision.name in config else PLACEHOLDER
        for decision in space.decisions
    ]
    active = active_decisions(conditions(space.decisions), chosen)
    for decision, counts in zip(space.decisions, active, strict=True):
        if counts and decision.name not in config:
            raise ValueError(f"the configuration says nothing of {decision.name}, which is a decision of {space.name}")
    return tuple(choice if counts else PLACEHOLDER for choice, counts in zip(chosen, active, strict=True))


def config_of(decisions: Sequence[Decision], choices: Sequence[int]) -> dict[str, Value]:
    """The configuration that these choices make, of every decision; `choices_of` leads back."""
    return {one.name: values_of(one)[choice] for one, choice in zip(decisions, choices, strict=True)}


def _option(decision: Decision, value: Any) -> int:
    """Index of the option that a value stands for. A truth value would equal a number that nobody meant."""
    values: tuple[Any, ...] = values_of(decision)
    for known in (values, decision.options):
        if not isinstance(value, bool) and value in known:
            return known.index(value)
    raise ValueError(f"{decision.name} has no option {value!r}; it has {', '.join(decision.options)}")
