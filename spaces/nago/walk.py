"""The way of features through a hierarchical graph, and what of it is the same as on the way before.

Paths that are compared on the same images often begin alike: the graph of the first node of the first node is one of a
few, and those that follow are the same for a while. So the latest result of each place is kept, and taken again where
the same features arrive. Paths in sorted order make the most of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from nasrank.spaces.nago.wiring import STAGES, Dag, Hierarchy

if TYPE_CHECKING:
    from nasrank.spaces.nago.network import Wired

Size: TypeAlias = tuple[int, int]
Computing: TypeAlias = Callable[[Tensor, int], Tensor]
"""What a node, by its number, makes of what arrives there."""


class Memo:
    """The latest result of each place."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[Sequence[Tensor], Any, Tensor]] = {}

    def recall(self, place: str, arriving: Sequence[Tensor], how: Any, compute: Callable[[], Tensor]) -> Tensor:
        """What came of the same features in the same way, else what comes of them now."""
        if place in self._latest:
            before, its, output = self._latest[place]
            if its == how and len(before) == len(arriving) and all(map(_same, before, arriving)):
                return output
        output = compute()
        self._latest[place] = arriving, how, output
        return output


class NoMemo(Memo):
    """Of a single way, of which nothing has to be kept."""

    def recall(self, place: str, arriving: Sequence[Tensor], how: Any, compute: Callable[[], Tensor]) -> Tensor:
        del place, arriving, how
        return compute()


def _same(one: Tensor, other: Tensor) -> bool:
    return one is other


@dataclass(frozen=True)
class Walk:
    """Through a graph, with the weights of its places.

    Attributes:
        weights: the network or the super-net.
        hierarchy: the graph.
        slots: of each node of the top, its place among those that have weights.
        memo: of what was computed before.
    """

    weights: Wired
    hierarchy: Hierarchy
    slots: Sequence[int]
    memo: Memo

    def through(self, stem: Tensor) -> Tensor:
        """What leaves the graph, as wide as the last stage, where this leaves the stem."""
        height, width = stem.shape[2:]
        sizes = [(-(-height // 2**stage), -(-width // 2**stage)) for stage in range(STAGES)]
        left: list[Tensor] = []

        def arriving(source: int | None, target: int | None) -> Tensor:
            features = stem if source is None else left[source]
            size = sizes[-1] if target is None else sizes[self.hierarchy.stages[target]]
            start, end = (None if node is None else self.slots[node] for node in (source, target))
            place = f"to {end} from {start}"
            return self.memo.recall(place, [features], None, lambda: self.weights.resized(features, start, end, size))

        for node, sources in enumerate(self.hierarchy.top.sources):
            slot, graph = self.slots[node], self.hierarchy.middles[node]
            edges = [(self.slots[source], slot) for source in sources]
            entering = self._summed("top", [arriving(source, node) for source in sources or (None,)], edges)
            left.append(self._within(graph, entering, f"{slot}", self._bottom(slot, self.hierarchy.bottoms[node])))
        return self._mean("top", [arriving(sink, None) for sink in self.hierarchy.top.sinks])

    def _bottom(self, slot: int, bottoms: Sequence[Dag]) -> Computing:
        """What the nodes of a middle level compute."""

        def compute(features: Tensor, node: int) -> Tensor:
            name, inside = f"{slot}_{node}", Walk(self.weights, self.hierarchy, self.slots, NoMemo())

            def leaf(arrived: Tensor, place: int) -> Tensor:
                return self.weights.leaf(f"{name}_{place}", arrived)

            return self.memo.recall(
                name, [features], bottoms[node], lambda: inside._within(bottoms[node], features, name, leaf)
            )

        return compute

    def _within(self, dag: Dag, entering: Tensor, name: str, compute: Computing) -> Tensor:
        """What leaves one graph."""
        left: list[Tensor] = []
        for node, sources in enumerate(dag.sources):
            edges = [(source, node) for source in sources]
            left.append(compute(self._summed(name, [left[one] for one in sources] or [entering], edges), node))
        return self._mean(name, [left[sink] for sink in dag.sinks])

    def _summed(self, name: str, arriving: Sequence[Tensor], edges: Sequence[tuple[int, int]]) -> Tensor:
        if len(arriving) == 1:
            return arriving[0]
        place = f"into {edges[0][1]} of {name}"
        return self.memo.recall(place, arriving, edges, lambda: self.weights.summed(name, arriving, edges))

    def _mean(self, name: str, leaving: Sequence[Tensor]) -> Tensor:
        if len(leaving) == 1:
            return leaving[0]
        return self.memo.recall(f"out of {name}", leaving, None, lambda: reduce(torch.add, leaving) / len(leaving))
