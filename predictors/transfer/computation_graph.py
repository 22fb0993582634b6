"""A network as a directed acyclic graph of primitive operations, as far as a predictor sees it [Mills2023].

Two networks of different spaces are made of the same few operations. A node says which one it is, what shape it takes
and gives, how large its kernel is, and whether it has a bias; edges say what flows where. There are no weights.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from nasrank.predictors.arrays import FloatArray

Shape: TypeAlias = tuple[int, int, int]
"""Channels, height and width of one image; features, 1 and 1 of a vector."""

INPUT, OUTPUT, ZERO, ADDITION = "input", "output", "zero", "addition"
CONVOLUTION, DEPTHWISE, TRANSPOSED = "convolution", "depthwise convolution", "transposed convolution"
LINEAR, NORMALIZATION = "linear", "normalization"

OPERATIONS = (
    INPUT,
    OUTPUT,
    CONVOLUTION,
    DEPTHWISE,
    TRANSPOSED,
    LINEAR,
    NORMALIZATION,
    "relu",
    "silu",
    "tanh",
    "sigmoid",
    "gelu",
    "other activation",
    "average pooling",
    "max pooling",
    "global mean",
    ADDITION,
    "product",
    "concatenation",
    "slice",
    ZERO,
    "softmax",
    "matrix product",
    "other",
)

FAMILIES = (
    (CONVOLUTION, DEPTHWISE, TRANSPOSED, LINEAR),
    ("relu", "silu", "tanh", "sigmoid", "gelu", "other activation"),
    ("average pooling", "max pooling", "global mean"),
    (ADDITION, "product", "concatenation"),
)
"""Operations that do much the same, so that one which a predictor has never seen is not altogether strange to it."""

OF_ZEROS_ZEROS = frozenset(
    {"relu", "silu", "tanh", "gelu", "average pooling", "max pooling", "global mean", "slice", "concatenation"}
)
"""Operations that answer zeros with zeros."""

MOST_CHANNELS, MOST_PIXELS, LARGEST_KERNEL = 512, 256, 7
"""Where features are capped, as in the paper: channels, height or width, and the side of a kernel."""


@dataclass(frozen=True)
class Node:
    """One primitive operation.

    Attributes:
        operation: one of `OPERATIONS`.
        takes: shape of its first input; what it gives, where it has none.
        gives: shape of its output.
        kernel: height and width of its window, 0 where it has none.
        groups: of a convolution, into how many the channels are divided.
        bias: whether it adds a bias; of a normalization, whether it has a scale and a shift.
    """

    operation: str
    takes: Shape
    gives: Shape
    kernel: tuple[int, int] = (0, 0)
    groups: int = 1
    bias: bool = False

    @property
    def parameters(self) -> int:
        """How many weights it has, by its shapes alone."""
        match self.operation:
            case operation if operation in (CONVOLUTION, DEPTHWISE, TRANSPOSED):
                weights = prod(self.kernel) * self.takes[0] * self.gives[0] // self.groups
            case operation if operation == LINEAR:
                weights = self.takes[0] * self.gives[0]
            case operation if operation == NORMALIZATION:
                return 2 * self.gives[0] * self.bias
            case _:
                return 0
        return weights + self.gives[0] * self.bias

    @property
    def features(self) -> FloatArray:
        """`(FEATURES,)`: one-hot operation; input and output shape, kernel, each from 0 to 1; bias; one-hot family.

        Sizes count by their logarithm, capped. In the paper they count as they are, so that a network of 16 channels
        is, to a predictor that has learned from networks of 128, one of hardly any.
        """
        caps = (MOST_CHANNELS, MOST_PIXELS, MOST_PIXELS)
        sizes = [*zip(self.takes, caps, strict=True), *zip(self.gives, caps, strict=True)]
        kernel = [(side, LARGEST_KERNEL) for side in self.kernel]
        scaled = [min(np.log1p(size) / np.log1p(most), 1.0) for size, most in (*sizes, *kernel)]
        operation, family = (self.operation == one for one in OPERATIONS), (self.operation in one for one in FAMILIES)
        return np.array([*operation, *scaled, self.bias, *family], dtype=np.float64)


FEATURES = len(OPERATIONS) + 9 + len(FAMILIES)
"""Numbers that describe a node."""

CHANNELS = (len(OPERATIONS), len(OPERATIONS) + 3)
"""Which of the features say how many channels go in and out."""


@dataclass(frozen=True)
class ComputationGraph:
    """Primitive operations in topological order, the input first and the output last.

    Attributes:
        nodes: the operations.
        edges: `(source, target)` pairs, source < target, ascending, each once.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def parameters(self) -> int:
        """Weights of all nodes."""
        return sum(node.parameters for node in self.nodes)

    def sources(self) -> list[list[int]]:
        """Of every node, those whose outputs it takes."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for source, target in self.edges:
            found[target].append(source)
        return found

    def simplified(self) -> ComputationGraph:
        """The same function: zeros are not added, a sum of one is that one, and what has no effect is left out.

        A node of zeros depends on nothing. Input and output stay, whatever becomes of the rest.
        """
        sources, stands_for = self.sources(), list(range(len(self.nodes)))
        silent: set[int] = set()
        for place, node in enumerate(self.nodes):
            taken = list(dict.fromkeys(stands_for[source] for source in sources[place]))
            if node.operation == ZERO:
                silent.add(place)
                taken = []
            elif taken and all(source in silent for source in taken):
                if node.operation == ADDITION or node.operation in OF_ZEROS_ZEROS:
                    silent.add(place)
            elif node.operation == ADDITION:
                taken = [source for source in taken if source not in silent]
                if len(taken) == 1 and len(sources[place]) > 1:
                    stands_for[place] = taken[0]
            sources[place] = taken
        return _reaching_the_output(self.nodes, sources)


def _reaching_the_output(nodes: Sequence[Node], sources: Sequence[Sequence[int]]) -> ComputationGraph:
    last = len(nodes) - 1
    kept = {0, last}
    for place in range(last, 0, -1):
        if place in kept:
            kept.update(sources[place])
    places = {old: new for new, old in enumerate(sorted(kept))}
    edges = sorted((places[source], places[old]) for old in places for source in sources[old])
    return ComputationGraph(tuple(nodes[old] for old in places), tuple(edges))
