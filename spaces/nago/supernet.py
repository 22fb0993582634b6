"""The super-net of NAGO's space: the graph with all nodes and edges that one of them may have, at every level.

A path is a generator and the number of one of its graphs. That graph is sampled, and what it has not is skipped. Its
leaves have the weights of their places, its sums the numbers of their edges, and the nodes of its top level go to the
first free places of their stages. All graphs are as wide, where those of stand-alone networks are as wide as a budget
allows.

Batch normalization uses the statistics of the batch, also when scoring, and no affine part inside the graph; tracked
statistics and an affine part are options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from torch import Tensor

from nasrank.spaces.nago.generator import MOST_NODES, from_choices
from nasrank.spaces.nago.network import Wired, pair_name
from nasrank.spaces.nago.walk import Memo
from nasrank.spaces.nago.wiring import STAGES, Dag, Hierarchy, sampled, ways_through
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet
from nasrank.spaces.ways import WeightPart, WeightsOnWays

_TOP, _MIDDLE, _BOTTOM = map(Dag.complete, MOST_NODES)
WHOLE = Hierarchy(_TOP, (_MIDDLE,) * _TOP.nodes, ((_BOTTOM,) * _MIDDLE.nodes,) * _TOP.nodes)
"""What all graphs are parts of."""


class NagoSuperNet(Wired, SuperNet):
    """Shared weights for the graphs of all generators.

    Args:
        width: channels of the first stage; the second has twice and the third four times as many.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the graph learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(
        self,
        *,
        width: int = 6,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
    ) -> None:
        slots, stages = range(_TOP.nodes), WHOLE.stages  # in a connected graph the first leads on, the last is led to
        super().__init__(
            WHOLE,
            width=width,
            classes=classes,
            image_channels=image_channels,
            resized=(
                *((None, slot) for slot in slots[:-1] if stages[slot]),
                *((one, other) for one, other in _TOP.edges if stages[one] < stages[other]),
                *((slot, None) for slot in slots[1:] if stages[slot] < STAGES - 1),
            ),
            affine=affine,
            tracked=tracked,
        )

    @property
    def keeps_statistics(self) -> bool:
        return self.stem.norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        del numbers
        if len(path) and isinstance(path[0], Tensor):
            raise ValueError("the super-net of nago computes no mixtures of options, but one graph at a time")
        hierarchy = sampled(from_choices(cast(HardPath, path)))
        return self.scores(self.stem(images), hierarchy, slots_of(hierarchy))

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        places: dict[Hierarchy, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(sampled(from_choices(path)), []).append(place)
        stem, memo = self.stem(images), Memo()
        for hierarchy in sorted(places, key=_in_order_of_computing):
            yield places[hierarchy], self.scores(stem, hierarchy, slots_of(hierarchy), memo)

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        """See `SuperNet`; the numbers of sums are no weights of convolutions, and count nowhere."""
        hierarchy = sampled(from_choices(path))
        bottoms = [[ways_through(one, (1,) * one.nodes) for one in those] for those in hierarchy.bottoms]
        middles = [
            ways_through(middle, [one.total for one in those])
            for middle, those in zip(hierarchy.middles, bottoms, strict=True)
        ]
        top, slots = ways_through(hierarchy.top, [one.total for one in middles]), slots_of(hierarchy)
        counts = {WeightPart(name): 1 for name in self.outside}
        for node, slot in enumerate(slots):
            for inner, bottom in enumerate(bottoms[node]):
                around = top.to[node] * top.after[node] * middles[node].to[inner] * middles[node].after[inner]
                for leaf in range(len(bottom.to)):
                    part = WeightPart(f"leaves.{slot}_{inner}_{leaf}.conv.weight")
                    counts[part] = around * bottom.to[leaf] * bottom.after[leaf]
        for source, target in hierarchy.resized:
            before = 1 if source is None else top.to[source] * middles[source].total
            after = 1 if target is None else middles[target].total * top.after[target]
            ends = (None if end is None else slots[end] for end in (source, target))
            counts[WeightPart(f"resizing.{pair_name(*ends)}.weight")] = before * after
        return WeightsOnWays(counts)


def _in_order_of_computing(hierarchy: Hierarchy) -> tuple[tuple[Dag, ...], ...]:
    """What decides what the first nodes compute comes first."""
    nodes = zip(hierarchy.bottoms, hierarchy.middles, strict=True)
    return (*((bottoms[0], middle, *bottoms[1:]) for bottoms, middle in nodes), (hierarchy.top,))


def slots_of(hierarchy: Hierarchy) -> list[int]:
    """Of each node of the top, the first place of its stage that is left."""
    slots: list[int] = []
    for stage in hierarchy.stages:
        slots.append(next(slot for slot, its in enumerate(WHOLE.stages) if its == stage and slot not in slots))
    return slots
