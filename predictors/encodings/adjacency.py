"""The operation graph as it is written down: which vertices are joined, and what each one does.

Two architectures with isomorphic graphs may differ in it, and what has no effect is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.encodings.encoding import ENCODINGS, Encoding
from nasrank.predictors.encodings.operation_graphs import sampled
from nasrank.spaces.space import SearchSpace


class Adjacency(Encoding):
    """The upper triangle of the adjacency matrix row by row, then the one-hot labels of the vertices in between.

    Smaller graphs than the largest in a sample of the space have their output moved to its place.
    """

    name = "adjacency"
    label = "adjacency"

    def rows(self, space: SearchSpace[Any], architectures: Sequence[Any]) -> FloatArray:
        """ValueError, too, for a graph that is larger than all of the sample, or has a label that none of them has."""
        labels, vertices = _labels_and_size(space)
        places = {label: place for place, label in enumerate(labels)}
        edges = np.zeros((len(architectures), vertices, vertices))
        hot = np.zeros((len(architectures), vertices - 2, len(labels)))
        for place, architecture in enumerate(architectures):
            graph = space.graph(architecture)
            if len(graph.labels) > vertices or not places.keys() >= set(graph.labels[1:-1]):
                raise ValueError(
                    f"the graph of {architecture} has {len(graph.labels)} vertices and labels {graph.labels}; those "
                    f"that were drawn of {space.name} have up to {vertices} and {', '.join(labels)}"
                )
            output = len(graph.labels) - 1
            for source, target in graph.edges:
                edges[place, source, target if target < output else vertices - 1] = 1
            for vertex, label in enumerate(graph.labels[1:-1]):
                hot[place, vertex, places[label]] = 1
        return np.concatenate(
            [edges[:, *np.triu_indices(vertices, 1)], hot.reshape(len(architectures), (vertices - 2) * len(labels))],
            axis=1,
        )


ENCODINGS.register(Adjacency())


@lru_cache(maxsize=32)
def _labels_and_size(space: SearchSpace[Any]) -> tuple[tuple[str, ...], int]:
    """Labels of the vertices in between, and the number of all, in the sample of a space."""
    graphs = [space.graph(one) for one in sampled(space)]
    labels = {label for graph in graphs for label in graph.labels[1:-1]}
    return tuple(sorted(labels)), max(len(graph.labels) for graph in graphs)
