"""Encodings made of features of the operation graph, in units that serve kernels and penalties in every space."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.choices import encode
from nasrank.predictors.encodings.encoding import Encoding
from nasrank.predictors.encodings.operation_graphs import OperationGraphs, operation_graphs, sampled, vocabulary
from nasrank.spaces.space import SearchSpace

CHUNK = 20_000
"""Architectures whose graphs are in memory at once."""


class Standardized(Encoding):
    """Each feature is standardized over a fixed sample of the space; then all are scaled by one number.

    That number makes two architectures of the sample as far apart in the mean as they are by `choices`, so that length
    scales and penalties mean the same for both, and no space needs a constant of its own.
    """

    isomorphism_invariant: ClassVar[bool] = True

    @abstractmethod
    def features(self, graphs: OperationGraphs, operations: int) -> FloatArray:
        """`(n, features)` of graphs over so many operations; exact, so that isomorphic graphs have equal bits."""

    @final
    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        means, scales = _spread(self, space)
        found = np.empty((len(architectures), len(means)))
        for start in range(0, len(architectures), CHUNK):
            graphs = operation_graphs(space, architectures[start : start + CHUNK])
            found[start : start + CHUNK] = (self.features(graphs, len(vocabulary(space))) - means) * scales
        return found


@lru_cache(maxsize=64)
def _spread(encoding: Standardized, space: SearchSpace[Any]) -> tuple[FloatArray, FloatArray]:
    """What is subtracted from each feature and what it is then multiplied by, `(features,)`; 0 for a constant one."""
    architectures = sampled(space)
    features = encoding.features(operation_graphs(space, architectures), len(vocabulary(space)))
    deviations = features.std(axis=0)
    varied = np.ptp(features, axis=0) > 0
    wanted = encode(space, architectures).var(axis=0).sum()
    scale = np.sqrt(wanted / max(1, varied.sum()))
    return features.mean(axis=0), np.where(varied, scale / np.where(varied, deviations, 1.0), 0.0)
