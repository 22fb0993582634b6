"""Generators of networks [Ru2020]: random graphs at three levels, each known by the parameters of its distribution.

The nodes of a small-world graph [Watts1998] are layers of the network's top level. Each is a random graph [Erdos1959],
and each node of that one a small-world graph again, whose nodes are convolutions. What a search moves in are the
parameters of the three distributions; an architecture is one graph sampled from them.

References:
    [Ru2020] Ru, Esperança & Carlucci, "Neural Architecture Generator Optimization", NeurIPS 2020.
    [Watts1998] Watts & Strogatz, "Collective dynamics of small-world networks", Nature 393, 1998.
    [Erdos1959] Erdős & Rényi, "On Random Graphs I", Publicationes Mathematicae 6, 1959.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import IntArray, indices

GRAPHS = 8
"""Graphs of one generator that the space has."""

_integer = partial(Decision.integers, level="generator")
_real = partial(Decision.reals, level="generator")

DECISIONS: tuple[Decision, ...] = (
    _integer("top nodes", 3, 4),
    _integer("top neighbours", 2, 3),
    _real("top rewiring", 0.1, 1, step=0.05),
    _integer("middle nodes", 1, 3),
    _real("middle density", 0.2, 1, step=0.05),
    _integer("bottom nodes", 3, 4),
    _integer("bottom neighbours", 2, 3),
    _real("bottom rewiring", 0.1, 1, step=0.05),
    Decision.integers("graph", 0, GRAPHS - 1, level="graph"),
)

MOST_NODES = (int(DECISIONS[0].values[-1]), int(DECISIONS[3].values[-1]), int(DECISIONS[5].values[-1]))
"""Of a graph at the top, in the middle and at the bottom."""

_COUNTS = tuple(len(decision.options) for decision in DECISIONS)
_PLACES = tuple(f"{decision.name}:" for decision in DECISIONS)


class Written:
    """Parameters that are printed one after the other, with commas between."""

    def __str__(self) -> str:
        return ",".join(map(_text, self.values))

    @property
    def values(self) -> tuple[float, ...]:
        """Of all parameters, in order."""
        return tuple(getattr(self, one.name) for one in fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True, order=True)
class SmallWorld(Written):
    """A ring whose nodes are joined with so many nearest ones, each edge rewired with some probability.

    networkx takes an even number of `neighbours`, the next smaller of an odd one; here and in the authors' code there
    are at most all other nodes.
    """

    nodes: int
    neighbours: int
    rewiring: float

    @property
    def effective(self) -> tuple[float, ...]:
        """The parameters that matter: rewiring has no effect where each node is joined with every other."""
        joined = min(self.neighbours, self.nodes - 1) // 2 * 2
        return (self.nodes, joined) if joined >= self.nodes - 1 else (self.nodes, joined, self.rewiring)


@dataclass(frozen=True, order=True)
class RandomGraph(Written):
    """Each pair of nodes is joined with the same probability, given that the graph is connected."""

    nodes: int
    density: float

    @property
    def effective(self) -> tuple[float, ...]:
        """The parameters that matter: up to two nodes can be connected in one way only."""
        return (self.nodes, self.density) if self.nodes > 2 else (self.nodes,)


@dataclass(frozen=True, order=True)
class Generated:
    """One of the graphs of a generator, printed as `NAGO(top=4,2,0.45 middle=3,0.6 bottom=3,2,0.1 graph=5)`.

    Raises:
        ValueError: a parameter is none of the values that `DECISIONS` offer.
    """

    top: SmallWorld
    middle: RandomGraph
    bottom: SmallWorld
    graph: int

    def __post_init__(self) -> None:
        for decision, value in zip(DECISIONS, self.values, strict=True):
            _option(decision, _text(value))

    def __str__(self) -> str:
        return f"NAGO(top={self.top} middle={self.middle} bottom={self.bottom} graph={self.graph})"

    @property
    def values(self) -> tuple[float, ...]:
        """One a decision."""
        return (*self.top.values, *self.middle.values, *self.bottom.values, self.graph)

    @property
    def seed_text(self) -> str:
        """What its graphs are sampled by: all that matters, so that nothing else makes another architecture."""
        levels = (self.top, self.middle, self.bottom)
        return " ".join(",".join(map(_text, level.effective)) for level in levels) + f" {self.graph}"


def _text(value: float) -> str:
    return f"{value:.10g}"


def _option(decision: Decision, text: str) -> int:
    if text not in decision.options:
        some = decision.options if len(decision.options) <= 3 else (*decision.options[:2], "...", decision.options[-1])
        raise ValueError(f"{decision.name} cannot be {text!r:.40}; it is one of {', '.join(some)}")
    return decision.options.index(text)


def from_choices(choices: Sequence[Any]) -> Generated:
    """The architecture with these options.

    Raises:
        ValueError: not one choice a decision, or one that is no integer in its range.
    """
    if len(choices) != len(DECISIONS):
        raise ValueError(f"NAGO has {len(DECISIONS)} decisions, not {len(choices)}")
    chosen = indices(choices, _COUNTS, _PLACES, what="option")
    n_t, k_t, p_t, n_m, p_m, n_b, k_b, p_b, graph = (
        decision.values[choice] for decision, choice in zip(DECISIONS, chosen, strict=True)
    )
    top, bottom = SmallWorld(int(n_t), int(k_t), p_t), SmallWorld(int(n_b), int(k_b), p_b)
    return Generated(top, RandomGraph(int(n_m), p_m), bottom, int(graph))


def to_choices(architecture: Generated) -> tuple[int, ...]:
    """One option a decision."""
    pairs = zip(DECISIONS, architecture.values, strict=True)
    return tuple(decision.options.index(_text(value)) for decision, value in pairs)


def without_what_has_no_effect(choices: IntArray) -> IntArray:
    """Choices `(n, 9)`, with the first of all options that make the same graphs in place of each."""
    rows = choices.copy()
    kinds: tuple[Callable[..., SmallWorld | RandomGraph], ...] = (SmallWorld, RandomGraph, SmallWorld)
    for level, kind in zip((slice(0, 3), slice(3, 5), slice(5, 8)), kinds, strict=True):
        grids, counts = [decision.values for decision in DECISIONS[level]], _COUNTS[level]
        alike: dict[tuple[float, ...], int] = {}
        same = [alike.setdefault(kind(*values).effective, place) for place, values in enumerate(product(*grids))]
        places = np.ravel_multi_index(tuple(rows[:, level].T), counts)
        rows[:, level] = np.stack(np.unravel_index(np.array(same)[places], counts), axis=1)
    return rows


_FORM = re.compile(
    r"NAGO\(top=([^ ,]+),([^ ,]+),([^ ,]+) middle=([^ ,]+),([^ ,]+) "
    r"bottom=([^ ,]+),([^ ,]+),([^ ,]+) graph=([^ ,)]+)\)"
)


def parse(text: str) -> Generated:
    """Read the printed form.

    Raises:
        ValueError: it has another form, or a parameter has a value that its decision does not offer.
    """
    read = _FORM.fullmatch(text.strip())
    if read is None:
        raise ValueError(f"{text!r:.80} is not of the form NAGO(top=N,K,P middle=N,P bottom=N,K,P graph=G)")
    return from_choices([_option(decision, word) for decision, word in zip(DECISIONS, read.groups(), strict=True)])
