"""One cell of the NAS-Bench-201 super-net, which computes any path through all of its operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.dropout import Draws
from nasrank.spaces.kernels import average_pool, normalized
from nasrank.spaces.layers import convolve, operated_width, put_last
from nasrank.spaces.nb201.cell import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NODES, NONE, SKIP
from nasrank.spaces.nb201.network import ReluConvNorm
from nasrank.spaces.supernet import SoftPath

Operations: TypeAlias = tuple[int, ...]

CONVOLUTIONS = {CONV_1X1: "conv_1x1", CONV_3X3: "conv_3x3"}
"""Where a cell has the weights of these operations, one for each edge."""

INCOMING = {
    target: [(place, source) for place, (source, end) in enumerate(EDGES) if end == target]
    for target in range(1, NODES)
}


class Node:
    """The features at a node of a cell: the first ones, which operations work on, and the rest.

    Their ReLU and their average over neighbours are computed at most once.
    """

    def __init__(self, features: Tensor, operated: int) -> None:
        self.features = features
        self.operated = features if operated == features.shape[1] else features[:, :operated]

    @cached_property
    def rectified(self) -> Tensor:
        return F.relu(self.operated)

    @cached_property
    def averaged(self) -> Tensor:
        return average_pool(self.operated)

    @property
    def rest(self) -> Tensor:
        return self.features[:, self.operated.shape[1] :]


def _prefix(operations: Operations, node: int) -> Operations:
    """The operations that decide what a node holds: those of all edges into nodes up to it."""
    return operations[: node * (node + 1) // 2]


class Memo:
    """Remembers what one cell computed from the same input, as long as the edges before it are the same.

    What leaves a node depends on its prefix and on the operation it leaves by. When architectures come in sorted
    order, prefixes change rarely, and only the latest of each node has to be kept.
    """

    def __init__(self) -> None:
        self._prefix: dict[int, Operations] = {}
        self._known: dict[int, dict[Any, Any]] = {}

    def recall(self, node: int, prefix: Operations, key: Any, compute: Callable[[], Any]) -> Any:
        if self._prefix.get(node) != prefix:
            self._prefix[node], self._known[node] = prefix, {}
        known = self._known[node]
        if key not in known:
            known[key] = compute()
        return known[key]


class SharedCell(nn.Module):
    """All operations on all edges of one cell; a node that nothing reaches is None and costs nothing."""

    def __init__(self, width: int, *, affine: bool, tracked: bool, partial_channels: int) -> None:
        super().__init__()
        self.operated = operated_width(width, partial_channels)
        self.partial = self.operated < width

        def convolutions(kernel: int) -> nn.ModuleList:
            size = self.operated, self.operated, kernel
            return nn.ModuleList(ReluConvNorm(*size, affine=affine, tracked=tracked) for _ in EDGES)

        self.conv_1x1, self.conv_3x3 = convolutions(1), convolutions(3)
        self.tracked = tracked
        self.silence_is_zero = not affine and not tracked

    def hard(
        self, features: Tensor, operations: Operations, memo: Memo | None = None, draws: Draws | None = None
    ) -> Tensor:
        """The output along one operation on each edge; a memo keeps what earlier calls on `features` computed."""
        memo = Memo() if memo is None else memo
        nodes: list[Node | None] = [memo.recall(0, (), "node", partial(Node, features, self.operated))]
        for target in range(1, NODES):
            arriving = [
                (place, source, node)
                for place, source in INCOMING[target]
                if operations[place] != NONE and (node := nodes[source]) is not None
            ]
            terms = []
            for place, source, node in arriving:
                compute = partial(self._term, place, operations[place], node, draws)
                terms.append(memo.recall(source, _prefix(operations, source), (place, operations[place]), compute))
            rests = [node.rest for *_, node in arriving] if self.partial else []
            add = partial(self._sum, terms, rests, features)
            nodes.append(memo.recall(target, _prefix(operations, target), "node", add))
        return torch.zeros_like(features) if nodes[-1] is None else nodes[-1].features

    def soft(
        self,
        features: Tensor,
        weights: SoftPath,
        computed: list[list[int]],
        draws: Draws | None = None,
        numbers: Sequence[Tensor] | None = None,
    ) -> Tensor:
        """The output of the weighted sum of the `computed` operations on each edge.

        What goes past them is weighed by all weights of the edge, that of `none` too: operations do not compete for
        channels that they do not touch. An edge of which nothing is computed is silent altogether, but for its number.

        Args:
            numbers: scalars to add to what the operations of each edge put out.
        """
        nodes: list[Node | None] = [Node(features, self.operated)]
        terms: dict[int, list[Tensor]] = {}  # by the edge
        for target in range(1, NODES):
            terms |= self._leaving(nodes[-1], target - 1, weights, computed, draws, numbers)
            arriving = [(weights[place], place, nodes[source]) for place, source in INCOMING[target] if place in terms]
            summed = [term for _, place, _ in arriving for term in terms[place]]
            rests = [vector.sum() * node.rest for vector, _, node in arriving if self.partial and node is not None]
            if numbers is not None:
                like = features[:, : self.operated]
                summed += [numbers[place].to(like).expand_as(like) for place, _ in INCOMING[target]]
                rests += [torch.zeros_like(features[:, self.operated :])] if self.partial else []
            nodes.append(self._sum(summed, rests, features))
        return torch.zeros_like(features) if nodes[-1] is None else nodes[-1].features

    def _leaving(
        self,
        node: Node | None,
        source: int,
        weights: SoftPath,
        computed: Sequence[Sequence[int]],
        draws: Draws | None,
        numbers: Sequence[Tensor] | None,
    ) -> dict[int, list[Tensor]]:
        """What the computed operations make of a node on each edge that leaves it, times their weights.

        Convolutions of one kind that see the same are one with more channels, and the weights the scale of its
        normalization: half the time of one after the other.
        """
        if node is None:
            return {}
        places = [place for place, (start, _) in enumerate(EDGES) if start == source and computed[place]]
        seen = {place: self._seen(node, place, weights, computed, numbers) for place in places}
        found: dict[int, list[Tensor]] = {place: [] for place in places}
        together: dict[tuple[int, int], list[int]] = {}
        for place in places:
            for operation in computed[place]:
                if operation in CONVOLUTIONS and draws is None and not self.tracked:
                    together.setdefault((operation, id(seen[place])), []).append(place)
                else:
                    found[place].append(weights[place][operation] * self._term(place, operation, seen[place], draws))
        for (operation, _), those in together.items():
            factors = [weights[place][operation] for place in those]
            outputs = self._convolved(operation, those, factors, seen[those[0]].rectified)
            for place, output in zip(those, outputs, strict=True):
                found[place].append(output)
        return found

    def _convolved(
        self, operation: int, places: Sequence[int], factors: Sequence[Tensor], rectified: Tensor
    ) -> Sequence[Tensor]:
        """The convolution of one kind of each of these edges, times a factor."""
        layers = [cast(ReluConvNorm, getattr(self, CONVOLUTIONS[operation])[place]) for place in places]
        kernel = torch.cat([layer.conv.weight for layer in layers])
        output = convolve(rectified, kernel)
        norms = [layer.norm for layer in layers]
        if norms[0].affine:
            scale = torch.cat([factor * norm.weight for factor, norm in zip(factors, norms, strict=True)])
            shift = torch.cat([factor * norm.bias for factor, norm in zip(factors, norms, strict=True)])
        else:
            scale = torch.stack([*factors]).to(kernel.dtype).repeat_interleave(self.operated)
            shift = torch.zeros_like(scale)
        return torch.split(normalized(output, scale, shift, norms[0].eps), self.operated, 1)

    def _seen(
        self,
        node: Node,
        place: int,
        weights: SoftPath,
        computed: Sequence[Sequence[int]],
        numbers: Sequence[Tensor] | None,
    ) -> Node:
        """A node as one edge sees it along a soft path."""
        del place, weights, computed, numbers
        return node

    def _term(self, place: int, operation: int, node: Node, draws: Draws | None) -> Tensor:
        if operation == SKIP:
            return node.operated
        if operation == AVG_POOL:
            output = node.averaged
        else:
            convolutions = getattr(self, CONVOLUTIONS[operation])
            output = cast(ReluConvNorm, convolutions[place]).after_relu(node.rectified)
        return output if draws is None else draws.dropped(output)

    def _sum(self, terms: list[Tensor], rests: list[Tensor], like: Tensor) -> Node | None:
        if not terms:
            return None if self.silence_is_zero else Node(torch.zeros_like(like), self.operated)
        total = reduce(torch.add, terms)
        return Node(put_last(total, reduce(torch.add, rests)) if rests else total, self.operated)
