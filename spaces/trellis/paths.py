"""Paths through a trellis of layers and resolutions, as networks for dense targets choose them [Liu2019b].

In each layer a network is at one level, from the finest, 0, to the coarsest, and from layer to layer it moves to the
next finer or coarser one, or stays. Which moves there are depends on where it is: each place of the trellis is a
decision of its own, which counts where the path comes by. Weights of options are then those of the trellis's links,
and the best path is found by dynamic programming.

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from nasrank.spaces.decisions import PLACEHOLDER, Condition, Decision

Path: TypeAlias = tuple[int, ...]
"""The level of each layer."""

STEPS = {"finer": -1, "same": 0, "coarser": 1}
"""How a move changes the level."""

LEVEL = "path"
"""What the decisions of a trellis are about, where a space has one, and others besides; see `Decision.level`."""


@dataclass(frozen=True)
class Trellis:
    """Layers and levels, and where paths may start.

    Attributes:
        layers: two or more.
        levels: two or more.
        starts: levels that the first layer may have, two or more, ascending.
        prefix: of the names of decisions, where a space has several trellises.
        about: what the decisions are about, see `Decision.level`.

    Raises:
        ValueError: numbers that make no trellis.
    """

    layers: int
    levels: int
    starts: Path
    prefix: str = ""
    about: str = LEVEL

    def __post_init__(self) -> None:
        if self.layers < 2 or self.levels < 2 or len(self.starts) < 2:
            raise ValueError("a trellis has two layers, levels and starts, or more of each")
        if list(self.starts) != sorted(set(self.starts) & set(range(self.levels))):
            raise ValueError(f"starts must be levels from 0 to {self.levels - 1}, ascending, not {self.starts}")

    # --- places, moves and decisions ---

    @cached_property
    def reached(self) -> tuple[tuple[int, ...], ...]:
        """Of each layer, the levels that some path has there, ascending."""
        found = [tuple(self.starts)]
        while len(found) < self.layers:
            found.append(tuple(sorted({after for level in found[-1] for after in self.after(level)})))
        return tuple(found)

    def after(self, level: int) -> tuple[int, ...]:
        """The levels that the next layer may have, the finest first."""
        return tuple(level + step for step in STEPS.values() if 0 <= level + step < self.levels)

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Layer and level of each decision on a move, in the order of decisions."""
        return tuple((layer, level) for layer, levels in enumerate(self.reached[:-1]) for level in levels)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """The start, and then the move at each place; all of them are free."""
        start = f"{self.prefix}start"
        found = [Decision(start, tuple(map(str, self.starts)), level=self.about)]
        for layer, level in self.places:
            if layer == 0:
                when: tuple[Condition, ...] = (Condition(start, (str(level),)),)
            else:
                before = [one for one in self.reached[layer - 1] if level in self.after(one)]
                when = tuple(Condition(self._called(layer - 1, one), (_move(one, level),)) for one in before)
            moves = tuple(_move(level, one) for one in self.after(level))
            found.append(Decision(self._called(layer, level), moves, when=when, level=self.about))
        return tuple(found)

    def _called(self, layer: int, level: int) -> str:
        return f"{self.prefix}layer {layer} at {level}"

    @cached_property
    def decided(self) -> dict[tuple[int, int], int]:
        """Of each place, where its decision is among `decisions`."""
        return {place: number for number, place in enumerate(self.places, start=1)}

    # --- paths and choices ---

    def refuse(self, path: Path) -> None:
        """ValueError where these levels are no path."""
        if len(path) != self.layers:
            raise ValueError(f"{self.layers} layers have a level each, not {len(path)}")
        if path[0] not in self.starts:
            raise ValueError(f"layer 0 is at level {path[0]}; it may be at {' or '.join(map(str, self.starts))}")
        for layer, (one, other) in enumerate(pairwise(path), start=1):
            if other not in self.after(one):
                there = " or ".join(map(str, self.after(one)))
                raise ValueError(f"layer {layer} is at level {other}; after level {one} it may be at {there}")

    def path(self, choices: Sequence[int]) -> Path:
        """The levels that these choices lead to, one in its range for each of `decisions`."""
        path = [self.starts[choices[0]]]
        for layer in range(self.layers - 1):
            path.append(self.after(path[-1])[choices[self.decided[layer, path[-1]]]])
        return tuple(path)

    def choices(self, path: Path) -> tuple[int, ...]:
        """One for each of `decisions`, with placeholders where the path does not come by."""
        found = [PLACEHOLDER] * (1 + len(self.places))
        found[0] = self.starts.index(path[0])
        for layer, (one, other) in enumerate(pairwise(path)):
            found[self.decided[layer, one]] = self.after(one).index(other)
        return tuple(found)

    @cached_property
    def count(self) -> int:
        """How many paths there are."""
        return sum(self._onward[0].values())

    @cached_property
    def _onward(self) -> tuple[dict[int, int], ...]:
        """Of each layer and level, how many paths lead on from there to the last layer."""
        found = [dict.fromkeys(self.reached[-1], 1)]
        for levels in self.reached[-2::-1]:
            found.append({level: sum(found[-1][one] for one in self.after(level)) for level in levels})
        return tuple(reversed(found))

    def at(self, position: int) -> Path:
        """The path at this place, from 0 to `count` - 1, of all in lexicographic order."""
        path: list[int] = []
        for layer in range(self.layers):
            for level in self.after(path[-1]) if path else self.starts:
                if position < self._onward[layer][level]:
                    path.append(level)
                    break
                position -= self._onward[layer][level]
        return tuple(path)

    def position(self, path: Path) -> int:
        """Where the path is in this order."""
        before = 0
        for layer, level in enumerate(path):
            others = self.after(path[layer - 1]) if layer else self.starts
            before += sum(self._onward[layer][one] for one in others if one < level)
        return before

    def __iter__(self) -> Iterator[Path]:
        return (self.at(position) for position in range(self.count))

    def neighbours(self, path: Path) -> list[Path]:
        """The paths that are at another level in one layer."""
        found = []
        for layer, own in enumerate(path):
            for level in (own - 1, own + 1):
                other = (*path[:layer], level, *path[layer + 1 :])
                if self._is_path(other):
                    found.append(other)
        return found

    def _is_path(self, levels: Path) -> bool:
        return levels[0] in self.starts and all(other in self.after(one) for one, other in pairwise(levels))

    # --- the best path ---

    def best(self, scores: Sequence[Sequence[float]]) -> Path:
        """The path of greatest total score of its start and its moves; of equal ones, that with the first options.

        Args:
            scores: of every option of each of `decisions`; finite.
        """
        worth = dict.fromkeys(self.reached[-1], 0.0)
        move: dict[tuple[int, int], int] = {}
        for layer in reversed(range(self.layers - 1)):
            of_layer = {}
            for level in self.reached[layer]:
                each = [
                    own + worth[one]
                    for own, one in zip(scores[self.decided[layer, level]], self.after(level), strict=True)
                ]
                move[layer, level] = self.after(level)[int(np.argmax(each))]
                of_layer[level] = max(each)
            worth = of_layer
        path = [
            self.starts[int(np.argmax([own + worth[one] for own, one in zip(scores[0], self.starts, strict=True)]))]
        ]
        for layer in range(self.layers - 1):
            path.append(move[layer, path[-1]])
        return tuple(path)


def _move(level: int, after: int) -> str:
    return next(name for name, step in STEPS.items() if step == after - level)
