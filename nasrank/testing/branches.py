"""A toy of 10^25 architectures: a plain product of numbers on grids, in which the order of branches does not matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nasrank.spaces.decisions import Decision
from nasrank.spaces.space import Cost, OpGraph, SearchSpace

if TYPE_CHECKING:
    from torch import nn

    from nasrank.spaces.options import NetworkOptions

BRANCHES = 10
ACTIVATIONS = ("relu", "tanh", "sigmoid", "identity")
IMAGE_CHANNELS, PIXELS, CLASSES = 3, 4, 4
"""What the network is for: channels of images, pixels in each of them, and classes."""

_GRID = (
    partial(Decision.integers, low=8, high=64, step=8),
    partial(Decision, options=ACTIVATIONS),
    partial(Decision.reals, low=0.1, high=1.0, step=0.1),
)
_BRANCH = re.compile(r"\((\d+) (\w+) (\d(?:\.\d)?)\)")


@dataclass(frozen=True)
class Branches:
    """Ten branches, each a hidden layer between images and scores.

    Attributes:
        layers: width, activation and scale of each branch, as texts.
    """

    layers: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        return "+".join(f"({width} {activation} {scale})" for width, activation, scale in self.layers)


class ParallelBranches(SearchSpace[Branches]):
    """Width, activation and scale of each of ten branches that are added up: 320^10 architectures.

    A sum does not depend on the order of its terms, so that architectures with the same branches are isomorphic.
    """

    name = "parallel-branches"
    value_type = Branches
    mutual_neighbours = True
    decisions = tuple(
        make(f"{what} {branch}")
        for branch in range(BRANCHES)
        for what, make in zip(("width", "activation", "scale"), _GRID, strict=True)
    )

    def from_choices(self, choices: Sequence[int]) -> Branches:
        chosen = self.checked(choices)
        texts = [decision.options[choice] for decision, choice in zip(self.decisions, chosen, strict=True)]
        return Branches(tuple(zip(texts[::3], texts[1::3], texts[2::3], strict=True)))

    def to_choices(self, architecture: Branches) -> tuple[int, ...]:
        texts = [text for layer in architecture.layers for text in layer]
        return tuple(decision.options.index(text) for decision, text in zip(self.decisions, texts, strict=True))

    def parse(self, text: str) -> Branches:
        parts = text.split("+")
        if len(parts) != BRANCHES:
            raise ValueError(f"{text!r:.80} has {len(parts)} branches, not {BRANCHES}")
        layers = []
        for place, part in enumerate(parts):
            read = _BRANCH.fullmatch(part)
            if read is None:
                raise ValueError(f"branch {place}: {part!r:.40} is not (width activation scale)")
            width, activation, scale = read.groups()
            for decision, option in zip(self.decisions, (width, activation, scale), strict=False):
                if option not in decision.options:
                    raise ValueError(f"branch {place}: {option!r:.40} is not one of {', '.join(decision.options)}")
            layers.append((width, activation, scale))
        return Branches(tuple(layers))

    def key(self, architecture: Branches) -> str:
        """The text with its branches sorted."""
        return str(Branches(tuple(sorted(architecture.layers))))

    def graph(self, architecture: Branches) -> OpGraph:
        """A node for each branch, between input and output."""
        labels = ("input", *(" ".join(layer) for layer in architecture.layers), "output")
        inner = range(1, BRANCHES + 1)
        return OpGraph(labels, (*((0, node) for node in inner), *((node, BRANCHES + 1) for node in inner)))

    def cost(self, architecture: Branches, **macro: int) -> Cost:
        """Of linear layers without biases, one into each branch and one out of it."""
        numbers, classes = macro.get("image_channels", IMAGE_CHANNELS) * PIXELS, macro.get("classes", CLASSES)
        weights = sum(int(width) for width, _, _ in architecture.layers) * (numbers + classes)
        return Cost(weights, weights)

    @property
    def network_options(self) -> type[NetworkOptions]:
        """None."""
        from nasrank.spaces.options import NetworkOptions

        return NetworkOptions

    def network(self, architecture: Branches, **options: Any) -> nn.Module:
        """Scores `(batch, classes)` of images of four pixels; nothing can be chosen but what the data decide."""
        from nasrank.testing.networks import SumOfBranches

        return SumOfBranches(architecture.layers, **options)
