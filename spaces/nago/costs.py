"""What the networks of hierarchical graphs cost, and how wide they are within a budget of parameters."""

from __future__ import annotations

from math import isqrt

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.nago.generator import MOST_NODES
from nasrank.spaces.nago.wiring import STAGES, Hierarchy
from nasrank.spaces.space import Cost

LEAF_PARAMETERS = 60_000
"""Weights of all 3x3 convolutions together, at most."""

HEAD = 128
"""Channels that are averaged and classified."""


def weights_at_width_one(hierarchy: Hierarchy) -> int:
    """Of all leaves: 3x3 convolutions of one channel in the first stage, two in the second and four in the third."""
    return sum(9 * leaves * 4**stage for leaves, stage in zip(hierarchy.leaves, hierarchy.stages, strict=True))


_TOP, _MIDDLE, _BOTTOM = MOST_NODES
MOST_AT_WIDTH_ONE = 9 * _MIDDLE * _BOTTOM * sum(4 ** (STAGES * node // _TOP) for node in range(_TOP))
"""Of the architecture with the most leaves."""


def width_within(hierarchy: Hierarchy, leaf_parameters: int) -> int:
    """The greatest width of the first stage with which the leaves have no more weights than that.

    The authors choose it in this way, so that generators of few nodes make wide networks and none is the better one
    for having more parameters.

    Raises:
        ValueError: they have more with a single channel.
    """
    least = weights_at_width_one(hierarchy)
    if leaf_parameters < least:
        raise ValueError(f"leaf_parameters is {leaf_parameters}; with one channel, the leaves have {least:,} weights")
    return isqrt(leaf_parameters // least)


def network_cost(
    hierarchy: Hierarchy,
    *,
    leaf_parameters: int = LEAF_PARAMETERS,
    classes: int = 10,
    resolution: int = 16,
    image_channels: int = 3,
) -> Cost:
    """Trainable parameters and multiply-adds of the stand-alone network on square images of any side from 1 on.

    Parameters include the affine part of every normalization and the weights by which nodes add up their inputs.
    Multiply-adds are those of convolutions and of the classifier, one more for each of its biases.

    Raises:
        ValueError: a size is no integer or below one, or the parameters are too few for one channel.
    """
    refuse_sizes(leaf_parameters=leaf_parameters, classes=classes, resolution=resolution, image_channels=image_channels)
    width = width_within(hierarchy, leaf_parameters)
    widths = [width * 2**stage for stage in range(STAGES)]
    areas = [(-(-resolution // 2**stage)) ** 2 for stage in range(STAGES)]
    stem, last = 9 * image_channels * width, widths[-1]
    parameters = stem + 2 * width + last * HEAD + 2 * HEAD + HEAD * classes + classes
    multiply_adds = stem * resolution**2 + last * HEAD * areas[-1] + HEAD * classes + classes
    for leaves, stage in zip(hierarchy.leaves, hierarchy.stages, strict=True):
        weights = 9 * widths[stage] ** 2
        parameters += leaves * (weights + 2 * widths[stage])
        multiply_adds += leaves * weights * areas[stage]
    for source, target in hierarchy.resized:
        before, after = stage_of(hierarchy, source, 0), stage_of(hierarchy, target, STAGES - 1)
        parameters += widths[before] * widths[after]
        multiply_adds += widths[before] * widths[after] * areas[after]
    graphs = (hierarchy.top, *hierarchy.middles, *(bottom for bottoms in hierarchy.bottoms for bottom in bottoms))
    return Cost(parameters + sum(len(graph.merging) for graph in graphs), multiply_adds)


def stage_of(hierarchy: Hierarchy, node: int | None, outside: int) -> int:
    """Of a node of the top, or that of what is outside."""
    return outside if node is None else hierarchy.stages[node]
