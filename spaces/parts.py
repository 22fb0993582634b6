"""The architectures of a part of a space, counted through: where the space is too large for that, by combinations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from nasrank.spaces.enumerated import MOST_LISTED, Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.subspace import SubSpace, options_left


def positions_within(space: Enumerated[Any], options: Mapping[int, Collection[int]]) -> IntArray:
    """Positions of the architectures that take none but these options, by the place of their decision; rising.

    A decision that makes no difference counts as its first option.

    Raises:
        ValueError: as of `SubSpace`, or all are too many to list.
    """
    left = options_left(SubSpace(space, options))
    refuse_unlistable(space, left)
    if space.listable:
        rows = space.choices()
        return np.flatnonzero(
            np.all([np.isin(column, kept) for column, kept in zip(rows.T, left, strict=True)], axis=0)
        )
    made = (choices for choices in product(*left) if space.allows(choices) and space.representative(choices) == choices)
    return np.array(sorted(space.position(space.from_choices(choices)) for choices in made), dtype=np.int64)


def refuse_unlistable(space: Enumerated[Any], left: Sequence[Collection[int]]) -> None:
    """ValueError where neither the space nor all combinations of what is left to each decision can be listed."""
    combinations = prod(map(len, left))
    if not space.listable and combinations > MOST_LISTED:
        some = "" if combinations >= len(space) else f", {combinations:,} of them with these options"
        raise ValueError(f"{space.name} has {len(space):,} architectures{some}, which are too many to list")
