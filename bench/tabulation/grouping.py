"""Which architectures are of one group: alike in all levels of their space's decisions but the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nasrank.spaces import Enumerated


@dataclass(frozen=True)
class Grouping:
    """Which architectures are of one group, as the graphs of one generator are.

    Attributes:
        groups: what these are called, and `members` what architectures of one differ in.
        labels: the group of each architecture.
    """

    groups: str
    members: str
    labels: tuple[tuple[int, ...], ...]


def grouping(space: Enumerated[Any], architectures: Sequence[Any]) -> Grouping | None:
    """By all levels of a space's decisions but the last; None where it has one level, or no group has two members."""
    levels, shared = levels_of(space), shared_places(space)
    if len(levels) < 2:
        return None
    chosen = map(space.to_choices, architectures)
    labels = tuple(tuple(choices[place] for place in shared) for choices in chosen)
    if len(set(labels)) in (1, len(labels)):
        return None
    return Grouping(f"{levels[-2]}s", f"{levels[-1]}s of one {levels[-2]}", labels)


def levels_of(space: Enumerated[Any]) -> tuple[str, ...]:
    """What a space's decisions are about, in their order."""
    return tuple(dict.fromkeys(decision.level for decision in space.decisions))


def shared_places(space: Enumerated[Any]) -> list[int]:
    """Of the decisions that architectures of one group have alike; none where the space has one level."""
    last = levels_of(space)[-1]
    return [place for place, decision in enumerate(space.decisions) if decision.level != last]
