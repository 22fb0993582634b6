"""What the predictors of this package have in common: an ensemble that reads graphs and is fitted to ranks of labels.

A subclass says which network, with which loss, and what a score is of what the network says. The rest is here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import Context, Estimator, Need
from nasrank.predictors.learned.graph_batch import Graphs
from nasrank.predictors.learned.training import seeded, train

CHUNK = 1024
"""Graphs that are scored at once."""


class NetworkPredictor(Estimator):
    """An ensemble of networks, fitted to the ranks of labels in units of their standard deviation around their mean.

    Attributes:
        learning_rate: the longest step of `train`.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({"generator", "labels"})
    learning_rate: ClassVar[float] = 5e-3

    @abstractmethod
    def build(self, words: int, nodes: float, generator: torch.Generator) -> nn.Module:
        """A network that maps a `GraphBatch` to outputs `(members, n, ...)`.

        Args:
            words: how many words graphs have.
            nodes: how many nodes the labelled ones have on average.
            generator: decides its weights.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """A scalar to minimize, of outputs and of standardized ranks `(n,)`; members do not influence each other."""

    @abstractmethod
    def remember(self, outputs: Tensor) -> None:
        """Keep what scoring takes of the outputs of the labelled ones, which are in double precision."""

    @abstractmethod
    def read(self, outputs: Tensor) -> Tensor:
        """What the outputs predict `(n,)`, higher is better."""

    def prepare(self, context: Context) -> None:
        """Fit, anew; of the context, the space is remembered."""
        assert context.generator is not None
        assert context.labels is not None
        super().prepare(Context(context.space))
        architectures, ranks = context.labels.architectures, rankdata(context.labels.accuracies)
        self._graphs = Graphs(context.space, architectures)
        self._all_equal = not np.ptp(ranks)
        batch = self._graphs.batch(architectures)
        targets = torch.from_numpy((ranks - ranks.mean()) / (ranks.std() or 1.0)).float()
        nodes = float(batch.present.sum(1).mean())
        network = self.build(self._graphs.words, nodes, seeded(context.generator))
        train(
            network,
            len(targets),
            lambda rows: self.loss(network(batch.take(rows)), targets[rows]),
            generator=context.generator,
            learning_rate=self.learning_rate,
        )
        self._network = network.double()  # what else is scored then makes no visible difference
        self.remember(self.outputs(architectures))

    def outputs(self, architectures: Sequence[Any]) -> Tensor:
        """What the network says of each, `(members, n, ...)` in double precision, without a gradient.

        Raises:
            ValueError: one is no architecture of the space, or nothing has been prepared.
        """
        graphs, kinds = self._graphs_of_the_fit().distinct(architectures)
        with torch.no_grad():
            outputs = torch.cat([self._network(chunk) for chunk in graphs.to(torch.float64).chunks(CHUNK)], dim=1)
        return outputs[:, torch.from_numpy(kinds)]

    def score(self, architectures: Sequence[Any]) -> FloatArray:
        """What is read from the outputs `(n,)`, as of `Estimator.score`; all 0 where all labels were equal."""
        if len(architectures) == 0:
            return np.empty(0)
        scores = self.read(self.outputs(architectures)).numpy()
        return np.zeros(len(scores)) if self._all_equal else scores

    def _graphs_of_the_fit(self) -> Graphs:
        assert self.context  # which says so where there has been none
        return self._graphs


class RankPredictor(NetworkPredictor):
    """One number an architecture, which is the standardized rank, and of which the order counts as well."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The squared error, and for each pair how unlikely its order is by the difference, see `fitting_loss`."""
        return fitting_loss(outputs, targets)

    def remember(self, outputs: Tensor) -> None:
        """Nothing: outputs have the unit of the targets."""

    def read(self, outputs: Tensor) -> Tensor:
        """The mean over members."""
        return outputs.mean(0)


def fitting_loss(scores: Tensor, targets: Tensor) -> Tensor:
    """The mean squared error plus the mean of log(1 + exp(-2 d)) over ordered pairs, summed over members `()`.

    Of a pair, d is by how much the better one is ahead; pairs with equal targets are left out.

    Args:
        scores: of each member `(members, n)`.
        targets: standardized ranks `(n,)`.
    """
    better = targets[:, None] > targets[None, :]
    orders = nn.functional.softplus(2 * (scores[:, None, :] - scores[:, :, None])) * better
    errors: Tensor = (scores - targets).square().mean(1).sum()
    return errors + orders.sum() / better.sum().clamp(min=1)
