"""The path encoding of BANANAS [White2021]: which sequences of operations some path from input to output has.

References:
    [White2021] White, Neiswanger & Savani, "BANANAS: Bayesian Optimization with Neural Architectures for Neural
        Architecture Search", AAAI 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS, Encoding
from nasrank.predictors.encodings.operation_graphs import (
    BoolArray,
    OperationGraphs,
    operation_graphs,
    sampled,
    vocabulary,
)
from nasrank.spaces.space import SearchSpace

MOST_SEQUENCES = 2_048
"""Longer sequences are left out where there would be more, as BANANAS does: few architectures share them."""

CHUNK = 5_000
"""Architectures whose sequences are in memory at once."""


class Paths(Encoding):
    """One bit for each sequence of operations, short ones first, up to the longest path in a sample of the space."""

    name = "paths"
    label = "paths"
    isomorphism_invariant = True

    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        operations, longest = len(vocabulary(space)), longest_path(space)
        found = np.empty((len(architectures), sequences_before(operations, longest + 1)))
        for start in range(0, len(architectures), CHUNK):
            graphs = operation_graphs(space, architectures[start : start + CHUNK])
            found[start : start + CHUNK] = path_bits(graphs, operations, longest)
        return found


ENCODINGS.register(Paths())


@lru_cache(maxsize=32)
def longest_path(space: SearchSpace[Any]) -> int:
    """Operations on the longest path that is encoded."""
    graphs = operation_graphs(space, sampled(space))
    steps = np.zeros_like(graphs.codes, dtype=np.int64)
    for target in range(1, len(steps[0])):
        steps[:, target] = ((steps[:, :target] + 1) * graphs.adjacency[:, :target, target]).max(axis=1)
    longest, operations = max(0, int(steps[:, -1].max()) - 1), len(vocabulary(space))
    while longest and sequences_before(operations, longest + 1) > MOST_SEQUENCES:
        longest -= 1
    return longest


def sequences_before(operations: int, length: int) -> int:
    """How many sequences are shorter than this: the empty one, those of one operation, those of two, ..."""
    return sum(operations**shorter for shorter in range(length))


def path_bits(graphs: OperationGraphs, operations: int, longest: int) -> BoolArray:
    """`(n, sequences)`; sequence s of `operations` numbers followed by operation o has number `s * operations + o + 1`.

    Paths over a vertex whose operation is not in the vocabulary are left out.
    """
    count, vertices = len(graphs.codes), len(graphs.codes[0])
    sequences, extended = (sequences_before(operations, longest + more) for more in (1, 0))
    starting = np.zeros((vertices, count, sequences), dtype=bool)
    starting[0, :, 0] = True
    for target in range(1, vertices):
        arriving = np.zeros((count, sequences), dtype=bool)
        for source in range(target):
            joined = graphs.adjacency[:, source, target]
            arriving[joined] |= starting[source, joined]
        if target == vertices - 1:
            return arriving
        for operation in range(operations):
            own = graphs.codes[:, target] == operation
            starting[target, own, operation + 1 :: operations] = arriving[own, :extended]
    raise ValueError(f"a graph has 2 vertices or more, input and output, not {vertices}")
