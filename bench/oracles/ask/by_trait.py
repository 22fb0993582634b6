"""Means of a table over the architectures that are alike in a trait or in a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.quantities import RANKED_BY
from nasrank.bench.oracles.ask.table import Table
from nasrank.spaces import get_enumerated


@dataclass(frozen=True)
class Group:
    """Architectures that are alike.

    Attributes:
        value: of the trait, or the option; empty where a decision makes no difference.
        means: of each column over its seeds, then over the architectures that have a number.
        errors: standard error of each mean over architectures; NaN of fewer than two.
    """

    value: str
    architectures: int
    means: tuple[float, ...]
    errors: tuple[float, ...]


def columns_of(table: Table) -> list[list[Column]]:
    """What is averaged: what networks are ranked by, of all seeds of one protocol together, and costs."""
    groups: dict[tuple[Any, ...], list[Column]] = {}
    for column in table.columns:
        wanted = column.metric in (*RANKED_BY, "parameters", "multiply_adds") and not isinstance(column.seeds, str)
        if wanted and column.curve is None:
            groups.setdefault(column.axes[:-1], []).append(column)
    return list(groups.values())


def groups_by(table: Table, name: str) -> Iterator[Group]:
    """Architectures of a table by a trait of their space or by what a decision chooses, in rising order.

    Raises:
        ValueError: the space has neither.
    """
    space = get_enumerated(table.provenance.space)
    every = [table.rows.architecture(row) for row in range(len(table.rows))]
    traits, places = list(space.traits(every[0])), {one.name: at for at, one in enumerate(space.decisions)}
    if name in traits:
        values: list[tuple[Any, ...]] = [(space.traits(one)[name],) for one in every]
    elif name in places:
        at = places[name]
        values = [(space.to_choices(one)[at],) if space.active(one)[at] else () for one in every]
    else:
        raise ValueError(f"{space.name} has no trait or decision {name!r}; it has {', '.join([*traits, *places])}")
    numbers = [np.nanmean([table.whole(column) for column in columns], axis=0) for columns in columns_of(table)]
    for value in sorted(set(values)):
        members = np.array([one == value for one in values])
        found = [column[members & np.isfinite(column)] for column in numbers]
        yield Group(
            _written(value, space.decisions[places[name]].options if name in places else None),
            int(members.sum()),
            tuple(float(one.mean()) if len(one) else np.nan for one in found),
            tuple(float(one.std(ddof=1) / sqrt(len(one))) if len(one) > 1 else np.nan for one in found),
        )


def _written(value: tuple[Any, ...], options: tuple[str, ...] | None) -> str:
    if not value:
        return ""
    return str(value[0]) if options is None else options[value[0]]
