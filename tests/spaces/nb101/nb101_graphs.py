"""Graphs of NAS-Bench-101, drawn at random and named as its own package does, without our code."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as some
from nasbench_pytorch.model.graph_util import hash_module
from nasbench_pytorch.model.model_spec import ModelSpec

from nasrank.spaces.nb101.cell import OPERATIONS, from_matrix


@some.composite
def graphs(draw, most_vertices=7):
    """A matrix with edges that run forward only, and operations; not always a cell."""
    vertices = draw(some.integers(2, most_vertices))
    matrix = np.zeros((vertices, vertices), dtype=np.int8)
    above = np.triu_indices(vertices, 1)
    matrix[above] = draw(some.lists(some.booleans(), min_size=len(above[0]), max_size=len(above[0])))
    interior = draw(some.lists(some.sampled_from(OPERATIONS), min_size=vertices - 2, max_size=vertices - 2))
    return matrix, ["input", *interior, "output"]


def official_pair(graph) -> tuple[np.ndarray, list[str]] | None:
    """What the package leaves of a graph; None where no path leads from input to output."""
    try:
        spec = ModelSpec(*graph)
    except RuntimeError:  # it makes a tensor of None
        return None
    return spec.matrix.numpy(), spec.ops


def is_a_cell(graph) -> bool:
    pair = official_pair(graph)
    return pair is not None and pair[0].sum() <= 9 and len(pair[1]) <= 7


cells = graphs().filter(is_a_cell).map(lambda graph: from_matrix(*graph))


def official_hash(matrix, names) -> str:
    """The package's hash of a graph that needs no pruning."""
    return hash_module(np.asarray(matrix), [-1, *map(OPERATIONS.index, names[1:-1]), -2])
