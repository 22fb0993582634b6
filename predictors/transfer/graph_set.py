"""Many computation graphs, held compactly, and batches of them as one graph of several parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.predictors.arrays import FloatArray, IntArray
from nasrank.predictors.transfer.computation_graph import ComputationGraph, Node


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Graphs side by side.

    Attributes:
        features: of all nodes `(nodes, features)`.
        edges: sources and targets `(2, edges)`, which never join two graphs.
        owners: the graph of every node `(nodes,)`, ascending from 0.
        graphs: how many there are.
    """

    features: Tensor
    edges: Tensor
    owners: Tensor
    graphs: int


class GraphSet:
    """Graphs by place. Nodes that are alike are held once, so that 10,000 graphs of 100 nodes take some megabytes."""

    def __init__(self, graphs: Iterable[ComputationGraph]) -> None:
        kinds: dict[Node, int] = {}
        nodes: list[int] = []
        edges: list[tuple[int, int]] = []
        ends, edge_ends = [0], [0]
        for graph in graphs:
            nodes += [kinds.setdefault(node, len(kinds)) for node in graph.nodes]
            edges += graph.edges
            ends.append(len(nodes))
            edge_ends.append(len(edges))
        self.kinds = tuple(kinds)
        self._nodes = np.array(nodes, dtype=np.int32)
        self._edges = np.array(edges, dtype=np.int16).reshape(-1, 2).T
        self._ends, self._edge_ends = np.array(ends), np.array(edge_ends)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def graph(self, place: int) -> ComputationGraph:
        """The graph at this place."""
        nodes = self._nodes[self._ends[place] : self._ends[place + 1]]
        edges = self._edges[:, self._edge_ends[place] : self._edge_ends[place + 1]]
        return ComputationGraph(
            tuple(self.kinds[kind] for kind in nodes), tuple((int(one), int(other)) for one, other in edges.T)
        )

    def features(self) -> FloatArray:
        """Of every kind of node, `(kinds, features)`."""
        return np.array([kind.features for kind in self.kinds])

    def batches(self, size: int, dtype: torch.dtype = torch.float32) -> Iterable[GraphBatch]:
        """All graphs in their order, so many a batch."""
        features = self.table(dtype)
        for start in range(0, len(self), size):
            yield self.batch(range(start, min(start + size, len(self))), features)

    def table(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """`features` as a tensor, from which `batch` looks up."""
        return torch.from_numpy(self.features()).to(dtype)

    def batch(self, places: Sequence[int] | IntArray, table: Tensor) -> GraphBatch:
        """The graphs at these places side by side."""
        places = np.asarray(places, dtype=np.int64)
        counts = self._ends[places + 1] - self._ends[places]
        edge_counts = self._edge_ends[places + 1] - self._edge_ends[places]
        nodes = self._nodes[_runs(self._ends[places], counts)]
        firsts = np.cumsum(counts) - counts
        edges = self._edges[:, _runs(self._edge_ends[places], edge_counts)] + np.repeat(firsts, edge_counts)
        owners = np.repeat(np.arange(len(places)), counts)
        return GraphBatch(table[torch.from_numpy(nodes)], torch.from_numpy(edges), torch.from_numpy(owners), len(places))

    def joined(self, other: GraphSet) -> Self:
        """The graphs of both, the other's behind."""
        graphs = (one.graph(place) for one in (self, other) for place in range(len(one)))
        return type(self)(graphs)


def _runs(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`starts[i], starts[i] + 1, ...`, `counts[i]` of them, one run after the other."""
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts - before, counts)
