"""What the stand-alone networks of DARTS cost, and how they are put together [Liu2019].

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nasrank.spaces.darts.genotype import CONVOLUTIONS, INPUTS, NODES, SEP_3X3, SEP_5X5, SKIP, Cell, Genotype
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.space import Cost

STEM_MULTIPLIER = 3
"""How many times the width of the first cells the stem puts out."""

FEWEST_CELLS = 3

KERNELS = dict(zip(CONVOLUTIONS, (3, 5, 3, 5), strict=True))
"""Side of the kernel of each convolution."""


@dataclass(frozen=True)
class Place:
    """Where a cell stands in a network.

    Attributes:
        width: channels of each of its nodes.
        before_last: channels of the cell before the last, or of the stem.
        last: channels of the last cell, or of the stem.
        reduces: whether it is a reduction cell.
        after_reduction: whether the last cell is one, so that the output of that before it is twice as large.
    """

    width: int
    before_last: int
    last: int
    reduces: bool
    after_reduction: bool


def places(channels: int, cells: int) -> Iterator[Place]:
    """The cells of a network, from the stem on.

    Reduction cells stand at a third and at two thirds of the depth and double the width. The last cell is none: of
    three cells only the second reduces, of five the second and the fourth, of twenty the seventh and the fourteenth.
    """
    reductions = {cells // 3, 2 * cells // 3} - {cells - 1}
    width, before_last, last, reduced = channels, STEM_MULTIPLIER * channels, STEM_MULTIPLIER * channels, False
    for number in range(cells):
        reduces = number in reductions
        width *= 2 if reduces else 1
        yield Place(width, before_last, last, reduces, reduced)
        before_last, last, reduced = last, len(NODES) * width, reduces


def refuse_few_cells(cells: int) -> None:
    """ValueError below three cells, of which one reduces."""
    refuse_sizes(cells=cells)
    if cells < FEWEST_CELLS:
        raise ValueError(f"cells is {cells}; a network needs at least {FEWEST_CELLS}: normal, reduction, normal")


def network_cost(
    genotype: Genotype,
    *,
    channels: int = 8,
    cells: int = 3,
    classes: int = 10,
    resolution: int = 32,
    image_channels: int = 3,
) -> Cost:
    """Trainable parameters and multiply-adds of the stand-alone network.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions and of the final
    linear layer, one more for each of its biases; pooling and normalization count as free. `resolution` is the side of
    a square image, any from 1 on.

    Raises:
        ValueError: a size is no integer, or below one, or there are fewer than three cells.
    """
    refuse_sizes(channels=channels, classes=classes, resolution=resolution, image_channels=image_channels)
    refuse_few_cells(cells)
    stem = STEM_MULTIPLIER * channels
    parameters = 9 * image_channels * stem + 2 * stem
    multiply_adds = 9 * image_channels * stem * resolution**2
    side, final = resolution, stem
    for place in places(channels, cells):
        width = place.width
        weights = width * (place.before_last + place.last)
        parameters += weights + 2 * INPUTS * width
        multiply_adds += weights * side**2
        if place.reduces:
            side = -(-side // 2)
        cell = genotype.reduce if place.reduces else genotype.normal
        weights, norms = _operations(cell, width, reduces=place.reduces)
        parameters += weights + 2 * width * norms
        multiply_adds += weights * side**2
        final = len(NODES) * width
    return Cost(parameters + final * classes + classes, multiply_adds + final * classes + classes)


def _operations(cell: Cell, width: int, *, reduces: bool) -> tuple[int, int]:
    """Weights of convolutions in all operations of a cell, each used once a pixel of its output, and normalizations."""
    weights = norms = 0
    for operation, source, _ in cell.edges:
        if operation in CONVOLUTIONS:
            times = 2 if operation in (SEP_3X3, SEP_5X5) else 1
            weights += times * (KERNELS[operation] ** 2 * width + width**2)
            norms += times
        elif operation == SKIP and reduces and source < INPUTS:
            weights, norms = weights + width**2, norms + 1
    return weights, norms
