"""What a computation graph amounts to as a whole: size, cost, depth, and how much of what is in it.

These thirteen numbers mean the same in every space. Standardized within each, as
`nasrank.predictors.transfer.pretrained` does, they are what carries over from one space to another best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log1p, prod

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.transfer.computation_graph import FAMILIES, ComputationGraph

TOTALS = (
    "logarithm of parameters",
    "logarithm of multiply-adds",
    "nodes",
    "longest path",
    "most convolutions on a path",
    "most wide convolutions on a path",
    "fewest convolutions on a path",
    "shortest path",
    "convolutions",
    "wide convolutions",
    "pooling",
    "joining",
    "edges beyond a chain",
)
"""What each is. A convolution is wide if its kernel is more than one pixel; a dense layer counts as a narrow one."""

_CONVOLUTIONS, _, _POOLING, _JOINING = (frozenset(family) for family in FAMILIES)


def totals(graph: ComputationGraph) -> FloatArray:
    """`TOTALS` of a graph, `(13,)`. A path leads from the input, or from a node that takes nothing, to the output."""
    nodes, sources = graph.nodes, graph.sources()
    weighted = [node.operation in _CONVOLUTIONS for node in nodes]
    wide = [weighs and max(node.kernel) > 1 for node, weighs in zip(nodes, weighted, strict=True)]
    multiply_adds = sum(node.parameters * prod(node.gives[1:]) for node in nodes if node.operation in _CONVOLUTIONS)
    every = [True] * len(nodes)

    def along(counted: Sequence[bool], choose: Callable[[Sequence[int]], int]) -> int:
        """How many nodes count on the path that is chosen."""
        reached: list[int] = []
        for count, taken in zip(counted, sources, strict=True):
            reached.append(count + (choose([reached[one] for one in taken]) if taken else 0))
        return reached[-1]

    return np.array(
        [
            log1p(graph.parameters),
            log1p(multiply_adds),
            len(nodes),
            along(every, max),
            along(weighted, max),
            along(wide, max),
            along(weighted, min),
            along(every, min),
            sum(weighted),
            sum(wide),
            sum(node.operation in _POOLING for node in nodes),
            sum(node.operation in _JOINING for node in nodes),
            len(graph.edges) - len(nodes) + 1,
        ],
        dtype=np.float64,
    )
