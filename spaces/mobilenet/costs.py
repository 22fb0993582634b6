"""What the networks of chains cost: the shapes of their layers, and sums of what each layer costs by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.mobilenet.chain import BLOCKS, OPTIONS_OF_LAYER, REPEATS, STAGE_OF_LAYER, Chain
from nasrank.spaces.space import Cost

HALVES = (3, 4, 6)
"""Width of each stage, in halves of the network's `width`."""

STRIDES = (1, 2, 2)
"""Of the first layer of each stage."""


@dataclass(frozen=True)
class Shape:
    """Channels that enter and leave a layer, and its stride."""

    inputs: int
    outputs: int
    stride: int


@dataclass(frozen=True)
class Shapes:
    """Of a whole network.

    Attributes:
        stem: channels of the convolution that images enter by.
        first: channels that the first inverted residual leaves, whose kernel is 3 and whose expansion is 1.
        layers: of the chain.
        head: channels that are averaged and classified.
    """

    stem: int
    first: int
    layers: tuple[Shape, ...]
    head: int


def shapes(width: int) -> Shapes:
    """Of the network whose first inverted residual leaves so many channels; the others are in proportion.

    With 8: 16 for the stem, 8, stages of 12, 16 and 24, and 96 for the head. Halves are rounded up.
    """
    widths = [(width * halves + 1) // 2 for halves in HALVES]
    entering = [width, *widths]
    layers = tuple(
        Shape(widths[stage], widths[stage], 1) if repeats else Shape(entering[stage], widths[stage], STRIDES[stage])
        for stage, repeats in zip(STAGE_OF_LAYER, REPEATS, strict=True)
    )
    return Shapes(2 * width, width, layers, 12 * width)


@dataclass(frozen=True)
class CostTable:
    """Parameters and multiply-adds.

    Attributes:
        around: of all that is no layer of the chain.
        layers: of each option of each layer.
    """

    around: Cost
    layers: tuple[tuple[Cost, ...], ...]

    def of(self, chain: Chain) -> Cost:
        """Of the network of a chain."""
        return _sum(self.around, *(costs[one] for costs, one in zip(self.layers, chain.operations, strict=True)))

    @property
    def passes_per_mixture(self) -> float:
        """Multiply-adds of a network that computes all options, in those of the mean architecture."""
        every = [[cost.multiply_adds for cost in costs] for costs in self.layers]
        around = self.around.multiply_adds
        return (around + sum(map(sum, every))) / (around + sum(sum(one) / len(one) for one in every))


@lru_cache
def cost_table(*, width: int = 8, classes: int = 10, resolution: int = 16, image_channels: int = 3) -> CostTable:
    """Costs of stand-alone networks on square images of any side from 1 on.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions and of the
    classifier, one more for each of its biases; normalizations count as free.
    """
    sizes = shapes(width)
    area = resolution**2
    around = [
        _convolution(image_channels, sizes.stem, 3, area),
        _depthwise(sizes.stem, 3, area),
        _convolution(sizes.stem, sizes.first, 1, area),
    ]
    layers, side = [], resolution
    for shape, options in zip(sizes.layers, OPTIONS_OF_LAYER, strict=True):
        before, side = side**2, -(-side // shape.stride)
        costs = [_inverted_residual(shape, kernel, expansion, before, side**2) for kernel, expansion in BLOCKS]
        layers.append(tuple([*costs, Cost(0, 0)][: len(options)]))
    around += [
        _convolution(sizes.layers[-1].outputs, sizes.head, 1, side**2),
        Cost(sizes.head * classes + classes, sizes.head * classes + classes),
    ]
    return CostTable(_sum(*around), tuple(layers))


def network_cost(chain: Chain, **macro: int) -> Cost:
    """Of one chain; the options and their defaults are those of `cost_table`.

    Raises:
        ValueError: a size is no integer or below one.
    """
    refuse_sizes(**macro)
    return cost_table(**macro).of(chain)


def _inverted_residual(shape: Shape, kernel: int, expansion: int, area_before: int, area: int) -> Cost:
    hidden = expansion * shape.inputs
    return _sum(
        _convolution(shape.inputs, hidden, 1, area_before),
        _depthwise(hidden, kernel, area),
        _convolution(hidden, shape.outputs, 1, area),
    )


def _convolution(inputs: int, outputs: int, kernel: int, area: int) -> Cost:
    """With its normalization; the area is that of the output."""
    weights = kernel**2 * inputs * outputs
    return Cost(weights + 2 * outputs, weights * area)


def _depthwise(channels: int, kernel: int, area: int) -> Cost:
    return _convolution(1, channels, kernel, area)


def _sum(*costs: Cost) -> Cost:
    return Cost(sum(cost.parameters for cost in costs), sum(cost.multiply_adds for cost in costs))
