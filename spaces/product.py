"""Spaces in which every combination of options is an architecture of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from math import prod
from operator import mul

import numpy as np

from nasrank.spaces.enumerated import Distinct, Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.moves import A


class ProductSpace(Enumerated[A]):
    """A space in which every combination of options is an architecture of its own.

    Positions are lexicographic in the choices, the last decision fastest. That numbering is this project's own; a
    benchmark's official index is a column of its table.
    """

    mutual_neighbours = True

    def __len__(self) -> int:
        return prod(self._radices)

    def at(self, position: int) -> A:
        return self.from_choices([int(choice) for choice in np.unravel_index(self._inside(position), self._radices)])

    def position(self, architecture: A) -> int:
        return sum(map(mul, self.to_choices(architecture), self._strides))

    def choices(self, positions: IntArray | None = None) -> IntArray:
        if positions is None:
            self.refuse_listing()
        rows = np.arange(len(self)) if positions is None else self._all_inside(positions)
        return np.stack(np.unravel_index(rows, self._radices), axis=1).astype(np.int64)

    def positions_within(self, left: Sequence[Collection[int]]) -> IntArray:
        self.refuse_listing(left)
        positions = np.zeros(1, dtype=np.int64)
        for options, stride in zip(left, self._strides, strict=True):
            positions = (positions[:, None] + stride * np.array(sorted(options), dtype=np.int64)).ravel()
        return positions

    @cached_property
    def _radices(self) -> tuple[int, ...]:
        return tuple(len(decision.options) for decision in self.decisions)

    @cached_property
    def _strides(self) -> tuple[int, ...]:
        """How far apart in the enumeration are two architectures that differ by one in one decision."""
        return tuple(prod(self._radices[place + 1 :]) for place in range(len(self.decisions)))

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        return [int(generator.integers(options)) for options in self._radices]

    def neighbours(self, architecture: A) -> list[A]:
        """All architectures that differ in exactly one decision."""
        choices = self.to_choices(architecture)
        return [
            self.from_choices([*choices[:place], option, *choices[place + 1 :]])
            for place, decision in enumerate(self.decisions)
            for option in range(len(decision.options))
            if option != choices[place]
        ]

    def mutate(self, architecture: A, generator: np.random.Generator) -> A:
        """Change one uniformly chosen decision to another uniformly chosen option."""
        choices = list(self.to_choices(architecture))
        place = int(generator.integers(len(choices)))
        step = int(generator.integers(1, len(self.decisions[place].options)))
        choices[place] = (choices[place] + step) % len(self.decisions[place].options)
        return self.from_choices(choices)


class DistinctSpace(Distinct[A], ProductSpace[A]):
    """A product space of which no two architectures make the same network: each is a class of its own."""
