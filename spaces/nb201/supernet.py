"""The NAS-Bench-201 super-net: both convolutions on every edge of every cell, shared by all 15,625 architectures.

Batch normalization uses the statistics of the batch, also when scoring, and no affine part in the cells [Ning2021];
tracked statistics and an affine part are options. Statistics decide: one study measured tau 0.04 with those tracked
over all paths and 0.54 after re-calibrating them for each path [Hu2020].

References:
    [Hu2020] Hu et al., "Angle-based Search Space Shrinking for Neural Architecture Search", ECCV 2020.
    [Ning2021] Ning et al., "Evaluating Efficient Performance Estimators of Neural Architectures", NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spaces.nb201.cell import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NODES, NONE, SKIP, Cell, functional
from spaces.nb201.network import Macro, ReluConvNorm, average_pool
from spaces.supernet import HardPath, SoftPath, SuperNet

Operations: TypeAlias = tuple[int, ...]

INCOMING = {
    target: [(place, source) for place, (source, end) in enumerate(EDGES) if end == target]
    for target in range(1, NODES)
}


class Node:
    """The features at a node of a cell, with the ReLU of them computed at most once."""

    def __init__(self, features: Tensor) -> None:
        self.features = features
        self._rectified: Tensor | None = None

    @property
    def rectified(self) -> Tensor:
        if self._rectified is None:
            self._rectified = F.relu(self.features)
        return self._rectified


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

    def __init__(self, width: int, *, affine: bool, tracked: bool) -> None:
        super().__init__()

        def convolutions(kernel: int) -> nn.ModuleList:
            return nn.ModuleList(ReluConvNorm(width, width, kernel, affine=affine, tracked=tracked) for _ in EDGES)

        self.conv_1x1, self.conv_3x3 = convolutions(1), convolutions(3)
        self.silence_is_zero = not affine and not tracked

    def hard(self, features: Tensor, operations: Operations, memo: Memo | None = None) -> Tensor:
        """The output along one operation on each edge; a memo keeps what earlier calls on `features` computed."""
        memo = Memo() if memo is None else memo
        nodes: list[Node | None] = [memo.recall(0, (), "node", partial(Node, features))]
        for target in range(1, NODES):
            terms = [
                memo.recall(
                    source, _prefix(operations, source), (place, operation), partial(self._term, place, operation, node)
                )
                for place, source in INCOMING[target]
                if (operation := operations[place]) != NONE and (node := nodes[source]) is not None
            ]
            nodes.append(memo.recall(target, _prefix(operations, target), "node", partial(self._sum, terms, features)))
        return torch.zeros_like(features) if nodes[-1] is None else nodes[-1].features

    def soft(self, features: Tensor, weights: SoftPath, computed: list[list[int]]) -> Tensor:
        """The output of the weighted sum of the `computed` operations on each edge."""
        nodes: list[Node | None] = [Node(features)]
        for target in range(1, NODES):
            terms = [
                weights[place][operation] * self._term(place, operation, node)
                for place, source in INCOMING[target]
                if (node := nodes[source]) is not None
                for operation in computed[place]
            ]
            nodes.append(self._sum(terms, features))
        return torch.zeros_like(features) if nodes[-1] is None else nodes[-1].features

    def _term(self, place: int, operation: int, node: Node) -> Tensor:
        if operation == SKIP:
            return node.features
        if operation == AVG_POOL:
            return average_pool(node.features)
        convolutions = {CONV_1X1: self.conv_1x1, CONV_3X3: self.conv_3x3}[operation]
        return cast(ReluConvNorm, convolutions[place]).after_relu(node.rectified)

    def _sum(self, terms: list[Tensor], like: Tensor) -> Node | None:
        if terms:
            return Node(reduce(torch.add, terms))
        return None if self.silence_is_zero else Node(torch.zeros_like(like))


class CellSuperNet(Macro, SuperNet):
    """Shared weights for all NAS-Bench-201 cells.

    Args:
        channels: width of the first stage; the later ones have twice and four times as many.
        cells_per_stage: cells in each of the three stages.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the cells learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.
    """

    def __init__(
        self,
        *,
        channels: int = 16,
        cells_per_stage: int = 5,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        super().__init__(
            channels=channels,
            cells_per_stage=cells_per_stage,
            classes=classes,
            image_channels=image_channels,
            tracked=tracked,
        )
        self.silence_is_zero = not affine and not tracked
        self.stages = nn.ModuleList(
            nn.ModuleList(SharedCell(width, affine=affine, tracked=tracked) for _ in range(cells_per_stage))
            for width in self.widths
        )

    @property
    def keeps_statistics(self) -> bool:
        return self.stem_norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath) -> Tensor:
        if len(path) != len(EDGES):
            raise ValueError(f"a path has {len(EDGES)} entries, one an edge, not {len(path)}")
        if isinstance(path[0], Tensor):
            weights = cast(SoftPath, path)
            computed = [[o for o in torch.nonzero(w.detach()).flatten().tolist() if o != NONE] for w in weights]
            return self._run(self.stem(images), lambda cell, features: cell.soft(features, weights, computed))
        operations = self._reduced(cast(HardPath, path))
        return self._run(self.stem(images), lambda cell, features: cell.hard(features, operations))

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        places: dict[Operations, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(self._reduced(path), []).append(place)
        stem, memo, first = self.stem(images), Memo(), self.stages[0][0]  # type: ignore[index]
        for operations in sorted(places):

            def run(cell: SharedCell, features: Tensor, operations: Operations = operations) -> Tensor:
                return cell.hard(features, operations, memo if cell is first else None)

            yield places[operations], self._run(stem, run)

    def _reduced(self, path: HardPath) -> Operations:
        return functional(Cell(tuple(path)), silence_is_zero=self.silence_is_zero).operations

    def _run(self, features: Tensor, apply: Callable[[SharedCell, Tensor], Tensor]) -> Tensor:
        for index, stage in enumerate(self.stages):
            if index:
                features = self.reductions[index - 1](features)
            for cell in cast(nn.ModuleList, stage):
                features = apply(cast(SharedCell, cell), features)
        return self.head(features)
