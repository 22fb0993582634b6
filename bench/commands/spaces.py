"""What `nasrank spaces` says of each search space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.spaces import SPACES, Enumerated, SearchSpace
from nasrank.spaces.decisions import Decision

MANY = 6
"""Numbers to choose from above which the first two and the last are told."""

FEW = 3
"""Decisions between the same options that are told one by one."""


def descriptions() -> dict[str, list[str]]:
    """Of each space, by name, lines: how large it is and whose, what is chosen in it, and tables of it."""
    return {name: [_size(space), *_decisions(space), _tables(space)] for name, space in SPACES.items()}


def _size(space: SearchSpace[Any]) -> str:
    words = "architectures that are not numbered"
    if isinstance(space, Enumerated):
        words = f"{len(space):,} architectures"
        if space.knows_classes:
            words += f", {space.classes:,} up to isomorphism"
    return f"{words} [{space.reference}]" if space.reference else words


def _decisions(space: SearchSpace[Any]) -> Iterator[str]:
    """Those between the same options together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for decision in space.decisions:
        groups.setdefault(_options(decision), []).append(decision.name)
    for options, names in groups.items():
        yield f"{_named(names)}: {', '.join(options)}"


def _options(decision: Decision) -> tuple[str, ...]:
    options = decision.options
    return (*options[:2], "...", options[-1]) if decision.values and len(options) > MANY else options


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= FEW else f"{names[0]} to {names[-1]} ({len(names)})"


def _tables(space: SearchSpace[Any]) -> str:
    names = [name for name, recipe in RECIPES.items() if recipe.space in (space.name, space.contains)]
    return f"tables: {', '.join(names) or 'none yet; nasrank tabulate makes one'}"
