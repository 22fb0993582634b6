"""Which weights lie on the ways from input to output along a path of a super-net, and how often [Hu2020].

References:
    [Hu2020] Hu et al., "Angle-based Search Space Shrinking for Neural Architecture Search", ECCV 2020.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from torch import Tensor

Narrowing: TypeAlias = Callable[[Tensor, int, int], Tensor]
"""Makes a kernel for so many output and so many input channels of a wider one."""


def leading(kernel: Tensor, outputs: int, inputs: int) -> Tensor:
    """The first channels of a kernel on both axes."""
    return kernel[:outputs, :inputs]


@dataclass(frozen=True)
class WeightPart:
    """A weight of a super-net, or what a narrow layer makes of it.

    Attributes:
        name: of the parameter.
        channels: output and input channels of the narrow layer; None for the weight as it is.
        narrowing: how the narrow layer gets its kernel.
    """

    name: str
    channels: tuple[int, int] | None = None
    narrowing: Narrowing = leading

    def within(self, module: str) -> WeightPart:
        """The part by the name it has in what holds the module."""
        return replace(self, name=f"{module}.{self.name}")

    def of(self, weights: Mapping[str, Tensor]) -> Tensor:
        """The part, from all weights by name."""
        weight = weights[self.name]
        return weight if self.channels is None else self.narrowing(weight, *self.channels)


@dataclass(frozen=True)
class WeightsOnWays:
    """What an architecture's weight vector is made of.

    Attributes:
        counts: how often each part lies on a way; empty where no way leads from input to output.
        constant: sum of squares of the weights that never change, such as those of an average.
    """

    counts: Mapping[WeightPart, int]
    constant: float = 0.0


def ways_along(edges: Collection[tuple[int, int]], last: int) -> dict[tuple[int, int], int]:
    """How many ways from vertex 0 to the last one go along each edge `(source, target)`, source < target.

    Edges on no such way are left out, so the result is empty where no way leads.
    """
    to, onward = [1] + [0] * last, [0] * last + [1]
    for vertex in range(1, last + 1):
        to[vertex] = sum(to[source] for source, target in edges if target == vertex)
    for vertex in reversed(range(last)):
        onward[vertex] = sum(onward[target] for source, target in edges if source == vertex)
    counts = {(source, target): to[source] * onward[target] for source, target in edges}
    return {edge: count for edge, count in counts.items() if count}
