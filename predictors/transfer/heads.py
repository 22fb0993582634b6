"""Heads that predict from embeddings, each as much as the graph belongs to its cluster [Mills2023].

A head is a small perceptron. The prediction for a graph is the mean of all heads weighted by its memberships; so what
one learns is what is special about the graphs of its cluster, and between clusters the prediction goes over smoothly.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.clusters import fuzzy_c_means, memberships

WIDTH = 16
UPDATES, LEARNING_RATE, WEIGHT_DECAY = 400, 1e-2, 1e-2


class Heads(nn.Module):
    """One perceptron a cluster, all of the same shape, in double precision.

    Args:
        centres: of the clusters, `(clusters, embedding)`, among standardized embeddings.
        generator: decides the first weights.
    """

    def __init__(self, centres: FloatArray, generator: np.random.Generator) -> None:
        super().__init__()
        self.centres = centres
        clusters, inputs = centres.shape

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.from_numpy(generator.normal(scale=shape[-2] ** -0.5, size=shape)))

        self.first, self.last = drawn(clusters, inputs, WIDTH), drawn(clusters, WIDTH, 1)
        self.shift = nn.Parameter(torch.zeros(clusters, 1, WIDTH, dtype=torch.float64))
        self.level = nn.Parameter(torch.zeros(clusters, 1, 1, dtype=torch.float64))

    @classmethod
    def fitted(cls, embeddings: FloatArray, targets: FloatArray, clusters: int, generator: np.random.Generator) -> Self:
        """Clusters of standardized embeddings `(n, embedding)`, and heads that predict the targets `(n,)` of them."""
        heads = cls(fuzzy_c_means(embeddings, clusters, generator), generator)
        heads.learn(embeddings, targets, UPDATES)
        return heads

    def forward(self, embeddings: Tensor, belonging: Tensor) -> Tensor:
        """Predictions `(n,)` from embeddings `(n, embedding)` and memberships `(n, clusters)`."""
        hidden = (embeddings @ self.first + self.shift).tanh()
        each = (hidden @ self.last + self.level)[..., 0]  # (clusters, n)
        return (each.T * belonging).sum(1)

    def learn(self, embeddings: FloatArray, targets: FloatArray, updates: int) -> None:
        """Go on to learn, from all at once, with a learning rate that falls to zero."""
        inputs, belonging = self._tensors(embeddings)
        wanted = torch.from_numpy(targets)
        optimizer = torch.optim.AdamW(self.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        for update in range(updates):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - update / updates)
            loss = F.mse_loss(self(inputs, belonging), wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def predict(self, embeddings: FloatArray) -> FloatArray:
        """Predictions `(n,)`."""
        with torch.no_grad():
            found: FloatArray = self(*self._tensors(embeddings)).numpy()
        return found

    def copied(self) -> Self:
        """A copy that can learn on its own."""
        return deepcopy(self)

    def _tensors(self, embeddings: FloatArray) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(embeddings), torch.from_numpy(memberships(embeddings, self.centres))
