"""From computation graphs to embeddings: layers of a 1-dimensional k-GNN, as in GENNAPE's demonstration [Mills2023].

A layer is the GraphConv of [Morris2019]: each node adds a linear map of its own features and one of the mean of its
neighbours'. Here those that a node takes from and those that take from it have a map each, so that the direction of a
graph is seen and news travels both ways; in the demonstration only the former count. The hyperbolic tangent follows.
A graph's embedding is the mean of its nodes.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
    [Morris2019] Morris et al., "Weisfeiler and Leman Go Neural: Higher-Order Graph Neural Networks", AAAI 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.computation_graph import FEATURES
from nasrank.predictors.transfer.graph_set import GraphBatch, GraphSet, Matrix

HIDDEN, LAYERS = 32, 6
"""As in the paper's demonstration."""

AT_ONCE = 256
"""Graphs that are encoded together."""


class GraphConv(nn.Module):
    """Features of every node from its own and the means of those before and behind it, `(nodes, outputs)`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.before = nn.Linear(inputs, outputs, bias=False)
        self.behind = nn.Linear(inputs, outputs, bias=False)

    def forward(self, features: Tensor, before: Matrix, behind: Matrix) -> Tensor:
        news = self.before(product(before, features)) + self.behind(product(behind, features))
        summed: Tensor = self.own(features) + news
        return summed


class GraphEncoder(nn.Module):
    """Embeddings `(graphs, embedding)` of a batch of graphs.

    Args:
        hidden: features of a node in every layer.
        layers: how many there are.

    Attributes:
        embedding: how many numbers describe a graph.
    """

    def __init__(self, hidden: int = HIDDEN, layers: int = LAYERS) -> None:
        super().__init__()
        self.enter = nn.Linear(FEATURES, hidden)
        self.layers = nn.ModuleList(GraphConv(hidden, hidden) for _ in range(layers))
        self.embedding = hidden

    def forward(self, batch: GraphBatch) -> Tensor:
        features = self.enter(batch.features).tanh()
        for layer in self.layers:
            features = layer(features, batch.before, batch.behind).tanh()
        return product(batch.whole, features)


def encoded(encoder: GraphEncoder, graphs: GraphSet) -> FloatArray:
    """Embeddings of all graphs `(graphs, embedding)`, in the encoder's precision."""
    table = graphs.table(encoder.enter.weight.dtype)
    found = np.empty((len(graphs), encoder.embedding))
    with torch.no_grad():
        for start in range(0, len(graphs), AT_ONCE):
            places = range(start, min(start + AT_ONCE, len(graphs)))
            found[places] = encoder(graphs.batch(places, table)).numpy()
    return found


def product(matrix: Matrix, values: Tensor) -> Tensor:
    """A sparse matrix of constants times `(n, features)`; ten times as fast as adding up by index."""
    result: Tensor = _Product.apply(matrix, values)  # type: ignore[no-untyped-call]
    return result


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, matrix: Matrix, values: Tensor) -> Tensor:
        context.matrix = matrix
        return torch.from_numpy(matrix @ values.detach().numpy())

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        return None, torch.from_numpy(context.matrix.T @ gradients[0].contiguous().numpy())
