"""Computation graphs of the architectures of any space, as its networks are with one cell a stage.

Repeated cells add nodes and nothing that a predictor does not see in the first, so stages have one cell each; widths
are those that the space's networks have by default. Parts of an architecture that no signal crosses are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from nasrank.predictors.transfer.computation_graph import ComputationGraph, Shape
from nasrank.predictors.transfer.graph_set import GraphSet
from nasrank.predictors.transfer.tracing import trace, without_weights
from nasrank.spaces.space import SearchSpace

IMAGE: Shape = (3, 32, 32)
"""Of CIFAR-10, with which the benchmarks trained."""

ONCE = {"cells_per_stage": 1}
"""Options of networks, where a space has them, with which nothing is repeated."""


def refuse_other_inputs(space: SearchSpace[Any]) -> None:
    """ValueError unless networks of a space take images, as those that are traced do."""
    if space.inputs != "images":
        raise ValueError(f"computation graphs are of networks of images, and those of {space.name} take {space.inputs}")


def computation_graph(space: SearchSpace[Any], architecture: Any) -> ComputationGraph:
    """The graph of an architecture's network, simplified.

    Raises:
        ValueError: an architecture of another space, or a space of other networks than those of images.
    """
    refuse_other_inputs(space)
    return _traced(space, space.functional(architecture, silence_is_zero=True))


def graph_set(space: SearchSpace[Any], architectures: Sequence[Any]) -> GraphSet:
    """Graphs of many architectures in their order; the same ones are traced once."""
    return GraphSet(computation_graph(space, architecture) for architecture in architectures)


@lru_cache(maxsize=4096)
def _traced(space: SearchSpace[Any], architecture: Any) -> ComputationGraph:
    offered = space.network_options.model_fields
    options = {name: value for name, value in ONCE.items() if name in offered}
    return trace(without_weights(lambda: space.network(architecture, **options)), IMAGE).simplified()
