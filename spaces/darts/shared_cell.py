"""One cell of the DARTS super-net, which computes any path through all of its operations.

Every edge has weights for all of its operations. Pools are followed by a normalization without an affine part, as in
the paper's search, so that what they put out is as large as what convolutions do; stand-alone networks have none there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.darts.costs import Place
from nasrank.spaces.darts.genotype import AVG_POOL, CONVOLUTIONS, EDGES, INPUTS, MAX_POOL, NODES, SKIP, Cell
from nasrank.spaces.darts.genotype import Node as Edges
from nasrank.spaces.darts.layers import AfterRelu, FactorizedReduction, average, convolution, maximum
from nasrank.spaces.darts.network import AnyCell, Value
from nasrank.spaces.kernels import normalized
from nasrank.spaces.layers import Normalization, operated_width, put_last
from nasrank.spaces.supernet import SoftPath

POOLS = (MAX_POOL, AVG_POOL)

INCOMING = {node: [(place, source) for place, (source, end) in enumerate(EDGES) if end == node] for node in NODES}


class Node(Value):
    """The features at an input or node: the first ones, which operations work on, and the rest.

    What several edges make of them is computed at most once.

    Attributes:
        stride: of the operations on the edges that leave it.
    """

    def __init__(self, features: Tensor, operated: int, stride: int) -> None:
        super().__init__(features)
        self.stride = stride
        self.operated = features if operated == features.shape[1] else features[:, :operated]

    @cached_property
    def rectified(self) -> Tensor:
        return F.relu(self.operated)

    @cached_property
    def greatest(self) -> Tensor:
        return maximum(self.operated, self.stride)

    @cached_property
    def averaged(self) -> Tensor:
        return average(self.operated, self.stride)

    @cached_property
    def normalized_pools(self) -> dict[int, Tensor]:
        """Both by the statistics of the batch, which are the same on all edges."""
        return {pool: normalized(self.pooled(pool), None, None, 1e-5) for pool in POOLS}

    def pooled(self, pool: int) -> Tensor:
        return self.greatest if pool == MAX_POOL else self.averaged

    @cached_property
    def rest(self) -> Tensor:
        """What goes past the operations, as large as what they put out."""
        rest = self.features[:, self.operated.shape[1] :]
        return rest if self.stride == 1 else F.max_pool2d(rest, 2, ceil_mode=True)


class Memo:
    """Remembers what the first cell computed from one input.

    When architectures come in sorted order, the first nodes change rarely, and only the latest of each has to be kept.
    Operations on the inputs come up again and again: all of them are kept, 56 at most.
    """

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[tuple[Edges, ...], Node]] = {}
        self._terms: dict[tuple[int, int], Tensor] = {}

    def node(self, prefix: tuple[Edges, ...], compute: Callable[[], Node]) -> Node:
        """The node that the last of these edges lead into."""
        known = self._nodes.get(len(prefix))
        if known is None or known[0] != prefix:
            known = self._nodes[len(prefix)] = prefix, compute()
        return known[1]

    def term(self, place: int, operation: int, compute: Callable[[], Tensor]) -> Tensor:
        """What an operation makes of an input on one edge."""
        if (place, operation) not in self._terms:
            self._terms[place, operation] = compute()
        return self._terms[place, operation]


class SharedCell(AnyCell):
    """All operations on all edges of a cell."""

    def __init__(self, place: Place, *, affine: bool, tracked: bool, partial_channels: int) -> None:
        super().__init__(place, affine=affine, tracked=tracked)
        self.width, self.tracked = place.width, tracked
        self.operated = operated_width(place.width, partial_channels)
        self.partial = self.operated < place.width
        self.silence_is_zero = not affine and not tracked
        self.edges = nn.ModuleList()
        for source, _ in EDGES:
            stride = self.stride(source)
            layers: dict[str, nn.Module] = {
                str(operation): convolution(operation, self.operated, stride=stride, affine=affine, tracked=tracked)
                for operation in CONVOLUTIONS
            }
            if stride == 2:
                layers[str(SKIP)] = FactorizedReduction(self.operated, self.operated, affine=affine, tracked=tracked)
            if tracked:
                layers |= {str(pool): Normalization(self.operated, affine=False) for pool in POOLS}
            self.edges.append(nn.ModuleDict(layers))

    def layer(self, place: int, operation: int) -> nn.Module | None:
        """What has the weights of an operation on an edge, if anything has."""
        layers, name = cast(nn.ModuleDict, self.edges[place]), str(operation)
        if name not in layers:
            return None
        return layers[name]

    def entered(self, before_last: Tensor, last: Tensor) -> list[Node]:
        """Both inputs of the nodes, from the rectified outputs of the two cells before."""
        return [self._node(features, source) for source, features in enumerate(self.inputs(before_last, last))]

    def hard(self, inputs: Sequence[Node], cell: Cell, memo: Memo | None = None) -> Tensor:
        """The output of an architecture's cell; a memo keeps what earlier calls on the same inputs computed."""
        nodes = list(inputs)
        for node, edges in zip(NODES, cell.nodes, strict=True):
            compute = partial(self._added, node, edges, nodes, memo)
            nodes.append(compute() if memo is None else memo.node(cell.nodes[: node - INPUTS + 1], compute))
        return torch.cat([node.features for node in nodes[INPUTS:]], 1)

    def soft(
        self,
        inputs: Sequence[Node],
        weights: SoftPath,
        computed: Sequence[Sequence[int]],
        numbers: Sequence[Tensor] | None = None,
    ) -> Tensor:
        """The output of the weighted sum of the `computed` operations on each edge.

        What goes past them is weighed by all weights of the edge, that of `none` too: operations do not compete for
        channels that they do not touch. An edge of which nothing is computed is silent altogether, but for its number.

        Args:
            numbers: scalars to add to what the operations of each edge put out.
        """
        nodes: list[Node | None] = list(inputs)
        silent = self._silent(inputs[1])
        for target in NODES:
            terms, rests = [], []
            for place, source in INCOMING[target]:
                node = nodes[source]
                if node is None or not computed[place]:
                    continue
                terms += [weights[place][one] * self._term(place, one, node) for one in computed[place]]
                if self.partial:
                    rests.append(weights[place].sum() * node.rest)
            if numbers is not None:
                like = silent[:, : self.operated]
                terms += [numbers[place].to(like).expand_as(like) for place, _ in INCOMING[target]]
                rests += [silent[:, self.operated :]] if self.partial else []
            if terms:
                nodes.append(self._sum(terms, rests, target))
            else:
                nodes.append(None if self.silence_is_zero else self._node(silent, target))
        return torch.cat([silent if node is None else node.features for node in nodes[INPUTS:]], 1)

    def _node(self, features: Tensor, number: int) -> Node:
        return Node(features, self.operated, self.stride(number))

    def _added(self, node: int, edges: Edges, nodes: Sequence[Node], memo: Memo | None) -> Node:
        """A node of an architecture, from the inputs and nodes before it."""
        terms = []
        for operation, source in edges:
            place = EDGES.index((source, node))
            compute = partial(self._term, place, operation, nodes[source])
            keep = memo is not None and source < INPUTS
            terms.append(memo.term(place, operation, compute) if memo is not None and keep else compute())
        rests = [nodes[source].rest for _, source in edges] if self.partial else []
        return self._sum(terms, rests, node)

    def _term(self, place: int, operation: int, node: Node) -> Tensor:
        layer = self.layer(place, operation)
        if operation in POOLS:
            return node.normalized_pools[operation] if layer is None else layer(node.pooled(operation))
        return node.operated if layer is None else cast(AfterRelu, layer).after_relu(node.rectified)

    def _sum(self, terms: Sequence[Tensor], rests: Sequence[Tensor], number: int) -> Node:
        total = reduce(torch.add, terms)
        return self._node(put_last(total, reduce(torch.add, rests)) if rests else total, number)

    def _silent(self, last: Node) -> Tensor:
        """Zeros as large as a node."""
        batch, channels, height, width = last.features.shape
        size = batch, channels, -(-height // last.stride), -(-width // last.stride)
        return last.features.new_zeros(size).contiguous(memory_format=torch.channels_last)
