"""NAS-Bench-201 as a `SearchSpace`: 15,625 cells in a fixed macro-structure [Dong2020].

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.nb201 import cell as cells
from nasrank.spaces.nb201.cell import EDGES, OPERATIONS, Cell
from nasrank.spaces.product import ProductSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.nb201.network import CellNetwork
    from nasrank.spaces.nb201.options import NasBench201Options
    from nasrank.spaces.nb201.supernet import CellSuperNet


class NasBench201(ProductSpace[Cell]):
    """Six decisions, one operation of five on each edge of the cell."""

    name = "nb201"
    reference = "Dong2020"
    value_type = Cell
    decisions = tuple(
        Decision(f"edge {source}->{target}", OPERATIONS, into=f"node {target}") for source, target in EDGES
    )

    def from_choices(self, choices: Sequence[int]) -> Cell:
        return Cell(tuple(choices))

    def to_choices(self, architecture: Cell) -> tuple[int, ...]:
        return architecture.operations

    def parse(self, text: str) -> Cell:
        return cells.parse(text)

    def key(self, architecture: Cell) -> str:
        return cells.key(architecture)

    def expressions(self, architecture: Cell) -> frozenset[str]:
        return cells.expressions(architecture.operations, OPERATIONS)

    def functional(self, architecture: Cell, *, silence_is_zero: bool) -> Cell:
        return cells.functional(architecture, silence_is_zero=silence_is_zero)

    def graph(self, architecture: Cell) -> OpGraph:
        """Each edge of the cell becomes a node; two are joined where one ends and the other begins."""
        output = len(EDGES) + 1
        links = [(0, 1 + i) for i, (source, _) in enumerate(EDGES) if source == 0]
        links += [(1 + i, 1 + j) for i, a in enumerate(EDGES) for j, b in enumerate(EDGES) if a[1] == b[0]]
        links += [(1 + i, output) for i, (_, target) in enumerate(EDGES) if target == cells.NODES - 1]
        labels = ("input", *(OPERATIONS[operation] for operation in architecture.operations), "output")
        return OpGraph(labels, tuple(sorted(links)))

    @property
    def options(self) -> type[NasBench201Options]:
        from nasrank.spaces.nb201.options import NasBench201Options

        return NasBench201Options

    def network(self, architecture: Cell, **options: Any) -> CellNetwork:
        """The stand-alone network; the options are those of `CellNetwork`."""
        from nasrank.spaces.nb201.network import CellNetwork

        return CellNetwork(architecture, **options)

    def supernet(self, **options: Any) -> CellSuperNet:
        """Shared weights for all cells; the options are those of `CellSuperNet`."""
        from nasrank.spaces.nb201.supernet import CellSuperNet

        return CellSuperNet(**options)

    def cost(self, architecture: Cell, **macro: int) -> Cost:
        """As the benchmark's table counts them; the options and their defaults are those of `network_cost`."""
        return network_cost(architecture, **macro)


SPACES.register(NasBench201())


def network_cost(
    cell: Cell,
    *,
    channels: int = 16,
    cells_per_stage: int = 5,
    classes: int = 10,
    resolution: int = 32,
    image_channels: int = 3,
) -> Cost:
    """Trainable parameters and multiply-adds of the stand-alone network, in the benchmark's own counting.

    Parameters include the affine part of every normalization. Multiply-adds are those of convolutions and of the
    final linear layer, one more for each of its biases; pooling and normalization count as free. `resolution` is the
    side of a square image, any from 1 on. ValueError where a size is no integer or below one.
    """
    refuse_sizes(
        channels=channels,
        cells_per_stage=cells_per_stage,
        classes=classes,
        resolution=resolution,
        image_channels=image_channels,
    )
    parameters = (9 * image_channels + 2) * channels
    multiply_adds = 9 * image_channels * channels * resolution**2
    for stage in range(3):
        width, area = channels * 2**stage, ceil(resolution / 2**stage) ** 2
        if stage:
            narrow = width // 2
            parameters += 9 * narrow * width + 9 * width * width + 4 * width + narrow * width
            multiply_adds += area * (9 * narrow * width + 9 * width * width + narrow * width)
        for operation in cell.operations:
            kernel_area = {cells.CONV_1X1: 1, cells.CONV_3X3: 9}.get(operation, 0)
            parameters += cells_per_stage * (kernel_area * width**2 + (2 * width if kernel_area else 0))
            multiply_adds += cells_per_stage * area * kernel_area * width**2
    final = 4 * channels
    parameters += 2 * final + final * classes + classes
    multiply_adds += final * classes + classes
    return Cost(parameters, multiply_adds)
