"""What a path of the NAS-Bench-101 super-net computes: which vertices, from which sources, with which operations.

A path has 26 decisions: whether each of 21 edges between seven vertices is there, and the operations of five interior
vertices. Vertices on no way from input to output are left out; the others keep their numbers, and so the weights that
belong to these.

How wide vertices are follows from which of them feed the output. A soft path that leaves this undecided makes all of
them as wide as the output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from typing import TypeAlias

import torch
from torch import Tensor

from nasrank.spaces.nb101.cell import MAX_EDGES, MAX_VERTICES, edge_bit, on_a_path
from nasrank.spaces.nb101.channels import vertex_channels
from nasrank.spaces.nb101.decisions import DECISIONS, EDGES, read_choices
from nasrank.spaces.placing import placed
from nasrank.spaces.supernet import added_numbers

INPUT, OUTPUT = 0, MAX_VERTICES - 1
INTERIOR = range(1, OUTPUT)

Prefix: TypeAlias = tuple[tuple[int, int, tuple[int, ...], tuple[int, ...]], ...]
"""Number, width, sources and operations of some vertices."""


@dataclass(frozen=True)
class Path:
    """The vertices and edges on ways from input to output, and the operations computed there.

    Attributes:
        edges: bits, as in `Cell.edges` but between seven vertices.
        operations: one or more for each interior vertex; none for one that is left out.
        edge_weights: of a soft path, what flows along an edge is multiplied by.
        operation_weights: of a soft path, those of all operations of each vertex.
        edge_numbers: of a soft path with numbers, what is added to what an edge carries, also one that is not there.
        operation_numbers: of such a path, what is added to what the operations of a vertex put out.
        undecided: of a soft path, whether some vertex may feed the output or not: both options have weight.
    """

    edges: int
    operations: tuple[tuple[int, ...], ...]
    edge_weights: Mapping[tuple[int, int], Tensor] = field(default_factory=dict, compare=False)
    operation_weights: Mapping[int, Tensor] = field(default_factory=dict, compare=False)
    edge_numbers: Mapping[tuple[int, int], Tensor] = field(default_factory=dict, compare=False)
    operation_numbers: Mapping[int, Tensor] = field(default_factory=dict, compare=False)
    undecided: bool = False

    @cached_property
    def vertices(self) -> tuple[int, ...]:
        """Interior vertices that take part, ascending."""
        return tuple(vertex for vertex in INTERIOR if self.operations[vertex - 1])

    @cached_property
    def sources(self) -> Mapping[int, tuple[int, ...]]:
        """What feeds each vertex and the output, ascending."""
        return {
            target: tuple(source for source in range(target) if self.edges & edge_bit(source, target))
            for target in (*self.vertices, OUTPUT)
        }

    def widths(self, outputs: int) -> Mapping[int, int]:
        """Channels of each interior vertex in a cell that gives so many.

        Raises:
            ValueError: fewer channels than vertices that share them.
        """
        if self.undecided:
            return dict.fromkeys(self.vertices, outputs)
        return _widths(self.edges, self.vertices, outputs)

    def prefixes(self, outputs: int) -> list[Prefix]:
        """For each interior vertex in turn, all that decides what it computes."""
        widths = self.widths(outputs)
        parts = [(v, widths[v], self.sources[v], self.operations[v - 1]) for v in self.vertices]
        return [tuple(parts[: place + 1]) for place in range(len(parts))]

    def along_edge(self, source: int, target: int, value: Tensor) -> Tensor:
        """What arrives at the end of an edge."""
        weight, number = self.edge_weights.get((source, target)), self.edge_numbers.get((source, target))
        value = value if weight is None else weight * value
        return value if number is None else value + number

    def numbers_into(self, target: int) -> list[Tensor]:
        """Those of the edges that are not there, but would lead to a vertex or the output."""
        there = self.sources[target]
        return [number for (s, t), number in self.edge_numbers.items() if t == target and s not in there]

    def mixed(self, vertex: int, values: Sequence[Tensor]) -> Tensor:
        """What a vertex makes of the results of its operations."""
        if vertex in self.operation_weights:
            weights = self.operation_weights[vertex]
            values = [weights[o] * value for o, value in zip(self.operations[vertex - 1], values, strict=True)]
        if vertex in self.operation_numbers:
            values = [*values, self.operation_numbers[vertex]]
        return reduce(torch.add, values)


@lru_cache(maxsize=4096)
def _widths(edges: int, vertices: tuple[int, ...], outputs: int) -> Mapping[int, int]:
    place = {vertex: new for new, vertex in enumerate((INPUT, *vertices, OUTPUT))}
    compact = sum(edge_bit(place[s], place[t]) for s, t in EDGES if edges & edge_bit(s, t))
    channels = vertex_channels(compact, len(place), outputs, outputs)
    return {vertex: channels[place[vertex]] for vertex in vertices}


def hard_path(choices: Sequence[int]) -> Path:
    """The path with these options, one index a decision.

    Raises:
        ValueError: not one option a decision, one that is no integer in its range, no way to the output or more than
            nine edges.
    """
    return _hard_path(*read_choices(choices))


@lru_cache(maxsize=4096)
def _hard_path(bits: int, operations: tuple[int, ...]) -> Path:
    edges, vertices = _connected(bits)
    if edges.bit_count() > MAX_EDGES:
        raise ValueError(f"a NAS-Bench-101 cell has at most {MAX_EDGES} edges, not {edges.bit_count()}")
    return Path(edges, tuple((operations[v - 1],) if v in vertices else () for v in INTERIOR))


def soft_path(weights: Sequence[Tensor], *, numbers: bool = False, device: torch.device | None = None) -> Path:
    """The path with these weights, one vector `(options,)` a decision; what has weight zero is not there.

    Args:
        device: where the path is to hold its weights; where they are, unless it is given.
        numbers: see `SuperNet.forward`. Those of an edge to a vertex that is left out are, too; those of an edge to
            the output that is not there are added to all of the output.

    Raises:
        ValueError: not one vector a decision, one of the wrong length, no way to the output, or a vertex on such a way
            all of whose operations have weight zero.
    """
    if len(weights) != len(DECISIONS):
        raise ValueError(f"nb101 has {len(DECISIONS)} decisions, not {len(weights)}")
    for decision, vector in zip(DECISIONS, weights, strict=True):
        if vector.shape != (len(decision.options),):
            raise ValueError(f"{decision.name}: weights are {tuple(vector.shape)}, not ({len(decision.options)},)")
    presence = dict(zip(EDGES, weights[: len(EDGES)], strict=True))
    edges, vertices = _connected(sum(edge_bit(*edge) for edge, vector in presence.items() if float(vector[1].detach())))
    options = dict(zip(INTERIOR, weights[len(EDGES) :], strict=True))
    support = {v: tuple(o for o, weight in enumerate(options[v].tolist()) if weight) for v in vertices}
    for vertex, operations in support.items():
        if not operations:
            raise ValueError(f"all operations of vertex {vertex} have weight 0")
    undecided = any(bool(presence[vertex, OUTPUT].all()) for vertex in vertices)
    added = added_numbers(weights) if numbers else []
    there = placed([*weights, *added], device or weights[0].device)
    weights, added = there[: len(weights)], there[len(weights) :]
    return Path(
        edges,
        tuple(support.get(v, ()) for v in INTERIOR),
        {edge: vector[1] for edge, vector in zip(EDGES, weights, strict=False)},
        dict(zip(INTERIOR, weights[len(EDGES) :], strict=True)),
        edge_numbers=dict(zip(EDGES, added, strict=False)),
        operation_numbers=dict(zip(INTERIOR, added[len(EDGES) :], strict=False)),
        undecided=undecided,
    )


def _connected(edges: int) -> tuple[int, list[int]]:
    """Those edges that lie on ways from input to output, and the interior vertices there."""
    kept = on_a_path(edges, MAX_VERTICES)
    if not kept:
        raise ValueError("no path leads from the input to the output")
    there = (edge_bit(source, target) for source, target in EDGES if source in kept and target in kept)
    return edges & sum(there), kept[1:-1]
