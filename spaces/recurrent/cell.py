"""Recurrent cells: four nodes, each with an activation and the node that it is fed by.

A cell is a tree whose root is the state after the input: `tanh(0) relu(1) relu(1) identity(1)` says that node 1 is a
tanh of the root's state, and that nodes 2 to 4 are fed by node 1. The numbers of nodes carry no meaning, as each has a
weight of its own and all are averaged, so that cells are the same where their trees are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nasrank.spaces.integers import indices

ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")
NODES = 4

OPTIONS: tuple[tuple[str, ...], ...] = tuple(
    tuple(f"{activation}({source})" for source in range(node) for activation in ACTIVATIONS)
    for node in range(1, NODES + 1)
)
"""Of each node from 1 on: the activations of the state of node 0, those of node 1, and so on."""

_COUNTS = tuple(map(len, OPTIONS))
_PLACES = tuple(f"node {node}" for node in range(1, NODES + 1))
_NODE = re.compile(r"([a-z]+)\((\d+)\)", re.ASCII)


@dataclass(frozen=True, order=True)
class RecurrentCell:
    """One of `OPTIONS` for each node from 1 on, by its index, as an int of Python's."""

    options: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.options) != NODES:
            raise ValueError(f"a recurrent cell has {NODES} nodes, not {len(self.options)}")
        chosen = indices(self.options, _COUNTS, _PLACES)
        if chosen is not self.options:
            object.__setattr__(self, "options", chosen)

    def __str__(self) -> str:
        return " ".join(names[option] for names, option in zip(OPTIONS, self.options, strict=True))

    @property
    def activations(self) -> tuple[str, ...]:
        """Of nodes 1 on."""
        return tuple(ACTIVATIONS[option % len(ACTIVATIONS)] for option in self.options)

    @property
    def sources(self) -> tuple[int, ...]:
        """The node that feeds each of nodes 1 on; 0 is the state after the input."""
        return tuple(option // len(ACTIVATIONS) for option in self.options)

    @property
    def depth(self) -> int:
        """Nodes on the longest way from the root."""
        depths = [0]
        for source in self.sources:
            depths.append(depths[source] + 1)
        return max(depths)


def parse(text: str) -> RecurrentCell:
    """Read the printed form, `tanh(0) relu(1) relu(1) identity(1)`.

    Raises:
        ValueError: another number of nodes, an unknown activation, or a node that is fed by no earlier one.
    """
    words = text.split(" ")
    if len(words) != NODES:
        raise ValueError(f"recurrent cell {text!r:.80}: it has {len(words)} nodes, not {NODES}, with one space between")
    options = []
    for node, word in enumerate(words, start=1):
        found = _NODE.fullmatch(word)
        if found is None or found[1] not in ACTIVATIONS:
            raise ValueError(
                f"recurrent cell {text!r:.80}: node {node} is {word!r:.40}, and not one of "
                f"{', '.join(ACTIVATIONS)} with the node that feeds it, as in tanh(0)"
            )
        if word not in OPTIONS[node - 1]:
            raise ValueError(
                f"recurrent cell {text!r:.80}: node {node} is fed by one of 0 to {node - 1}, not {found[2]}"
            )
        options.append(OPTIONS[node - 1].index(word))
    return RecurrentCell(tuple(options))


def key(cell: RecurrentCell) -> str:
    """The tree as a text in which the order of nodes does not show (Aho, Hopcroft & Ullman)."""
    fed: list[list[str]] = [[] for _ in range(NODES + 1)]
    for node in range(NODES, 0, -1):  # a node comes after the one that feeds it, so that its own are complete
        written = cell.activations[node - 1] + _bracketed(fed[node])
        fed[cell.sources[node - 1]].append(written)
    return _bracketed(fed[0])


def ways(cell: RecurrentCell) -> tuple[int, ...]:
    """On how many ways from the root to the mean of all nodes each of nodes 1 on lies: itself, and what it feeds."""
    counts = [1] * NODES
    for node in range(NODES, 0, -1):
        if source := cell.sources[node - 1]:
            counts[source - 1] += counts[node - 1]
    return tuple(counts)


def _bracketed(fed: list[str]) -> str:
    return f"({','.join(sorted(fed))})" if fed else ""
