"""What encodes graphs: layers for an ensemble, whose members differ in their weights alone.

A single network that is fitted to a few dozen labels depends much on the weights that it starts from. So each predictor
here is an ensemble, whose members are trained side by side: activations have shape `(members, n, nodes, width)`, and
every weight a first dimension of members. Nothing passes from one member to another.

References:
    [Wen2020] Wen, Liu, Chen, Li, Bender & Kindermans, "Neural Predictor for Neural Architecture Search", ECCV 2020.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.learned.graph_batch import UNSEEN, GraphBatch

Direction: TypeAlias = Literal["forward", "backward"]
"""With edges, so that a node hears of what feeds it, or against them."""


class Linear(nn.Module):
    """An affine map for each member, from `(members, ..., inputs)` to `(members, ..., outputs)`.

    Weights are drawn as `torch.nn.Linear` draws them, uniformly within the inverse root of the inputs.
    """

    def __init__(self, members: int, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter((2 * torch.rand(members, inputs, outputs, generator=generator) - 1) * bound)
        self.bias = nn.Parameter((2 * torch.rand(members, 1, outputs, generator=generator) - 1) * bound)

    def forward(self, features: Tensor) -> Tensor:
        rows = torch.baddbmm(self.bias, features.flatten(1, -2), self.weight)
        return rows.reshape(*features.shape[:-1], rows.shape[-1])


class Norm(nn.Module):
    """Layer normalization over the last dimension, with a scale and a shift of each member."""

    def __init__(self, members: int, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(members, 1, 1, width))
        self.shift = nn.Parameter(torch.zeros(members, 1, 1, width))

    def forward(self, features: Tensor) -> Tensor:
        return F.layer_norm(features, features.shape[-1:]) * self.scale + self.shift


class Embedding(nn.Module):
    """A vector for each word and member, normally distributed; that of padding and of an unseen word is zero.

    Args:
        words: how many there are, padding and unseen included.
    """

    seen: Tensor

    def __init__(self, members: int, words: int, width: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(members, words, width, generator=generator))
        self.register_buffer("seen", (torch.arange(words) > UNSEEN).float()[:, None])

    def forward(self, words: Tensor) -> Tensor:
        """Of words `(n, nodes)`, `(members, n, nodes, width)`."""
        return (self.weight * self.seen)[:, words]


class GraphConvolution(nn.Module):
    """The mean over a node and its neighbours, through weights of each direction, then ReLU [Wen2020].

    Directions are averaged after the ReLU.
    """

    def __init__(
        self, members: int, inputs: int, outputs: int, generator: torch.Generator, directions: Sequence[Direction]
    ) -> None:
        super().__init__()
        self.directions = tuple(directions)
        self.maps = nn.ModuleList(Linear(members, inputs, outputs, generator) for _ in self.directions)

    def forward(self, features: Tensor, graphs: GraphBatch) -> Tensor:
        heard = [
            F.relu(neighbourhood(graphs, direction) @ linear(features))
            for direction, linear in zip(self.directions, self.maps, strict=True)
        ]
        return torch.stack(heard).mean(0)


class GraphEncoder(nn.Module):
    """Embedded operations, then graph convolutions with layer normalization, then `readout`.

    Args:
        layers: how many convolutions there are.
        nodes: how many nodes a graph has on average.
        generator: decides the initial weights.
    """

    def __init__(
        self,
        members: int,
        words: int,
        width: int,
        layers: int,
        *,
        nodes: float,
        generator: torch.Generator,
        directions: Sequence[Direction] = ("forward", "backward"),
    ) -> None:
        super().__init__()
        self.nodes, self.width = nodes, 2 * width
        self.embedding = Embedding(members, words, width, generator)
        self.convolutions = nn.ModuleList(
            GraphConvolution(members, width, width, generator, directions) for _ in range(layers)
        )
        self.norms = nn.ModuleList(Norm(members, width) for _ in range(layers))

    def forward(self, graphs: GraphBatch) -> Tensor:
        """Of each graph, `(members, n, 2 width)`."""
        features: Tensor = self.embedding(graphs.words)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            features = norm(convolution(features, graphs))
        return readout(features, graphs, self.nodes)


def neighbourhood(graphs: GraphBatch, direction: Direction) -> Tensor:
    """Weights `(n, nodes, nodes)` with which the node of a row hears those of the columns; each row sums to 1."""
    adjacency = graphs.adjacency.mT if direction == "forward" else graphs.adjacency
    looped = adjacency + torch.eye(adjacency.shape[-1], dtype=adjacency.dtype)
    return looped / looped.sum(-1, keepdim=True)


def readout(features: Tensor, graphs: GraphBatch, nodes: float) -> Tensor:
    """The sum over the nodes of a graph in units of `nodes`, beside what its output has: `(members, n, 2 width)`.

    A mean over nodes, which the papers take, would not tell how many there are: Kendall's tau was 0.02 lower.
    """
    present = graphs.present
    total = (features * present[:, :, None]).sum(2) / nodes
    outputs = present.sum(1).long() - 1
    return torch.cat([total, features[:, torch.arange(len(outputs)), outputs]], dim=-1)
