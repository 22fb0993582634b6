"""A small transformer over the nodes of a graph, whose heads look along its edges.

Each head sees a node itself and some of the others: what feeds it, what it feeds, all that come before it on a path, or
all that come after it. So the structure enters by what is masked, and nodes have no position besides. It is in the
manner of PINAT [Lu2023], of which it is no copy.

References:
    [Lu2023] Lu et al., "PINAT: A Permutation INvariance Augmented Transformer for NAS Predictor", AAAI 2023.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.learned.encoder import Embedding, Linear, Norm, readout
from nasrank.predictors.learned.graph_batch import GraphBatch
from nasrank.predictors.learned.network_predictor import RankPredictor
from nasrank.predictors.learned.neural_predictor import MEMBERS, Regressor

WIDTH, BLOCKS, HEADS = 64, 2, 4


@ESTIMATORS.register
class TransformerPredictor(RankPredictor):
    """The predicted rank among the labels, in standard deviations from their mean."""

    name = "transformer"
    label = "transformer on the same labels"
    learning_rate = 2e-3

    def build(self, words: int, nodes: float, generator: torch.Generator) -> nn.Module:
        return Regressor(TransformerEncoder(words, nodes, generator), 2 * WIDTH, generator)


class TransformerEncoder(nn.Module):
    """Embedded operations, then blocks of attention and perceptron, then `readout`: `(members, n, 2 width)`."""

    def __init__(self, words: int, nodes: float, generator: torch.Generator) -> None:
        super().__init__()
        self.nodes = nodes
        self.embedding = Embedding(MEMBERS, words, WIDTH, generator)
        self.blocks = nn.ModuleList(Block(generator) for _ in range(BLOCKS))
        self.norm = Norm(MEMBERS, WIDTH)

    def forward(self, graphs: GraphBatch) -> Tensor:
        unseen = ~seen_by_heads(graphs.adjacency)
        features: Tensor = self.embedding(graphs.words)
        for block in self.blocks:
            features = block(features, unseen)
        return readout(self.norm(features), graphs, self.nodes)


class Block(nn.Module):
    """Attention, then a perceptron, each on what is normalized and added to what was there."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.norms = nn.ModuleList(Norm(MEMBERS, WIDTH) for _ in range(2))
        self.asked = Linear(MEMBERS, WIDTH, 3 * WIDTH, generator)
        self.mixed = Linear(MEMBERS, WIDTH, WIDTH, generator)
        self.hidden = Linear(MEMBERS, WIDTH, 2 * WIDTH, generator)
        self.output = Linear(MEMBERS, 2 * WIDTH, WIDTH, generator)

    def forward(self, features: Tensor, unseen: Tensor) -> Tensor:
        parts: Tensor = self.asked(self.norms[0](features))
        queries, keys, values = (
            one.reshape(*one.shape[:-1], HEADS, WIDTH // HEADS).transpose(2, 3) for one in parts.chunk(3, dim=-1)
        )
        logits = (queries @ keys.mT / math.sqrt(WIDTH // HEADS)).masked_fill(unseen, -torch.inf)
        attended = (logits.softmax(-1) @ values).transpose(2, 3).flatten(-2)
        features = features + self.mixed(attended)
        perceived: Tensor = self.output(F.relu(self.hidden(self.norms[1](features))))
        return features + perceived


def seen_by_heads(adjacency: Tensor) -> Tensor:
    """Whether a head lets the node of a row see that of a column, `(n, HEADS, nodes, nodes)`; each sees itself.

    The heads look at predecessors, successors, ancestors and descendants.
    """
    nodes = adjacency.shape[-1]
    after = adjacency + torch.eye(nodes, dtype=adjacency.dtype)
    reached = after
    for _ in range(max(nodes - 1, 1).bit_length()):  # paths up to twice as long each time
        reached = (reached @ reached > 0).to(adjacency.dtype)
    return torch.stack([after.mT, after, reached.mT, reached], dim=1) > 0
