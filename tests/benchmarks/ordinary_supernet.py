"""The super-net of NAS-Bench-201 for single paths as one would write it at first, to time ours beside it.

Every edge of every cell has a module for each of the five operations, everything is contiguous, and a pass computes the
sampled operation of each edge, whether it reaches the output or not. That is how super-nets of this space are commonly
written; this one was written for the comparison, after the description of the space [Dong2020].

References:
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

NODES, STAGES = 4, 3


class Zero(nn.Module):
    """The operation `none`."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mul(0.0)


def relu_conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1, *, affine: bool = False) -> nn.Sequential:
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, affine=affine, track_running_stats=False),
    )


class OrdinaryCell(nn.Module):
    """Edges in the order of a path: by the node that they lead to, then by that which they come from."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edges = nn.ModuleList(
            nn.ModuleList(
                [
                    Zero(),
                    nn.Identity(),
                    relu_conv_norm(width, width, 1),
                    relu_conv_norm(width, width, 3),
                    nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
                ]
            )
            for _ in range(NODES * (NODES - 1) // 2)
        )

    def forward(self, images: Tensor, path: Sequence[int]) -> Tensor:
        nodes, edge = [images], 0
        for _ in range(1, NODES):
            arriving = []
            for source in nodes:
                arriving.append(self.edges[edge][path[edge]](source))  # type: ignore[index]
                edge += 1
            nodes.append(sum(arriving[1:], start=arriving[0]))
        return nodes[-1]


class OrdinaryReduction(nn.Module):
    """The residual block between stages."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.first = relu_conv_norm(inputs, 2 * inputs, 3, stride=2, affine=True)
        self.second = relu_conv_norm(2 * inputs, 2 * inputs, 3, affine=True)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, stride=2), nn.Conv2d(inputs, 2 * inputs, 1, bias=False))

    def forward(self, images: Tensor) -> Tensor:
        residual: Tensor = self.second(self.first(images))
        return self.shortcut(images) + residual  # type: ignore[no-any-return]


class OrdinarySuperNet(nn.Module):
    """Stem, three stages of cells with reductions between, classifier; images have an even side."""

    def __init__(self, *, channels: int, cells_per_stage: int, classes: int = 10) -> None:
        super().__init__()
        widths = [channels * 2**stage for stage in range(STAGES)]
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels, track_running_stats=False)
        )
        self.stages = nn.ModuleList(
            nn.ModuleList(OrdinaryCell(width) for _ in range(cells_per_stage)) for width in widths
        )
        self.reductions = nn.ModuleList(OrdinaryReduction(width) for width in widths[:-1])
        self.last = nn.Sequential(nn.BatchNorm2d(widths[-1], track_running_stats=False), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor, path: Sequence[int]) -> Tensor:
        features = self.stem(images)
        for number, stage in enumerate(self.stages):
            if number:
                features = self.reductions[number - 1](features)
            for cell in stage:  # type: ignore[attr-defined]
                features = cell(features, path)
        return self.classifier(self.pool(self.last(features)).flatten(1))  # type: ignore[no-any-return]

    def take_weights(self, ours: nn.Module) -> None:
        """Those of our super-net of the same size; RuntimeError or KeyError where one is missing."""
        theirs = {name: value.contiguous() for name, value in ours.state_dict().items()}
        self.load_state_dict({name: theirs[named_by_us(name)] for name in self.state_dict()})


def named_by_us(name: str) -> str:
    """What our super-net calls the weight that is called so here."""
    parts = name.split(".")
    layers = {"0": "conv", "1": "norm"}
    match parts:
        case ["stem", layer, kind]:
            return f"stem_{layers[layer]}.{kind}"
        case ["last", "0", kind]:
            return f"last_norm.{kind}"
        case ["reductions", number, "shortcut", "1", kind]:
            return f"reductions.{number}.shortcut.{kind}"
        case ["reductions", number, block, layer, kind]:
            return f"reductions.{number}.{block}.{layers[str(int(layer) - 1)]}.{kind}"
        case ["stages", stage, cell, "edges", edge, operation, "1", kind]:
            kernel = {"2": "conv_1x1", "3": "conv_3x3"}[operation]
            return f"stages.{stage}.{cell}.{kernel}.{edge}.conv.{kind}"
        case _:
            return name


def optimizer_of(supernet: nn.Module) -> torch.optim.Optimizer:
    """Plain SGD over all shared weights."""
    return torch.optim.SGD(supernet.parameters(), lr=0.025, momentum=0.9, weight_decay=5e-4)
