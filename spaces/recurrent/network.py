"""The stand-alone network of a recurrent cell [Zoph2017, Liu2019]: embedding, cell, and the embedding again as decoder.

From the state h before and a token x, the root of the cell is `s0 = h + sigmoid(c) (tanh(u) - h)` with `c, u` the two
halves of `[x, h] W0`. A node that s feeds is `s + sigmoid(c) (f(u) - s)`, with `c, u` those of `s W` and f its
activation. The mean of all nodes but the root is what the network says of the token, and the next state. Every window
begins with a state of zeros, and there is no dropout and no normalization.

References:
    [Zoph2017] Zoph & Le, "Neural Architecture Search with Reinforcement Learning", ICLR 2017.
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.recurrent.cell import ACTIVATIONS, NODES, RecurrentCell
from nasrank.spaces.recurrent.costs import LENGTH, TOKENS, WIDTH

Activation: TypeAlias = Callable[[Tensor], Tensor]

ACTIVATE: Mapping[str, Activation] = MappingProxyType(
    dict(zip(ACTIVATIONS, (torch.tanh, torch.relu, torch.sigmoid, lambda state: state), strict=True))
)


def gated(state: Tensor, moved: Tensor, activate: Activation) -> Tensor:
    """Part of the way from a state `(batch, width)` to what an activation makes of its image `(batch, 2 width)`."""
    gate, candidate = moved.chunk(2, dim=1)
    return torch.lerp(state, activate(candidate), gate.sigmoid())


def averaged(states: Sequence[Tensor]) -> Tensor:
    """The mean of states `(batch, width)`; as sums, which take a tenth of the time of a mean over a stack."""
    return reduce(torch.add, states) / len(states)


class Around(nn.Module):
    """All that networks of recurrent cells and their super-net have in common: what is around the nodes.

    Args:
        width: of a state and of the embedding of a token.
        tokens: of the vocabulary.
        length: tokens of a window, which networks of states need not know.
    """

    def __init__(self, *, width: int = WIDTH, tokens: int = TOKENS, length: int = LENGTH) -> None:
        super().__init__()
        refuse_sizes(width=width, tokens=tokens, length=length)
        self.embedding = nn.Embedding(tokens, width)
        self.entry = nn.Linear(width, 2 * width, bias=False)
        self.recurrence = nn.Linear(width, 2 * width, bias=False)
        self.bias = nn.Parameter(torch.zeros(tokens))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def run(self, windows: Tensor, nodes: Callable[[Tensor], Tensor]) -> Tensor:
        """Logits `(batch, length, tokens)` of windows `(batch, length)`.

        Args:
            nodes: makes the next state of the root's `(batch, width)`.
        """
        entering = self.entry(self.embedding(windows)).unbind(1)
        state = entering[0].new_zeros(len(windows), self.embedding.embedding_dim)
        states = []
        for entered in entering:
            state = nodes(gated(state, entered + self.recurrence(state), torch.tanh))
            states.append(state)
        return F.linear(torch.stack(states, dim=1), self.embedding.weight, self.bias)


class RecurrentNetwork(Around):
    """The network of a cell.

    Args:
        width: of a state and of the embedding of a token.
        tokens: of the vocabulary.
        length: tokens of a window, which networks of states need not know.
    """

    def __init__(self, cell: RecurrentCell, *, width: int = WIDTH, tokens: int = TOKENS, length: int = LENGTH) -> None:
        super().__init__(width=width, tokens=tokens, length=length)
        self.nodes = nn.ModuleList(nn.Linear(width, 2 * width, bias=False) for _ in range(NODES))
        self._links = tuple(zip(cell.sources, (ACTIVATE[name] for name in cell.activations), strict=True))

    def forward(self, windows: Tensor) -> Tensor:
        """Logits `(batch, length, tokens)` of windows `(batch, length)` of tokens, of each the one that follows."""
        return self.run(windows, self._after)

    def _after(self, root: Tensor) -> Tensor:
        states = [root]
        for node, (source, activate) in zip(self.nodes, self._links, strict=True):
            states.append(gated(states[source], node(states[source]), activate))
        return averaged(states[1:])
