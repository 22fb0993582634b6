"""Operation graphs of many architectures as arrays, without what is of no effect.

What no signal crosses is left out: first what `SearchSpace.functional` finds, then vertices that are labelled "none",
then those on no path from input to output. A skip connection is an operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.spaces.space import OpGraph, SearchSpace

BoolArray = npt.NDArray[np.bool_]

NONE = "none"
"""The label of a vertex that is absent."""

UNKNOWN = -1
"""The code of what is no operation of the vocabulary: input, output, padding, and operations that it lacks."""

SAMPLE, SAMPLE_SEED = 2_000, 0
"""Architectures drawn, with repetition, to learn which operations a space has and how its features are spread."""


@dataclass(frozen=True, eq=False)
class OperationGraphs:
    """Vertex 0 is the input, the last one the output; those that are left out have no edges.

    Attributes:
        adjacency: whether an edge runs from one vertex to another, `(n, vertices, vertices)`, upper triangular.
        codes: number of the operation of each vertex in the vocabulary, `(n, vertices)`, int8, else `UNKNOWN`.
    """

    adjacency: BoolArray
    codes: npt.NDArray[np.int8]

    @property
    def interior(self) -> BoolArray:
        """Vertices between input and output that are on a path from one to the other, `(n, vertices)`."""
        found: BoolArray = np.logical_and(self.adjacency.any(axis=1), self.adjacency.any(axis=2))
        found[:, [0, -1]] = False
        return found


def sampled(space: SearchSpace[Any]) -> list[Any]:
    """Random architectures of a space, always the same ones."""
    generator = np.random.default_rng(SAMPLE_SEED)
    return [space.from_choices(space.random_choices(generator)) for _ in range(SAMPLE)]


@lru_cache(maxsize=32)
def vocabulary(space: SearchSpace[Any]) -> tuple[str, ...]:
    """Operations of a space in alphabetical order, as far as its sample has them; "none" is not among them."""
    labels = {label for one in sampled(space) for label in space.graph(one).labels[1:-1]}
    return tuple(sorted(labels - {NONE}))


def effective_graph(space: SearchSpace[Any], architecture: Any) -> OpGraph:
    """The graph of what is left of an architecture when operations that no signal crosses are taken away."""
    return space.graph(space.functional(architecture, silence_is_zero=True))


def operation_graphs(space: SearchSpace[Any], architectures: Sequence[Any]) -> OperationGraphs:
    """The effective graphs of many architectures, with as many vertices as the largest has."""
    return stacked([effective_graph(space, one) for one in architectures], vocabulary(space))


def stacked(graphs: Sequence[OpGraph], operations: Sequence[str]) -> OperationGraphs:
    """These graphs as arrays, without "none" and without what is on no path from input to output."""
    vertices = max((len(graph.labels) for graph in graphs), default=2)
    structures = {(graph.edges, len(graph.labels)): None for graph in graphs}  # far fewer than graphs
    places = {structure: place for place, structure in enumerate(structures)}
    distinct = np.zeros((len(places), vertices, vertices), dtype=bool)
    for (edges, own), place in places.items():
        for source, target in edges:
            distinct[place, source, target if target < own - 1 else vertices - 1] = True
    adjacency = distinct[np.array([places[graph.edges, len(graph.labels)] for graph in graphs], dtype=np.int64)]
    number = {operation: code for code, operation in enumerate(operations)}
    absent = len(operations)
    number[NONE] = absent
    padding = (UNKNOWN,) * vertices
    codes = np.array(
        [(*(number.get(label, UNKNOWN) for label in graph.labels[:-1]), *padding)[:vertices] for graph in graphs],
        dtype=np.int8,
    ).reshape(-1, vertices)
    codes[:, 0] = codes[:, -1] = UNKNOWN
    adjacency = on_paths(adjacency, codes != absent)
    codes[codes == absent] = UNKNOWN
    return OperationGraphs(adjacency, codes)


def on_paths(adjacency: BoolArray, present: BoolArray) -> BoolArray:
    """The edges of paths from first to last vertex over those that are present, `(n, vertices, vertices)`."""
    kept = adjacency & present[:, :, None] & present[:, None, :]
    vertices = adjacency.shape[1]
    reached, leading = np.zeros_like(present), np.zeros_like(present)
    reached[:, 0] = leading[:, -1] = True
    for target in range(1, vertices):
        reached[:, target] = (kept[:, :target, target] & reached[:, :target]).any(axis=1)
    for source in reversed(range(vertices - 1)):
        leading[:, source] = (kept[:, source, source + 1 :] & leading[:, source + 1 :]).any(axis=1)
    useful = reached & leading
    return np.asarray(kept & useful[:, :, None] & useful[:, None, :])


def paths_to(adjacency: BoolArray) -> npt.NDArray[np.int64]:
    """How many paths lead from the first vertex to each, `(n, vertices)`."""
    count = np.zeros(adjacency.shape[:2], dtype=np.int64)
    count[:, 0] = 1
    for target in range(1, adjacency.shape[1]):
        count[:, target] = (count[:, :target] * adjacency[:, :target, target]).sum(axis=1)
    return count


def paths_from(adjacency: BoolArray) -> npt.NDArray[np.int64]:
    """How many paths lead from each vertex to the last, `(n, vertices)`."""
    return paths_to(adjacency[:, ::-1, ::-1].transpose(0, 2, 1))[:, ::-1]
