"""What the stand-alone network of a NAS-Bench-101 cell costs, counted without building it [Ying2019].

References:
    [Ying2019] Ying et al., "NAS-Bench-101: Towards Reproducible Neural Architecture Search", ICML 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
import numpy.typing as npt

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.nb101.cell import MAX_POOL, Cell
from nasrank.spaces.nb101.channels import vertex_channels
from nasrank.spaces.space import Cost

STAGES = 3

CHANNELS, CELLS_PER_STAGE, RESOLUTION = 128, 3, 32
"""Of the networks that the benchmark trained."""

_KERNEL_AREAS = (9, 1, 0)
"""Of the operations, in their order; pooling has no kernel to learn."""


def network_cost(
    cell: Cell,
    *,
    channels: int = CHANNELS,
    cells_per_stage: int = CELLS_PER_STAGE,
    classes: int = 10,
    resolution: int = RESOLUTION,
    image_channels: int = 3,
) -> Cost:
    """Trainable parameters and multiply-adds of the stand-alone network.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions and of the
    final linear layer, one more for each of its biases; pooling and normalization count as free. Where the input
    feeds a vertex or the output, a 1x1 convolution brings it to the width there. `resolution` is the side of a square
    image, any from 1 on. ValueError where a size is no integer or below one, or there are fewer channels than vertices
    that share them.
    """
    refuse_sizes(
        channels=channels,
        cells_per_stage=cells_per_stage,
        classes=classes,
        resolution=resolution,
        image_channels=image_channels,
    )
    stem = 9 * image_channels * channels
    parameters, multiply_adds = stem + 2 * channels, stem * resolution**2
    outputs = channels
    for count, stage, inputs, outputs in _cells(channels, cells_per_stage):
        widths = vertex_channels(cell.edges, cell.vertices, inputs, outputs)
        normalized = sum(width for target, width in enumerate(widths) if 0 in cell.sources(target))
        weights = inputs * normalized
        for width, operation in zip(widths[1:-1], cell.operations, strict=True):
            weights += _KERNEL_AREAS[operation] * width**2
            normalized += width if _KERNEL_AREAS[operation] else 0
        parameters += count * (weights + 2 * normalized)
        multiply_adds += count * weights * ceil(resolution / 2**stage) ** 2
    linear = outputs * classes + classes
    return Cost(parameters + linear, multiply_adds + linear)


def _cells(channels: int, cells_per_stage: int) -> Iterator[tuple[int, int, int, int]]:
    """How many cells of the network are alike, their stage, and the channels that come into each and leave it."""
    for stage in range(STAGES):
        outputs = channels * 2**stage
        yield 1, stage, outputs // 2 if stage else outputs, outputs
        yield cells_per_stage - 1, stage, outputs, outputs


def parameter_counts(edges: npt.NDArray[np.uint32], operations: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Trainable parameters of the benchmark's own networks of many cells with one number of vertices, `(n,)`."""
    return cost_counts(edges, operations)[0]


def cost_counts(
    edges: npt.NDArray[np.uint32], operations: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Parameters and multiply-adds as `network_cost` has them, of many cells with one number of vertices, `(n,)` each.

    Args:
        edges: as in `Cell`, `(n,)`.
        operations: as in `Cell`, `(n, vertices - 2)`.
    """
    interior = operations.shape[1]
    graphs, graph = np.unique(edges, return_inverse=True)
    alike = list(_cells(CHANNELS, CELLS_PER_STAGE))
    count = np.array([entry[0] for entry in alike])
    pixels = count * np.array([ceil(RESOLUTION / 2**stage) ** 2 for _, stage, _, _ in alike])
    least = np.empty((len(graphs), 2), dtype=np.int64)
    widths = np.empty((len(graphs), len(alike), interior), dtype=np.int64)
    for place, bits in enumerate(graphs.tolist()):
        cost = network_cost(Cell(bits, (MAX_POOL,) * interior))
        least[place] = cost.parameters, cost.multiply_adds
        widths[place] = [vertex_channels(bits, interior + 2, *entry[2:])[1:-1] for entry in alike]
    area = np.array(_KERNEL_AREAS)[operations]
    weights, normalized = area * (count @ widths**2)[graph], (area > 0) * (count @ widths)[graph]
    parameters = least[graph, 0] + (weights + 2 * normalized).sum(axis=1)
    return parameters, least[graph, 1] + (area * (pixels @ widths**2)[graph]).sum(axis=1)
