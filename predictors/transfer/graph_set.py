"""Many computation graphs, held compactly, and batches of them as one graph of several parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch import Tensor

from nasrank.predictors.arrays import FloatArray, IntArray
from nasrank.predictors.transfer.computation_graph import ComputationGraph, Node

Matrix: TypeAlias = Any
"""A sparse array of scipy, by rows."""


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Graphs side by side. Matrices are sparse and take means: each row sums to 1, or has nothing.

    Attributes:
        features: of all nodes `(nodes, features)`.
        before: over the nodes that a node takes from `(nodes, nodes)`.
        behind: over the nodes that take from it `(nodes, nodes)`.
        whole: over the nodes of a graph `(graphs, nodes)`.
    """

    features: Tensor
    before: Matrix
    behind: Matrix
    whole: Matrix


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
        (sources, targets), size, dtype = edges, len(nodes), table[:0].numpy().dtype
        return GraphBatch(
            table[torch.from_numpy(nodes)],
            means(targets, sources, (size, size), dtype),
            means(sources, targets, (size, size), dtype),
            means(owners, np.arange(size), (len(places), size), dtype),
        )

    def joined(self, other: GraphSet) -> Self:
        """The graphs of both, the other's behind."""
        graphs = (one.graph(place) for one in (self, other) for place in range(len(one)))
        return type(self)(graphs)


def means(rows: IntArray, columns: IntArray, shape: tuple[int, int], dtype: npt.DTypeLike) -> Matrix:
    """The matrix that takes, for each row, the mean of its columns; pairs of both are all different."""
    counts = np.bincount(rows, minlength=shape[0])
    return sparse.csr_array(((1 / counts[rows]).astype(dtype), (rows, columns)), shape=shape)


def _runs(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`starts[i], starts[i] + 1, ...`, `counts[i]` of them, one run after the other."""
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(counts.sum()) + np.repeat(starts - before, counts), dtype=np.int64)
