"""A toy of about 10^18 architectures: a path through a trellis of resolutions, and what each of its layers computes.

It has all kinds of decisions. A move is conditional on the path getting where it starts, in one of up to three ways;
the width of a layer, a number, on the layer having one. So the best options of all decisions need not go together, and
`best` finds those that do by dynamic programming.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Condition, Decision, Scores, read_scores
from nasrank.spaces.space import Cost, OpGraph, SearchSpace

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.options import NetworkOptions

MOVES = {"up": -1, "same": 0, "down": 1}
OPERATIONS = ("identity", "relu", "tanh", "sigmoid", "softplus")
WIDTHS = (1, 2, 4)
IMAGE_CHANNELS, PIXELS, CLASSES = 3, 4, 4
"""What the network is for: channels of images, pixels in each of them, and classes."""

_KINDS = 1 + (len(OPERATIONS) - 1) * len(WIDTHS)
"""Of layers: the identity, and each other operation of each width."""

_LAYER = re.compile(r"(\d+)([a-z]+)(?:\*(\d+))?")


@dataclass(frozen=True)
class Layers:
    """A path, printed as `|0relu*2|1identity|`: level, operation, and width where the operation has one.

    Attributes:
        levels: of each layer; 0 is the finest.
        operations: of each layer, an index into `OPERATIONS`.
        widths: of each layer, an index into `WIDTHS`; 0 where the operation is the identity.
    """

    levels: tuple[int, ...]
    operations: tuple[int, ...]
    widths: tuple[int, ...]

    def __str__(self) -> str:
        layers = zip(self.levels, self.operations, self.widths, strict=True)
        written = (
            f"{level}{OPERATIONS[operation]}" + (f"*{WIDTHS[width]}" if operation else "")
            for level, operation, width in layers
        )
        return f"|{'|'.join(written)}|"


@cache
def _moves_within(level: int, levels: int) -> tuple[str, ...]:
    """Moves that lead from a level to one that there is."""
    return tuple(move for move, step in MOVES.items() if 0 <= level + step < levels)


class Trellis(SearchSpace[Layers]):
    """A path that starts at the finest level and moves by one level at most, with an operation in each layer.

    Args:
        layers: of the path, 2 or more.
        levels: 2 or more. With 12 layers and 4 levels there are 28,657 paths, with 13 kinds of layers each.
    """

    name = "trellis"
    value_type = Layers

    def __init__(self, layers: int = 12, levels: int = 4) -> None:
        if min(layers, levels) < 2:
            raise ValueError(f"{layers} layers and {levels} levels: a trellis has 2 or more of each")
        self.layers, self.levels = layers, levels
        self.decisions = (*self._moves, *self._operations, *self._widths)

    # --- decisions: a move out of every node that a path may visit, then operations, then widths ---

    @cached_property
    def _nodes(self) -> list[tuple[int, int]]:
        """Layer and level of every node that a path may leave, in the order of their decisions."""
        return [(layer, level) for layer in range(self.layers - 1) for level in range(min(layer + 1, self.levels))]

    @property
    def _moves(self) -> list[Decision]:
        decisions = []
        for layer, level in self._nodes:
            ways = (
                Condition(f"move from {layer - 1}.{level - step}", (move,))
                for move, step in MOVES.items()
                if (layer - 1, level - step) in self._nodes
            )
            name, options = f"move from {layer}.{level}", _moves_within(level, self.levels)
            decisions.append(Decision(name, options, ordered=True, when=tuple(ways), level="path"))
        return decisions

    @property
    def _operations(self) -> list[Decision]:
        return [Decision(f"operation {layer}", OPERATIONS, level="layer") for layer in range(self.layers)]

    @property
    def _widths(self) -> list[Decision]:
        return [
            Decision.numbers(
                f"width {layer}", WIDTHS, when=(Condition(f"operation {layer}", OPERATIONS[1:]),), level="layer"
            )
            for layer in range(self.layers)
        ]

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> Layers:
        chosen = self.checked(choices)
        moves = dict(zip(self._nodes, chosen, strict=False))
        levels = [0]
        for layer in range(self.layers - 1):
            options = _moves_within(levels[-1], self.levels)
            levels.append(levels[-1] + MOVES[options[moves[layer, levels[-1]]]])
        rest = chosen[len(self._nodes) :]
        return Layers(tuple(levels), rest[: self.layers], rest[self.layers :])

    def to_choices(self, architecture: Layers) -> tuple[int, ...]:
        moves = dict.fromkeys(self._nodes, 0)
        for layer, (level, following) in enumerate(zip(architecture.levels, architecture.levels[1:], strict=False)):
            options = _moves_within(level, self.levels)
            moves[layer, level] = next(place for place, move in enumerate(options) if level + MOVES[move] == following)
        return (*moves.values(), *architecture.operations, *architecture.widths)

    def parse(self, text: str) -> Layers:
        parts = text.split("|")
        if len(parts) != self.layers + 2 or parts[0] or parts[-1]:
            raise ValueError(f"{text!r:.80} is not {self.layers} layers between bars")
        levels: list[int] = []
        operations, widths = [], []
        for layer, part in enumerate(parts[1:-1]):
            read = _LAYER.fullmatch(part)
            if read is None or read[2] not in OPERATIONS:
                raise ValueError(f"layer {layer}: {part!r:.40} is not a level and one of {', '.join(OPERATIONS)}")
            if (read[2] == OPERATIONS[0]) != (read[3] is None) or int(read[3] or 1) not in WIDTHS:
                raise ValueError(f"layer {layer}: {part!r:.40} has not the width of a {read[2]}, one of {WIDTHS}")
            if int(read[1]) not in self._reached(levels):
                raise ValueError(f"layer {layer}: no path gets to level {read[1]} from those before it")
            levels.append(int(read[1]))
            operations.append(OPERATIONS.index(read[2]))
            widths.append(WIDTHS.index(int(read[3] or 1)))
        return Layers(tuple(levels), tuple(operations), tuple(widths))

    def _reached(self, levels: list[int]) -> list[int]:
        """Levels that the next layer may have."""
        return [levels[-1] + MOVES[move] for move in _moves_within(levels[-1], self.levels)] if levels else [0]

    def key(self, architecture: Layers) -> str:
        """The text: no two architectures are isomorphic."""
        return str(architecture)

    # --- sampling and finding, both from the last layer to the first ---

    @cached_property
    def _ways(self) -> list[list[int]]:
        """How many ways lead on from each level, for each layer."""
        ways = [[1] * self.levels]
        for _ in range(self.layers - 1):
            onward = ways[0]
            ways.insert(0, [sum(onward[one] for one in self._reached([level])) for level in range(self.levels)])
        return ways

    @property
    def size(self) -> int:
        """How many architectures there are."""
        return int(self._ways[0][0] * _KINDS**self.layers)

    def random_choices(self, generator: np.random.Generator) -> list[int]:
        """All architectures with the same probability, which moves drawn one by one would not have."""
        levels, number = [0], int(generator.integers(self._ways[0][0]))
        for onward in self._ways[1:]:
            for level in self._reached(levels):
                if number < onward[level]:
                    break
                number -= onward[level]
            levels.append(level)
        kinds = generator.integers(_KINDS, size=self.layers).tolist()
        pairs = [(0, 0) if kind == 0 else (1 + (kind - 1) // len(WIDTHS), (kind - 1) % len(WIDTHS)) for kind in kinds]
        operations, widths = zip(*pairs, strict=True)
        return list(self.to_choices(Layers(tuple(levels), operations, widths)))

    def best(self, scores: Scores) -> Layers:
        """The architecture of greatest total score over its active decisions, of equal ones the first.

        Raises:
            ValueError: not one finite score an option, in a vector a decision.
        """
        tables = read_scores(self.decisions, scores)
        of_move = dict(zip(self._nodes, tables, strict=False))
        onward = [0.0] * self.levels
        following: dict[tuple[int, int], int] = {}
        for layer in reversed(range(self.layers - 1)):
            totals = list(onward)
            for level in range(min(layer + 1, self.levels)):
                reached = self._reached([level])
                sums = [score + onward[one] for score, one in zip(of_move[layer, level], reached, strict=True)]
                following[layer, level] = reached[int(np.argmax(sums))]
                totals[level] = max(sums)
            onward = totals
        levels = [0]
        for layer in range(self.layers - 1):
            levels.append(following[layer, levels[-1]])
        rest = tables[len(self._nodes) :]
        operations, widths = [], []
        for of_operation, of_width in zip(rest[: self.layers], rest[self.layers :], strict=True):
            sums = [of_operation[0], *(score + max(of_width) for score in of_operation[1:])]
            operations.append(int(np.argmax(sums)))
            widths.append(int(np.argmax(of_width)) if operations[-1] else 0)
        return Layers(tuple(levels), tuple(operations), tuple(widths))

    # --- graph, network and cost ---

    def graph(self, architecture: Layers) -> OpGraph:
        """A chain of its layers."""
        labels = ("input", *str(architecture).strip("|").split("|"), "output")
        return OpGraph(labels, tuple((node, node + 1) for node in range(len(labels) - 1)))

    def cost(self, architecture: Layers, **macro: int) -> Cost:
        """Of linear layers without biases: two where there is a width, and the last one; levels cost nothing."""
        numbers, classes = macro.get("image_channels", IMAGE_CHANNELS) * PIXELS, macro.get("classes", CLASSES)
        units = sum(width for _, operation, width in self._sizes(architecture) if operation != OPERATIONS[0])
        weights = numbers * (2 * units + classes)
        return Cost(weights, weights)

    @property
    def network_options(self) -> type[NetworkOptions]:
        """None."""
        from nasrank.spaces.options import NetworkOptions

        return NetworkOptions

    def network(self, architecture: Layers, **options: Any) -> nn.Module:
        """Scores `(batch, classes)` of images of four pixels; nothing can be chosen but what the data decide."""
        from nasrank.testing.networks import ChainOfLayers

        return ChainOfLayers(self._sizes(architecture), **options)

    def _sizes(self, architecture: Layers) -> list[tuple[int, str, int]]:
        """Level, operation and width of each layer."""
        layers = zip(architecture.levels, architecture.operations, architecture.widths, strict=True)
        return [(level, OPERATIONS[operation], WIDTHS[width]) for level, operation, width in layers]
