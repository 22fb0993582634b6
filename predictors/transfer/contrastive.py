"""What an encoder learns from graphs without labels: graphs of like structure get like embeddings [Mills2023].

Two graphs are as unlike as the spectra of their normalized Laplacians, undirected, and as the shares of operations
in them. Within a batch, a softmax of negative distances says how much of each graph's likeness falls to each of the
others; a softmax of cosines of embeddings is to say the same, and the cross-entropy of the two is the loss. The paper,
too, separates networks by their topology before any label is seen; what measures topology, and the loss, are our own.

References:
    [Mills2023] Mills et al., "GENNAPE: Towards Generalized Neural Architecture Performance Estimators", AAAI 2023.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.computation_graph import OPERATIONS, ComputationGraph

EIGENVALUES = 16
"""How many of a graph's spectrum count: quantiles, so that graphs of different sizes compare."""

LIKENESS_TEMPERATURE, COSINE_TEMPERATURE = 0.05, 0.1


def structure(graph: ComputationGraph) -> FloatArray:
    """What makes graphs alike `(EIGENVALUES + operations,)`: quantiles of the spectrum, then shares of operations."""
    size = len(graph.nodes)
    adjacency = np.zeros((size, size))
    sources, targets = np.array(graph.edges, dtype=np.int64).reshape(-1, 2).T
    adjacency[sources, targets] = adjacency[targets, sources] = 1.0
    roots = 1 / np.sqrt(np.maximum(adjacency.sum(1), 1.0))
    spectrum = np.linalg.eigvalsh(np.eye(size) - roots[:, None] * adjacency * roots)
    quantiles = np.quantile(spectrum, np.linspace(0, 1, EIGENVALUES))
    shares = [sum(node.operation == operation for node in graph.nodes) / size for operation in OPERATIONS]
    return np.array([*quantiles, *shares])


def contrastive_loss(embeddings: Tensor, structures: Tensor) -> Tensor:
    """Cross-entropy of likeness by embeddings `(n, embedding)` against that by structures `(n, numbers)`, n > 1."""
    others = ~torch.eye(len(embeddings), dtype=torch.bool)
    units = F.normalize(embeddings, dim=1)
    cosines = (units @ units.T)[others].view(len(units), -1) / COSINE_TEMPERATURE
    distances = torch.cdist(structures, structures)[others].view(len(units), -1)
    wanted = (-distances / LIKENESS_TEMPERATURE).softmax(1)
    return F.cross_entropy(cosines, wanted)
