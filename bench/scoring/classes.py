"""What is measured in place of an architecture: the one of its class, so that each class is measured once.

Without dead branches, architectures whose reduced cells are isomorphic compute the same function of fresh weights, up
to which weights these are. The member that is measured is the first of the space's enumeration, whichever was asked
for, so that a value does not depend on what else is scored. Where dead branches are kept, each is measured for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nasrank.spaces import Enumerated, SearchSpace, get_space

LARGEST_SCAN = 100_000
"""Architectures of a space that is looked through for the first members; reducing so many takes seconds. In a larger
one the first that is asked for stands for its class."""


@dataclass(frozen=True)
class Unit:
    """One measurement's worth: a class of architectures.

    Attributes:
        key: of the class, by which it is kept.
        architecture: the member that is measured.
    """

    key: str
    architecture: Any


def units_of(space_name: str, architectures: Iterable[Any], *, dead_branches: bool) -> list[Unit]:
    """The unit of each architecture, in their order; the same object for those of one class."""
    space, known, found = get_space(space_name), dict[str, Unit](), []
    for architecture in architectures:
        if dead_branches:
            found.append(known.setdefault(text := str(architecture), Unit(text, architecture)))
            continue
        reduced = space.functional(architecture, silence_is_zero=True)
        key = space.key(reduced)
        if key not in known:
            known[key] = Unit(key, _first_members(space_name).get(key) or _enumerated(space, reduced))
        found.append(known[key])
    return found


def _enumerated(space: SearchSpace[Any], architecture: Any) -> Any:
    """As the enumeration has it, where there is one, which holds some isomorphic ones for one architecture."""
    return space.at(space.position(architecture)) if isinstance(space, Enumerated) else architecture


@lru_cache(maxsize=4)
def _first_members(space_name: str) -> dict[str, Any]:
    """By key of the class the first architecture of the enumeration that is its own reduction; empty if too many."""
    space = get_space(space_name)
    first: dict[str, Any] = {}
    if isinstance(space, Enumerated) and len(space) <= LARGEST_SCAN:
        for architecture in space:
            if space.functional(architecture, silence_is_zero=True) == architecture:
                first.setdefault(space.key(architecture), architecture)
    return first
