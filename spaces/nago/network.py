"""Networks of hierarchical graphs [Ru2020]: stem, the graph, head and classifier.

A leaf is ReLU, a 3x3 convolution and normalization. A node that several lead to adds up what arrives, each weighted by
the sigmoid of a number that starts at one and is trained. What enters a node of the top level is pooled to the
resolution of the node's stage, and convolved by 1x1 where its width is another.

The building blocks serve the super-net as well, so one path of it is such a network with the same weights. The authors'
networks have dropout before the classifier, and ours none.

References:
    [Ru2020] Ru, Esperança & Carlucci, "Neural Architecture Generator Optimization", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization, convolve
from nasrank.spaces.nago.costs import HEAD, LEAF_PARAMETERS, stage_of, width_within
from nasrank.spaces.nago.walk import Memo, NoMemo, Size, Walk
from nasrank.spaces.nago.wiring import STAGES, Dag, Edges, Hierarchy

STEM, OUTPUT = "stem", "output"
"""Names of what is outside of the graph."""

TOP = "top"


class ConvNorm(nn.Module):
    """Convolution without bias, then normalization."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, affine: bool = True, tracked: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.norm = Normalization(outputs, affine=affine, tracked=tracked)

    def forward(self, images: Tensor) -> Tensor:
        together = not self.norm.track_running_stats  # in super-nets alone
        return self.norm(convolve(images, self.conv.weight, together=together))  # type: ignore[no-any-return]


class Sums(nn.Module):
    """The weighted sums of a graph: of each edge into a node with several, a number whose sigmoid is its weight."""

    def __init__(self, edges: Edges) -> None:
        super().__init__()
        self.places = {edge: place for place, edge in enumerate(edges)}
        self.numbers = nn.Parameter(torch.ones(len(edges)))

    def forward(self, arriving: Sequence[Tensor], edges: Sequence[tuple[int, int]]) -> Tensor:
        weights = torch.sigmoid(self.numbers)
        return reduce(torch.add, (weights[self.places[e]] * one for e, one in zip(edges, arriving, strict=True)))


class Wired(nn.Module):
    """Everything that a network of a hierarchical graph has, with a name for each place.

    Nodes of the top are named by slots, each of which has a stage: a network has one for each node of its own, and the
    super-net one for each that there may be.

    Args:
        whole: the graph that has all leaves and all edges.
        width: channels of the first stage.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        resized: pairs of a slot, or None for the stem, and another, or None for the output, of different widths.
        affine: whether normalizations inside the graph learn a scale and a shift.
        tracked: whether normalizations keep running statistics.

    Raises:
        ValueError: a size is no integer or below one.
    """

    def __init__(
        self,
        whole: Hierarchy,
        *,
        width: int,
        classes: int,
        image_channels: int,
        resized: Iterable[tuple[int | None, int | None]],
        affine: bool = True,
        tracked: bool = True,
    ) -> None:
        refuse_sizes(width=width, classes=classes, image_channels=image_channels)
        super().__init__()
        self.whole = whole
        self.widths = [width * 2**stage for stage in range(STAGES)]
        self.stem = ConvNorm(image_channels, width, 3, tracked=tracked)
        self.head = ConvNorm(self.widths[-1], HEAD, 1, tracked=tracked)
        self.classifier = nn.Linear(HEAD, classes)
        self.outside = [name for name, _ in self.named_parameters()]  # there is no graph yet
        self.leaves, self.sums, self.resizing = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        for name, dag in _graphs(whole):
            if dag.merging:
                self.sums[name] = Sums(dag.merging)
        for slot, bottoms in enumerate(whole.bottoms):
            channels = self.widths[whole.stages[slot]]
            for inner, bottom in enumerate(bottoms):
                for node in range(bottom.nodes):
                    self.leaves[f"{slot}_{inner}_{node}"] = ConvNorm(
                        channels, channels, 3, affine=affine, tracked=tracked
                    )
        for source, target in resized:
            before = self.widths[stage_of(whole, source, 0)]
            after = self.widths[stage_of(whole, target, STAGES - 1)]
            self.resizing[pair_name(source, target)] = nn.Conv2d(before, after, 1, bias=False)

    def scores(self, stem: Tensor, hierarchy: Hierarchy, slots: Sequence[int], memo: Memo | None = None) -> Tensor:
        """Class scores `(batch, classes)` of what leaves the stem, `(batch, width, height, width)`.

        Args:
            hierarchy: the graph to go through.
            slots: of each node of its top.
            memo: of what was computed of the same features along other graphs.
        """
        output = Walk(self, hierarchy, slots, memo or NoMemo()).through(stem)
        return self.classifier(F.relu(self.head(F.relu(output))).mean((2, 3)))  # type: ignore[no-any-return]

    def leaf(self, name: str, features: Tensor) -> Tensor:
        return self.leaves[name](F.relu(features))  # type: ignore[no-any-return]

    def summed(self, name: str, arriving: Sequence[Tensor], edges: Sequence[tuple[int, int]]) -> Tensor:
        return self.sums[name](arriving, edges)  # type: ignore[no-any-return]

    def resized(self, features: Tensor, source: int | None, target: int | None, size: Size) -> Tensor:
        """At the resolution and with the width of the target."""
        if features.shape[2:] != size:
            features = F.adaptive_avg_pool2d(features, size)
        if (pair := pair_name(source, target)) not in self.resizing:
            return features
        kernel = cast(nn.Conv2d, self.resizing[pair]).weight
        return convolve(features, kernel, together=not self.stem.norm.track_running_stats)


class HierarchyNetwork(Wired):
    """The network of one hierarchical graph.

    Args:
        hierarchy: the graph.
        leaf_parameters: weights of its 3x3 convolutions, at most, which decide its width.
        classes: outputs of the classifier.
        image_channels: channels of the input.

    Raises:
        ValueError: the parameters are too few for one channel.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        leaf_parameters: int = LEAF_PARAMETERS,
        classes: int = 10,
        image_channels: int = 3,
    ) -> None:
        refuse_sizes(leaf_parameters=leaf_parameters)
        width = width_within(hierarchy, leaf_parameters)
        super().__init__(
            hierarchy,
            width=width,
            classes=classes,
            image_channels=image_channels,
            resized=hierarchy.resized,
        )

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes)` of images `(batch, channels, height, width)` of any size."""
        return self.scores(self.stem(images), self.whole, range(self.whole.top.nodes))


def _graphs(whole: Hierarchy) -> Iterable[tuple[str, Dag]]:
    """All graphs of a hierarchy by name."""
    yield TOP, whole.top
    for slot, (middle, bottoms) in enumerate(zip(whole.middles, whole.bottoms, strict=True)):
        yield f"{slot}", middle
        yield from ((f"{slot}_{place}", bottom) for place, bottom in enumerate(bottoms))


def pair_name(source: int | None, target: int | None) -> str:
    return f"{STEM if source is None else source}_{OUTPUT if target is None else target}"
