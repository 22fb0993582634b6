"""The stand-alone network of a cell with activations: that of NAS-Bench-201, with others for ReLUs of convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.nb201.network import CellNetwork, ReluConvNorm, StandAloneCell
from nasrank.spaces.nb201_activations.cell import ActivatedCell

Activation: TypeAlias = Callable[[Tensor], Tensor]

ACTIVATE: tuple[Activation, ...] = (F.relu, F.silu, torch.tanh)
"""What `nasrank.spaces.nb201_activations.cell.ACTIVATIONS` compute."""


class ActivatedConvNorm(ReluConvNorm):
    """Another activation in place of the ReLU; convolution and normalization are taken over."""

    def __init__(self, taken: ReluConvNorm, activate: Activation) -> None:
        nn.Module.__init__(self)
        self.conv, self.norm, self.activate = taken.conv, taken.norm, activate

    def forward(self, images: Tensor) -> Tensor:
        return self.after_relu(self.activate(images))


class ActivatedCellNetwork(CellNetwork):
    """The network of a cell; the options are those of `CellNetwork`, and so are the names of the weights."""

    def __init__(self, cell: ActivatedCell, **options: Any) -> None:
        super().__init__(cell.plain, **options)
        for stage in self.stages:
            for one in cast(nn.Sequential, stage):
                convolutions = cast(StandAloneCell, one).convolutions
                for place, convolution in convolutions.items():
                    activate = ACTIVATE[cell.activations[int(place)]]
                    convolutions[place] = ActivatedConvNorm(cast(ReluConvNorm, convolution), activate)
