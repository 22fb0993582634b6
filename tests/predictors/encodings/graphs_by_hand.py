"""Operation graphs of random architectures, and what is left of them, worked out by walking every path."""

from __future__ import annotations

import numpy as np

from nasrank.predictors.encodings.operation_graphs import effective_graph
from nasrank.spaces.space import OpGraph


def walks(space, architecture):
    """Every path from input to output over vertices that are not "none", as tuples of vertices, and the graph."""
    graph = effective_graph(space, architecture)
    after = {}
    for source, target in graph.edges:
        after.setdefault(source, []).append(target)
    found, last = [], len(graph.labels) - 1

    def go(path):
        if path[-1] == last:
            found.append(tuple(path))
            return
        for target in after.get(path[-1], ()):
            if graph.labels[target] != "none":
                go([*path, target])

    go([0])
    return found, graph


def shuffled(graph, generator):
    """The same graph with its vertices in another topological order."""
    left, order = set(range(len(graph.labels))) - {len(graph.labels) - 1}, []
    while left:
        ready = sorted(v for v in left if not any(t == v and s in left for s, t in graph.edges))
        order.append(int(generator.choice(ready)) if order else 0)
        left.remove(order[-1])
    order.append(len(graph.labels) - 1)
    place = {vertex: new for new, vertex in enumerate(order)}
    edges = tuple(sorted((place[source], place[target]) for source, target in graph.edges))
    return OpGraph(tuple(graph.labels[vertex] for vertex in order), edges)


def cells(space, count, seed=0):
    generator = np.random.default_rng(seed)
    return [space.from_choices(space.random_choices(generator)) for _ in range(count)]
