"""What a graph amounts to, against all of its paths and against the space's own costs."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.predictors.transfer.computation_graph import ComputationGraph, Node
from nasrank.predictors.transfer.sources import computation_graph
from nasrank.predictors.transfer.totals import TOTALS, totals
from nasrank.spaces import get_space

A = (4, 8, 8)
KINDS = [
    Node("convolution", A, A, kernel=(3, 3)),
    Node("convolution", A, A, kernel=(1, 1)),
    Node("relu", A, A),
    Node("max pooling", A, A, kernel=(3, 3)),
    Node("addition", A, A),
]


def drawn(seed, size=10):
    """Each node but the first takes from one or more before it."""
    generator = np.random.default_rng(seed)
    nodes = (Node("input", A, A), *(KINDS[generator.integers(5)] for _ in range(size - 2)), Node("output", A, A))
    edges = {(int(generator.integers(target)), target) for target in range(1, size) for _ in range(3)}
    return ComputationGraph(nodes, tuple(sorted(edges)))


def paths(graph, node):
    """All of them that end at a node, as tuples of nodes."""
    before = [path for source, target in graph.edges if target == node for path in paths(graph, source)]
    return [(*path, node) for path in before] or [(node,)]


@pytest.mark.parametrize("seed", range(5))
def test_depths_are_those_of_all_paths(seed):
    graph = drawn(seed)
    every = paths(graph, len(graph.nodes) - 1)
    found = dict(zip(TOTALS, totals(graph), strict=True))
    convolutions = [sum(graph.nodes[one].operation == "convolution" for one in path) for path in every]
    wide = [sum(graph.nodes[one] == KINDS[0] for one in path) for path in every]
    assert found["longest path"] == max(map(len, every))
    assert found["shortest path"] == min(map(len, every))
    assert found["most convolutions on a path"] == max(convolutions)
    assert found["fewest convolutions on a path"] == min(convolutions)
    assert found["most wide convolutions on a path"] == max(wide)
    counts = [sum(node in kinds for node in graph.nodes) for kinds in (KINDS[:2], KINDS[:1], KINDS[3:4], KINDS[4:])]
    assert [found[one] for one in ("convolutions", "wide convolutions", "pooling", "joining")] == counts
    assert found["edges beyond a chain"] == len(graph.edges) - 9
    assert found["nodes"] == 10


@pytest.mark.parametrize("name", ["nb201", "nb201-activations"])
def test_sizes_and_costs_are_those_of_the_space(name):
    """Multiply-adds of biases, of which only the classifier has some, count there and not here."""
    space = get_space(name)
    for architecture in space.sample(np.random.default_rng(0), 10):
        functional = space.functional(architecture, silence_is_zero=True)
        cost = space.cost(functional, cells_per_stage=1)
        graph = computation_graph(space, architecture)
        if "zero" not in {node.operation for node in graph.nodes}:
            np.testing.assert_allclose(np.expm1(totals(graph)[:2]), [cost.parameters, cost.multiply_adds], rtol=1e-9)
