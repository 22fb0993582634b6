"""The stand-alone network of a DARTS architecture [Liu2019]: stem, cells of both kinds, classifier.

Cells at a third and at two thirds of the depth halve the resolution and double the width. Each cell sees the outputs of
the two cells before it, of which the first two are the stem's. What is around the cells, the first layers in each
included, serves the super-net as well, so one path of it is this network with the same weights.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeAlias, TypeVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.costs import STEM_MULTIPLIER, Place, places, refuse_few_cells
from nasrank.spaces.darts.genotype import AVG_POOL, CONVOLUTIONS, INPUTS, MAX_POOL, NODES, SKIP, Cell, Genotype
from nasrank.spaces.darts.layers import AfterRelu, FactorizedReduction, PointwiseNorm, average, convolution, maximum
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization

C = TypeVar("C", bound=nn.Module)

Outputs: TypeAlias = tuple[Tensor, Tensor]
"""Of the cell before the last, after a ReLU, and of the last one."""


class Value:
    """The features at an input or a node of a cell, whose ReLU is computed at most once."""

    def __init__(self, features: Tensor) -> None:
        self.features = features

    @cached_property
    def rectified(self) -> Tensor:
        return F.relu(self.features)


class AnyCell(nn.Module):
    """The first layers of a cell, which bring both inputs to its width and to one resolution."""

    def __init__(self, place: Place, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.reduces = place.reduces
        before_last = FactorizedReduction if place.after_reduction else PointwiseNorm
        self.before_last = before_last(place.before_last, place.width, affine=affine, tracked=tracked)
        self.last = PointwiseNorm(place.last, place.width, affine=affine, tracked=tracked)

    def inputs(self, before_last: Tensor, last: Tensor) -> list[Tensor]:
        """What the operations see of the rectified outputs of the two cells before."""
        return [self.before_last.after_relu(before_last), self.last.after_relu(last)]

    def stride(self, source: int) -> int:
        """Of the operations that are applied to an input or a node."""
        return 2 if self.reduces and source < INPUTS else 1


class StandAloneCell(AnyCell):
    """A cell with two operations into each node."""

    def __init__(self, cell: Cell, place: Place) -> None:
        super().__init__(place)
        self.cell = cell
        self.operations = nn.ModuleDict()
        for operation, source, target in cell.edges:
            if operation in CONVOLUTIONS:
                layer: nn.Module = convolution(operation, place.width, stride=self.stride(source))
            elif operation == SKIP and self.stride(source) == 2:
                layer = FactorizedReduction(place.width, place.width)
            else:
                continue
            self.operations[f"{source}-{target}"] = layer

    def forward(self, before_last: Tensor, last: Tensor) -> Tensor:
        """What all nodes put out, side by side, from the rectified outputs of the two cells before."""
        values = [Value(features) for features in self.inputs(before_last, last)]
        for node, edges in zip(NODES, self.cell.nodes, strict=True):
            one, other = (self._edge(operation, source, node, values[source]) for operation, source in edges)
            values.append(Value(one + other))
        return torch.cat([value.features for value in values[INPUTS:]], 1)

    def _edge(self, operation: int, source: int, target: int, value: Value) -> Tensor:
        if (name := f"{source}-{target}") in self.operations:
            return cast(AfterRelu, self.operations[name]).after_relu(value.rectified)
        match operation:
            case op if op == MAX_POOL:
                return maximum(value.features, self.stride(source))
            case op if op == AVG_POOL:
                return average(value.features, self.stride(source))
            case op:
                assert op == SKIP
                return value.features


def through(cells: Iterable[C], apply: Callable[[C, Tensor, Tensor], Tensor], outputs: Outputs) -> Outputs:
    """What comes out of some cells, one after the other, by what applies one to both of its rectified inputs."""
    before_last, last = outputs
    for cell in cells:
        rectified = F.relu(last)
        before_last, last = rectified, apply(cell, before_last, rectified)
    return before_last, last


class Macro(nn.Module):
    """Stem and classifier, and the order of the cells between.

    Raises:
        ValueError: a size is below one, or there are fewer than three cells.
    """

    def __init__(self, *, channels: int, cells: int, classes: int, image_channels: int, tracked: bool = True) -> None:
        refuse_sizes(channels=channels, classes=classes, image_channels=image_channels)
        refuse_few_cells(cells)
        super().__init__()
        self.places = list(places(channels, cells))
        width = STEM_MULTIPLIER * channels
        self.stem_conv = nn.Conv2d(image_channels, width, 3, padding=1, bias=False)
        self.stem_norm = Normalization(width, tracked=tracked)
        self.classifier = nn.Linear(len(NODES) * self.places[-1].width, classes)

    def stem(self, images: Tensor) -> Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        return self.stem_norm(self.stem_conv(images))  # type: ignore[no-any-return]

    def begun(self, images: Tensor) -> Outputs:
        """What the first cell sees of images: twice the same."""
        features = self.stem(images)
        return F.relu(features), features

    def head(self, features: Tensor) -> Tensor:
        return self.classifier(features.mean((2, 3)))  # type: ignore[no-any-return]


class GenotypeNetwork(Macro):
    """The network that an architecture is trained as.

    Args:
        genotype: the architecture.
        channels: width of the first cells; every reduction doubles it.
        cells: how many there are, three or more.
        classes: outputs of the classifier.
        image_channels: channels of the input.
    """

    def __init__(
        self, genotype: Genotype, *, channels: int = 8, cells: int = 3, classes: int = 10, image_channels: int = 3
    ) -> None:
        super().__init__(channels=channels, cells=cells, classes=classes, image_channels=image_channels)
        self.cells = nn.ModuleList(
            StandAloneCell(genotype.reduce if place.reduces else genotype.normal, place) for place in self.places
        )

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes)` of images `(batch, channels, height, width)` of any size."""
        return self.head(through(self.cells, lambda cell, *inputs: cell(*inputs), self.begun(images))[-1])
