"""One place of a super-net on a trellis: the cell of a layer at a level, with all of its operations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import reduce
from typing import cast

import torch
from torch import Tensor, nn

from nasrank.spaces.darts.layers import AfterRelu
from nasrank.spaces.darts.network import Value
from nasrank.spaces.supernet import SoftPath
from nasrank.spaces.trellis.layers import Operations, entrance
from nasrank.spaces.trellis.net import EDGES, FIRST
from nasrank.spaces.trellis.sizes import node_width


class SharedCell(nn.Module):
    """All operations on all edges, and what brings the outputs of any two layers before to this place."""

    def __init__(
        self,
        channels: int,
        level: int,
        operations: Operations,
        *,
        last: Collection[int],
        before_last: Collection[int],
        affine: bool,
        tracked: bool,
    ) -> None:
        super().__init__()
        self.width, self.operations = node_width(channels, level), operations

        def entrances(levels: Collection[int]) -> nn.ModuleDict:
            return nn.ModuleDict(
                {str(one): entrance(channels, one, level, affine=affine, tracked=tracked) for one in sorted(levels)}
            )

        self.before_last, self.last = entrances(before_last), entrances(last)
        self.edges = nn.ModuleList()
        for _ in EDGES:
            layers = (
                (str(one), operations.layer(one, self.width, affine=affine, tracked=tracked))
                for one in range(operations.number)
            )
            self.edges.append(nn.ModuleDict({name: layer for name, layer in layers if layer is not None}))

    def entered_before_last(self, features: Tensor, level: int) -> Tensor:
        """The output of the layer before the last, from that level, at the width of this place."""
        return cast(AfterRelu, self.before_last[str(level)])(features)  # type: ignore[no-any-return]

    def entered_last(self, features: Tensor, level: int) -> Tensor:
        """The same of the last layer."""
        return cast(AfterRelu, self.last[str(level)])(features)  # type: ignore[no-any-return]

    def layer(self, place: int, operation: int) -> nn.Module | None:
        """What has the weights of an operation on an edge, if anything has."""
        layers, name = cast(nn.ModuleDict, self.edges[place]), str(operation)
        if name not in layers:
            return None
        return layers[name]

    def hard(self, before_last: Tensor, last: Tensor, operations: Sequence[int]) -> Tensor:
        """Both nodes side by side, from what entered."""
        return self._nodes(before_last, last, lambda place, value: self._term(place, operations[place], value))

    def soft(
        self, before_last: Tensor, last: Tensor, weights: SoftPath, computed: Sequence[Sequence[int]], numbers: SoftPath
    ) -> Tensor:
        """The same of the weighted sum of the `computed` operations on each edge.

        Args:
            numbers: scalars to add to what the operations of each edge put out; none, or one an edge.
        """

        def edge(place: int, value: Value) -> Tensor:
            terms = [weights[place][one] * self._term(place, one, value) for one in computed[place]]
            if numbers:
                terms.append(numbers[place].to(value.features).expand_as(value.features))
            return reduce(torch.add, terms) if terms else torch.zeros_like(value.features)

        return self._nodes(before_last, last, edge)

    @staticmethod
    def _nodes(before_last: Tensor, last: Tensor, edge: Callable[[int, Value], Tensor]) -> Tensor:
        values = [Value(before_last), Value(last)]
        first = Value(edge(0, values[0]) + edge(1, values[1]))
        return torch.cat([first.features, edge(2, values[1]) + edge(3, first)], 1)

    def _term(self, place: int, operation: int, value: Value) -> Tensor:
        layer = self.layer(place, operation)
        if layer is None:
            return self.operations.without_weights(operation, value.features)
        return cast(AfterRelu, layer).after_relu(value.rectified)


WAYS = tuple(2 if FIRST in edge else 1 for edge in EDGES)
"""How many ways from an input of a cell to its output go along each edge: one through the first node leads on to the
second as well, and from there on come the ways of both edges into the first."""
