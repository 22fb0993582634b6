"""Graphs of many architectures as dense tensors, which is what every network of this package reads.

A graph has some dozens of nodes at most, so that a padded adjacency matrix costs less than a sparse one would, and no
graph library is needed. What cannot matter is left out: parts that carry no signal, as the space knows them, and nodes
of the operation `none`, which stand for edges that are not there. Graphs that differ in the order of their nodes alone
become the same up to that order, and networks that treat all nodes alike score them alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.predictors.arrays import IntArray
from nasrank.spaces.space import OpGraph, SearchSpace

ABSENT = "none"
"""The operation of a node that passes nothing on."""

PADDING, UNSEEN = 0, 1
"""Words that stand for no node, and for an operation that was not among those learned."""


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Graphs of `n` architectures, padded to the same number of nodes.

    Attributes:
        words: operation of each node `(n, nodes)`, int64, `PADDING` where there is none.
        adjacency: `(n, nodes, nodes)`, 1 where an edge runs from row to column, and 0 elsewhere.
    """

    words: Tensor
    adjacency: Tensor

    def __len__(self) -> int:
        return len(self.words)

    @property
    def present(self) -> Tensor:
        """Where there is a node `(n, nodes)`, 1 or 0, of the type of the adjacency."""
        return (self.words != PADDING).to(self.adjacency.dtype)

    def take(self, rows: Tensor) -> GraphBatch:
        """These graphs, in this order."""
        return GraphBatch(self.words[rows], self.adjacency[rows])

    def chunks(self, size: int) -> Iterator[GraphBatch]:
        """The graphs in order, at most so many at once."""
        starts = range(0, len(self), size)
        return (GraphBatch(self.words[at : at + size], self.adjacency[at : at + size]) for at in starts)

    def to(self, dtype: torch.dtype) -> GraphBatch:
        """The same with the adjacency in another type of numbers."""
        return GraphBatch(self.words, self.adjacency.to(dtype))

    def followed_by(self, others: GraphBatch) -> GraphBatch:
        """These graphs, then the others, all padded to the most nodes of either."""
        nodes = max(self.words.shape[1], others.words.shape[1])
        one, two = self._padded(nodes), others._padded(nodes)
        return GraphBatch(torch.cat([one.words, two.words]), torch.cat([one.adjacency, two.adjacency]))

    def _padded(self, nodes: int) -> GraphBatch:
        more = nodes - self.words.shape[1]
        return GraphBatch(F.pad(self.words, (0, more), value=PADDING), F.pad(self.adjacency, (0, more, 0, more)))


class Graphs:
    """Turns architectures of one space into graphs; words are the operations of those that it is made from.

    Args:
        space: whose architectures they are.
        architectures: whose operations are numbered; others become `UNSEEN`.
    """

    def __init__(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> None:
        self.space = space
        labels = {label for one in architectures for label in reduced(space, one).labels}
        self._words = {label: UNSEEN + 1 + place for place, label in enumerate(sorted(labels))}

    @property
    def words(self) -> int:
        """How many there are, `PADDING` and `UNSEEN` included."""
        return UNSEEN + 1 + len(self._words)

    def batch(self, architectures: Sequence[Any]) -> GraphBatch:
        """Their graphs, in single precision.

        Raises:
            ValueError: one is no architecture of the space.
        """
        graphs = [reduced(self.space, architecture) for architecture in architectures]
        nodes = max((len(graph.labels) for graph in graphs), default=0)
        words = np.full((len(graphs), nodes), PADDING, dtype=np.int64)
        adjacency = np.zeros((len(graphs), nodes, nodes), dtype=np.float32)
        for place, graph in enumerate(graphs):
            words[place, : len(graph.labels)] = [self._words.get(label, UNSEEN) for label in graph.labels]
            if graph.edges:
                sources, targets = zip(*graph.edges, strict=True)
                adjacency[place, sources, targets] = 1
        return GraphBatch(torch.from_numpy(words), torch.from_numpy(adjacency))

    def distinct(self, architectures: Sequence[Any]) -> tuple[GraphBatch, IntArray]:
        """One graph of each kind there is, and which of them each architecture has `(n,)`.

        Many architectures differ in what cannot matter alone: networks read their graph once.
        """
        batch = self.batch(architectures)
        rows = torch.cat([batch.words.to(torch.int32), batch.adjacency.flatten(1).to(torch.int32)], dim=1).numpy()
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        return batch.take(torch.from_numpy(first)), inverse.reshape(-1)


def reduced(space: SearchSpace[Any], architecture: Any) -> OpGraph:
    """The graph of what carries a signal, without nodes that pass nothing on."""
    graph = space.graph(space.functional(architecture, silence_is_zero=True))
    kept = [node for node, label in enumerate(graph.labels) if label != ABSENT]
    if len(kept) == len(graph.labels):
        return graph
    place = {node: new for new, node in enumerate(kept)}
    edges = tuple((place[a], place[b]) for a, b in graph.edges if a in place and b in place)
    return OpGraph(tuple(graph.labels[node] for node in kept), edges)
