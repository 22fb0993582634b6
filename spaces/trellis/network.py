"""The cells of all layers of a net that is trained alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu
from nasrank.spaces.trellis.layers import Operations, entrance, resized
from nasrank.spaces.trellis.net import Net
from nasrank.spaces.trellis.sizes import node_width, sources


class StandAloneCell(nn.Module):
    """The cell of one layer."""

    def __init__(self, net: Net, known: Operations, channels: int, level: int, last: int, before_last: int) -> None:
        super().__init__()
        self.operations, self.known = net.operations, known
        self.before_last = entrance(channels, before_last, level)
        self.last = entrance(channels, last, level)
        width = node_width(channels, level)
        layers = ((str(place), known.layer(one, width)) for place, one in enumerate(net.operations))
        self.layers = nn.ModuleDict({place: layer for place, layer in layers if layer is not None})

    def forward(self, before_last: Tensor, last: Tensor) -> Tensor:
        """Both nodes side by side, from the outputs of the two layers before, at the resolution of this one."""
        entered = self.before_last(before_last), self.last(last)
        first = self._edge(0, entered[0]) + self._edge(1, entered[1])
        second = self._edge(2, entered[1]) + self._edge(3, first)
        return torch.cat([first, second], 1)

    def _edge(self, place: int, features: Tensor) -> Tensor:
        if str(place) in self.layers:
            return cast(AfterRelu, self.layers[str(place)])(features)  # type: ignore[no-any-return]
        return self.known.without_weights(self.operations[place], features)


class StandAloneLayers(nn.ModuleList):
    """The cells of all layers of a net.

    Args:
        net: the architecture, or the part of one that it is.
        channels: of a node at level 0; each further level has twice as many.
        known: the operations that cells of such nets have.
    """

    def __init__(self, net: Net, channels: int, known: Operations) -> None:
        super().__init__(StandAloneCell(net, known, channels, *levels) for levels in sources(net))
        self.levels = net.levels

    def forward(self, stem: Tensor, of_level: Sequence[tuple[int, ...]]) -> Tensor:
        """What the last layer puts out, from what the first one sees.

        Args:
            of_level: sizes of features at each level, such as height and width.
        """
        before_last, last = stem, stem
        for level, cell in zip(self.levels, self, strict=True):
            size = of_level[level]
            before_last, last = last, cell(resized(before_last, size), resized(last, size))
        return last
