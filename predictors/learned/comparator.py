"""The neural architecture comparator [Chen2021]: the probability that one architecture is at least as good as another.

Both are encoded by graph convolutions, and a layer on the two encodings gives a logit. An architecture is ranked by how
many of a set of opponents it is expected to beat: of the labelled ones.

Convolutions go against the edges, too, and each encoding passes a hidden layer before the two are added up: with the
paper's convolutions along the edges and one linear layer, Kendall's tau with 100 labels was 0.08 lower on either
benchmark. It is an ensemble, nodes are summed up rather than averaged, and the mean of both orders of a pair is taken,
so that probabilities of either order sum to one. Every update takes all pairs of a batch in place of one random partner
each, so that 120 stand for the paper's 1000 epochs.

References:
    [Chen2021] Chen et al., "Contrastive Neural Architecture Search with Neural Architecture Comparators", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.learned.encoder import GraphEncoder, Linear
from nasrank.predictors.learned.graph_batch import GraphBatch
from nasrank.predictors.learned.network_predictor import NetworkPredictor

MEMBERS, WIDTH, LAYERS, HIDDEN = 4, 48, 4, 64


@ESTIMATORS.register
class Comparator(NetworkPredictor):
    """The share of the labelled architectures that are expected to lose."""

    name = "comparator"
    label = "architecture comparator on the same labels"

    def build(self, words: int, nodes: float, generator: torch.Generator) -> nn.Module:
        return _Comparer(words, nodes, generator)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean cross-entropy over all ordered pairs; either outcome is as likely where labels are equal."""
        outcomes = (targets[:, None] > targets[None, :]).to(outputs) + (targets[:, None] == targets[None, :]) / 2
        pairs = ~torch.eye(len(targets), dtype=torch.bool)
        logits = _logits(outputs, outputs)
        wanted = outcomes.expand_as(logits)
        return F.binary_cross_entropy_with_logits(logits[:, pairs], wanted[:, pairs]) * len(outputs)

    def remember(self, outputs: Tensor) -> None:
        """The labelled ones are the opponents."""
        self._opponents = outputs

    def read(self, outputs: Tensor) -> Tensor:
        """The mean probability to beat an opponent."""
        return _probabilities(outputs[:, :, None], self._opponents[:, None]).mean(1)

    def wins(self, first: Sequence[Any], second: Sequence[Any]) -> FloatArray:
        """The probability that each of the first is better than the second beside it `(n,)`, in [0, 1].

        That of the reverse is what is missing to one, and an architecture beats itself with one half.

        Raises:
            ValueError: not as many of either, one is of another space, or nothing has been prepared.
        """
        if len(first) != len(second):
            raise ValueError(
                f"{len(first)} architectures cannot be compared with {len(second)}: give one opponent each"
            )
        if len(first) == 0:
            return FloatArray(0)
        both = self.outputs([*first, *second])
        found: FloatArray = _probabilities(both[:, : len(first)], both[:, len(first) :]).numpy()
        return found

    def tournament(self, architectures: Sequence[Any]) -> FloatArray:
        """The probability that each is better than each `(n, n)`, of the one of the row; one half for itself.

        Raises:
            ValueError: one is of another space, or nothing has been prepared.
        """
        if len(architectures) == 0:
            return FloatArray((0, 0))
        outputs = self.outputs(architectures)
        found: FloatArray = _probabilities(outputs[:, :, None], outputs[:, None]).numpy()
        return found


class _Comparer(nn.Module):
    """What an architecture adds to the logit as the first and as the second of a pair, `(members, n, 2)`."""

    def __init__(self, words: int, nodes: float, generator: torch.Generator) -> None:
        super().__init__()
        self.encoder = GraphEncoder(MEMBERS, words, WIDTH, LAYERS, nodes=nodes, generator=generator)
        self.hidden = Linear(MEMBERS, self.encoder.width, HIDDEN, generator)
        self.head = Linear(MEMBERS, HIDDEN, 2, generator)

    def forward(self, graphs: GraphBatch) -> Tensor:
        outputs: Tensor = self.head(F.relu(self.hidden(self.encoder(graphs))))
        return outputs


def _logits(first: Tensor, second: Tensor) -> Tensor:
    """Of every pair `(members, first, second)`, that the first is better; higher where it is likelier."""
    return first[:, :, None, 0] + second[:, None, :, 1]


def _probabilities(first: Tensor, second: Tensor) -> Tensor:
    """That the first is better, in the mean over members and over both orders; the last dimension is of logits."""
    ahead = (first[..., 0] + second[..., 1]).sigmoid()
    behind = (second[..., 0] + first[..., 1]).sigmoid()
    return ((1 + ahead - behind) / 2).mean(0)
