"""A comparator that goes on learning from pairs that it has labelled itself, as in the search of CTNAS [Chen2021].

Of pairs that it is shown it keeps those of whose order it is surest, and takes that order for true. Every further
update takes as many of them as labelled architectures, and both count alike. Checked against chenyaofo/CTNAS (commit
ecb22ea, `ctnas/core/engine`): there confidence is the probability that the first one wins, here that either does, which
for a comparator that says the same of both orders is no other choice of pairs; the step length is theirs.

References:
    [Chen2021] Chen et al., "Contrastive Neural Architecture Search with Neural Architecture Comparators", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import Tensor

from nasrank.predictors.estimator import Context
from nasrank.predictors.learned.comparator import Comparator
from nasrank.predictors.learned.graph_batch import GraphBatch
from nasrank.predictors.learned.training import BATCH_SIZE, WEIGHT_DECAY

STEP_LENGTH = 2e-4
"""Of every further update."""


class GrowingComparator(Comparator):
    """Fitted to labels as its parent is, then further to these and to pseudo-labelled pairs.

    Attributes:
        pairs: how many pairs have got a pseudo-label.
    """

    def prepare(self, context: Context) -> None:
        """Fit to the labels, without pairs."""
        super().prepare(context)
        assert context.generator is not None
        assert context.labels is not None
        self._generator = context.generator
        self._labelled = self._graphs.batch(context.labels.architectures)
        self._ranks = torch.from_numpy(rankdata(context.labels.accuracies))
        self._better = self._worse = self._graphs.batch([])
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=STEP_LENGTH, weight_decay=WEIGHT_DECAY)

    @property
    def pairs(self) -> int:
        return len(self._better)

    def add_pairs(self, first: Sequence[Any], second: Sequence[Any], *, keep: int) -> None:
        """Keep so many of these pairs, of whose order it is surest; of equally sure ones the first.

        Raises:
            ValueError: as of `wins`.
        """
        wins = self.wins(first, second)
        surest = np.argsort(-np.abs(wins - 0.5), kind="stable")[:keep]
        ordered = [(first[at], second[at]) if wins[at] > 0.5 else (second[at], first[at]) for at in surest]
        self._better = self._better.followed_by(self._graphs.batch([better for better, _ in ordered]))
        self._worse = self._worse.followed_by(self._graphs.batch([worse for _, worse in ordered]))

    def learn_further(self, updates: int) -> None:
        """So many updates, each on at most `BATCH_SIZE` labelled architectures and as many pairs."""
        self._network.float()
        for _ in range(updates):
            rows = self._some(len(self._labelled))
            loss = self.loss(self._network(self._labelled.take(rows)), self._ranks[rows])
            if self.pairs:
                kept = self._some(self.pairs)[: len(rows)]
                loss = (loss + self._loss_of_pairs(self._better.take(kept), self._worse.take(kept))) / 2
            self._optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
        self._network.double()
        with torch.no_grad():
            self.remember(self._network(self._labelled.to(torch.float64)))

    def _some(self, count: int) -> Tensor:
        return torch.from_numpy(self._generator.permutation(count)[:BATCH_SIZE])

    def _loss_of_pairs(self, better: GraphBatch, worse: GraphBatch) -> Tensor:
        """The mean cross-entropy over pairs in both orders, summed over members as that of labels is."""
        first, second = self._network(better.followed_by(worse)).split(len(better), dim=1)
        ahead, behind = first[..., 0] + second[..., 1], second[..., 0] + first[..., 1]
        return (F.softplus(-ahead) + F.softplus(behind)).mean() / 2 * len(first)
