"""From computation graphs to embeddings: layers of a 1-dimensional k-GNN, as in GENNAPE's demonstration [Mills2023].

A layer is the GraphConv of [Morris2019]: each node adds a linear map of its own features and one of the mean of its
neighbours'. Here those that a node takes from and those that take from it have a map each, so that the direction of a
graph is seen and news travels both ways; in the demonstration only the former count. The hyperbolic tangent follows.
A graph's embedding is the mean of its nodes and the logarithm of how many there are.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
    [Morris2019] Morris et al., "Weisfeiler and Leman Go Neural: Higher-Order Graph Neural Networks", AAAI 2019.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasrank.predictors.transfer.computation_graph import FEATURES
from nasrank.predictors.transfer.graph_set import GraphBatch

HIDDEN, LAYERS = 32, 6
"""As in the paper's demonstration."""


class GraphConv(nn.Module):
    """Features of every node from its own and the means of those before and behind it, `(nodes, outputs)`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.own = nn.Linear(inputs, outputs)
        self.before = nn.Linear(inputs, outputs, bias=False)
        self.behind = nn.Linear(inputs, outputs, bias=False)

    def forward(self, features: Tensor, edges: Tensor) -> Tensor:
        sources, targets = edges
        before = mean_by(targets, features[sources], len(features))
        behind = mean_by(sources, features[targets], len(features))
        summed: Tensor = self.own(features) + self.before(before) + self.behind(behind)
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
            features = layer(features, batch.edges).tanh()
        return mean_by(batch.owners, features, batch.graphs)


def mean_by(groups: Tensor, values: Tensor, count: int) -> Tensor:
    """Mean of the values `(n, features)` of each of `count` groups, zeros for an empty one; `groups` is `(n,)`."""
    sums = values.new_zeros(count, values.shape[1]).index_add_(0, groups, values)
    sizes = values.new_zeros(count).index_add_(0, groups, values.new_ones(len(groups)))
    return sums / sizes.clamp(min=1)[:, None]
