"""The stand-alone NAS-Bench-201 network [Dong2020]: stem, three stages of cells with reductions between, classifier.

The building blocks serve the super-net as well, so one path of it is this network with the same weights.

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization, convolve
from nasrank.spaces.nb201.cell import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NODES, NONE, SKIP, Cell

STAGES = 3


class ReluConvNorm(nn.Module):
    """ReLU, convolution without bias, normalization."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, affine: bool = True, tracked: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def forward(self, images: Tensor) -> Tensor:
        return self.after_relu(F.relu(images))

    def after_relu(self, rectified: Tensor) -> Tensor:
        """The same for an input that went through the ReLU already, so that several convolutions can share it."""
        together = not self.norm.track_running_stats  # in super-nets alone
        output = convolve(rectified, self.conv.weight, self.conv.stride[0], together=together)
        return self.norm(output)  # type: ignore[no-any-return]


class Reduction(nn.Module):
    """The residual block between stages: half the resolution, rounded up, and twice the channels.

    The benchmark's own block pools `floor(size / 2)` pixels a side and convolves to `ceil(size / 2)`, so that it fails
    on odd sizes, or spreads one pixel over two. Here the last window of the pool may lie half outside, as that of the
    strided convolution does, and averages what is inside. Even sizes are the benchmark's, to the bit.
    """

    def __init__(self, inputs: int, *, tracked: bool = True) -> None:
        super().__init__()
        self.first = ReluConvNorm(inputs, 2 * inputs, 3, stride=2, tracked=tracked)
        self.second = ReluConvNorm(2 * inputs, 2 * inputs, 3, tracked=tracked)
        self.shortcut = nn.Conv2d(inputs, 2 * inputs, 1, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        residual: Tensor = self.second(self.first(images))
        pooled = F.avg_pool2d(images, 2, ceil_mode=True)
        together = not self.first.norm.track_running_stats
        return convolve(pooled, self.shortcut.weight, together=together) + residual


class Macro(nn.Module):
    """Everything around the cells: stem, reductions and classifier.

    Raises:
        ValueError: a size is below one.
    """

    def __init__(
        self,
        *,
        channels: int,
        cells_per_stage: int,
        classes: int,
        image_channels: int,
        tracked: bool = True,
        stem_stride: int = 1,
    ) -> None:
        refuse_sizes(channels=channels, cells_per_stage=cells_per_stage, classes=classes, image_channels=image_channels)
        refuse_sizes(stem_stride=stem_stride)
        super().__init__()
        self.widths = [channels * 2**stage for stage in range(STAGES)]
        self.cells_per_stage = cells_per_stage
        self.stem_conv = nn.Conv2d(image_channels, channels, 3, stride=stem_stride, padding=1, bias=False)
        self.stem_norm = Normalization(channels, tracked=tracked)
        self.reductions = nn.ModuleList(Reduction(width, tracked=tracked) for width in self.widths[:-1])
        self.last_norm = Normalization(self.widths[-1], tracked=tracked)
        self.classifier = nn.Linear(self.widths[-1], classes)

    def stem(self, images: Tensor) -> Tensor:
        return self.stem_norm(self.stem_conv(images))  # type: ignore[no-any-return]

    def head(self, features: Tensor) -> Tensor:
        return self.classifier(F.relu(self.last_norm(features)).mean((2, 3)))  # type: ignore[no-any-return]


def average_pool(images: Tensor) -> Tensor:
    """3x3 average over the values inside the image."""
    return F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)


class StandAloneCell(nn.Module):
    """One cell with an operation on each edge."""

    def __init__(self, cell: Cell, width: int) -> None:
        super().__init__()
        self.cell = cell
        kernels = {CONV_1X1: 1, CONV_3X3: 3}
        self.convolutions = nn.ModuleDict(
            {
                str(place): ReluConvNorm(width, width, kernels[operation])
                for place, operation in enumerate(cell.operations)
                if operation in kernels
            }
        )

    def forward(self, images: Tensor) -> Tensor:
        nodes = [images]
        for node in range(1, NODES):
            arriving = [self._edge(place, nodes[source]) for place, (source, end) in enumerate(EDGES) if end == node]
            nodes.append(sum(arriving[1:], start=arriving[0]))
        return nodes[-1]

    def _edge(self, place: int, images: Tensor) -> Tensor:
        match self.cell.operations[place]:
            case _ if str(place) in self.convolutions:
                return self.convolutions[str(place)](images)  # type: ignore[no-any-return]
            case op if op == AVG_POOL:
                return average_pool(images)
            case op if op == SKIP:
                return images
            case op:
                assert op == NONE
                return images.mul(0.0)


class CellNetwork(Macro):
    """The network that the benchmark trained: every cell of every stage is the same.

    Args:
        cell: the architecture.
        channels: width of the first stage; the later ones have twice and four times as many.
        cells_per_stage: cells in each of the three stages.
        classes: outputs of the classifier.
        image_channels: channels of the input.
    """

    def __init__(
        self, cell: Cell, *, channels: int = 16, cells_per_stage: int = 5, classes: int = 10, image_channels: int = 3
    ) -> None:
        super().__init__(
            channels=channels, cells_per_stage=cells_per_stage, classes=classes, image_channels=image_channels
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(StandAloneCell(cell, width) for _ in range(cells_per_stage))) for width in self.widths
        )

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes)` of images `(batch, channels, height, width)` of any size."""
        features = self.stem(images)
        for index, stage in enumerate(self.stages):
            features = stage(features if index == 0 else self.reductions[index - 1](features))
        return self.head(features)
