"""Auto-DeepLab's space at a small size as a `SearchSpace`: 233 paths by 625 cells [Liu2019b].

The authors' has 28,657 paths of twelve layers, and 5.57e14 cells of five nodes, and trains on crops of 321 pixels. Here
are six layers and cells of two nodes, with which networks of images of 72 by 96 pixels train in seconds.

References:
    [Liu2019b] Liu et al., "Auto-DeepLab: Hierarchical Neural Architecture Search for Semantic Image Segmentation",
        CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Scores, read_scores
from nasrank.spaces.deeplab.costs import network_cost
from nasrank.spaces.deeplab.segmenter import TRELLIS, Segmenter
from nasrank.spaces.enumerated import Distinct
from nasrank.spaces.integers import IntArray
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.deeplab.network import SegmenterNetwork
    from nasrank.spaces.deeplab.options import DeepLabNetworkOptions, DeepLabOptions
    from nasrank.spaces.deeplab.supernet import SegmenterSuperNet
    from nasrank.spaces.trellis.paths import Path, Trellis


class DeepLab(Distinct[Segmenter]):
    """Twenty-two decisions: the start, a move at each of seventeen places, and the operations of four edges."""

    name = "deeplab"
    reference = "Liu2019b"
    inputs = "segmented images"
    value_type = Segmenter
    decisions = Segmenter.decisions()
    mutual_neighbours = True
    passes_per_mixture = 22
    """A mixture computes the cells of 21 places with all operations, for each place that leads there; a path, six."""

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> Segmenter:
        return Segmenter.from_choices(choices)

    def to_choices(self, architecture: Segmenter) -> tuple[int, ...]:
        return architecture.choices

    def parse(self, text: str) -> Segmenter:
        return Segmenter.parse(text)

    def traits(self, architecture: Segmenter) -> dict[str, int]:
        """The last layer's level, and the sum of all of them: six times the mean."""
        return {"last level": architecture.levels[-1], "sum of levels": sum(architecture.levels)}

    def trellises(self, architecture: Segmenter) -> dict[str, tuple[Trellis, Path]]:
        return {"path": (TRELLIS, architecture.levels)}

    def graph(self, architecture: Segmenter) -> OpGraph:
        """The operations of all layers, each at its level; what brings features from layer to layer is left out."""
        labels, links = ["input"], list[tuple[int, int]]()
        last = architecture.drawn_behind([0], labels, links)
        links += [(place, len(labels)) for place in last]
        return OpGraph((*labels, "output"), tuple(sorted(links)))

    # --- networks ---

    @property
    def options(self) -> type[DeepLabOptions]:
        from nasrank.spaces.deeplab.options import DeepLabOptions

        return DeepLabOptions

    @property
    def network_options(self) -> type[DeepLabNetworkOptions]:
        from nasrank.spaces.deeplab.options import DeepLabNetworkOptions

        return DeepLabNetworkOptions

    def network(self, architecture: Segmenter, **options: Any) -> SegmenterNetwork:
        """The stand-alone network; the options are those of `SegmenterNetwork`."""
        from nasrank.spaces.deeplab.network import SegmenterNetwork

        return SegmenterNetwork(architecture, **options)

    def supernet(self, **options: Any) -> SegmenterSuperNet:
        """Shared weights for all architectures; the options are those of `SegmenterSuperNet`."""
        from nasrank.spaces.deeplab.supernet import SegmenterSuperNet

        return SegmenterSuperNet(**options)

    def cost(self, architecture: Segmenter, **macro: int) -> Cost:
        """Computed from levels and operations; the options and their defaults are those of `network_cost`."""
        return network_cost(architecture, **macro)

    # --- enumeration: by the path, and then by the cell ---

    def __len__(self) -> int:
        return Segmenter.count()

    def at(self, position: int) -> Segmenter:
        return Segmenter.at(self._inside(position))

    def position(self, architecture: Segmenter) -> int:
        return architecture.number

    def choices(self, positions: IntArray | None = None) -> IntArray:
        return Segmenter.all_choices(np.arange(len(self)) if positions is None else self._all_inside(positions))

    # --- moving about ---

    def neighbours(self, architecture: Segmenter) -> list[Segmenter]:
        """All with another operation on one edge, or at another level in one layer."""
        return architecture.neighbours()

    def mutate(self, architecture: Segmenter, generator: np.random.Generator) -> Segmenter:
        """A uniformly chosen neighbour."""
        neighbours = self.neighbours(architecture)
        return neighbours[generator.integers(len(neighbours))]

    # --- what the scores of options speak for ---

    def best(self, scores: Scores) -> Segmenter:
        """The path of greatest sum by dynamic programming (Viterbi's), and the best operation of each edge."""
        return Segmenter.best(read_scores(self.decisions, scores))


SPACES.register(DeepLab())
