"""Which architectures a part of a search study has numbers of, and the place of each in arrays of these numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces import Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.subspace import left_by

FloatArray = npt.NDArray[np.float64]


class Places:
    """All architectures of a space that can be listed, by position; of a larger one those that are searched.

    Args:
        options: those that are searched, by the name of their decision.

    Raises:
        ValueError: as of `left_by`; when something is asked, there is none, or all are too many to list.
    """

    def __init__(self, space: Enumerated[Any], options: Mapping[str, Sequence[str]]) -> None:
        self.space, self._left = space, left_by(space, options)

    @cached_property
    def _searched(self) -> IntArray:
        found = self.space.positions_within(self._left)
        if not len(found):
            raise ValueError(f"{self.space.name} has no architecture with these options")
        return found

    @cached_property
    def positions(self) -> IntArray:
        """In the space, of the architecture at each place; rising."""
        return np.arange(len(self.space)) if self.space.listable else self._searched

    @cached_property
    def searched(self) -> npt.NDArray[np.bool_]:
        """Which of them are searched."""
        return np.isin(self.positions, self._searched, assume_unique=True)

    def __len__(self) -> int:
        return len(self.positions)

    def at(self, place: int) -> Any:
        """The architecture at a place."""
        return self.space.at(int(self.positions[place]))

    def architectures(self) -> list[Any]:
        """That at each place."""
        return list(map(self.at, range(len(self))))

    def of(self, architecture: Any) -> int:
        """The place of an architecture; ValueError where it has none."""
        position = self.space.position(architecture)
        place = int(np.searchsorted(self.positions, position))
        if place == len(self) or self.positions[place] != position:
            raise ValueError(f"{architecture} is not in the part of {self.space.name} that is searched")
        return place

    def spread(self, positions: IntArray, values: npt.ArrayLike) -> FloatArray:
        """Values of the architectures at these positions by their place; NaN where there is none."""
        found = np.full(len(self), np.nan)
        places = np.minimum(np.searchsorted(self.positions, positions), len(self) - 1)
        here = self.positions[places] == positions
        found[places[here]] = np.asarray(values, dtype=np.float64)[here]
        return found
