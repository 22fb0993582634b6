"""LEAStereo's space at a small size as a `SearchSpace`: two nets of 8 and 29 paths, by 16 cells each [Cheng2020].

The authors' nets have six and twelve layers and cells of three nodes, and train on crops of 192 by 384 pixels. Here are
three and four layers and cells of two nodes, with which networks of pairs of 72 by 120 pixels train in half a minute.

References:
    [Cheng2020] Cheng et al., "Hierarchical Neural Architecture Search for Deep Stereo Matching", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Scores, read_scores
from nasrank.spaces.enumerated import Distinct
from nasrank.spaces.integers import IntArray
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph
from nasrank.spaces.stereo import matcher
from nasrank.spaces.stereo.costs import network_cost
from nasrank.spaces.stereo.matcher import DECISIONS, FeatureNet, Matcher, MatchingNet

if TYPE_CHECKING:
    from nasrank.spaces.stereo.network import StereoNetwork
    from nasrank.spaces.stereo.options import StereoNetworkOptions, StereoOptions
    from nasrank.spaces.stereo.supernet import StereoSuperNet
    from nasrank.spaces.trellis.paths import Path, Trellis


class Stereo(Distinct[Matcher]):
    """Of each net the start, a move at each place, and the operations of four edges."""

    name = "stereo"
    reference = "Cheng2020"
    inputs = "stereo pairs"
    value_type = Matcher
    decisions = DECISIONS
    mutual_neighbours = True
    passes_per_mixture = 6
    """A mixture computes the cells of 6 and of 11 places with all operations, for each place that leads there; a path
    has 3 and 4. It has 5.8 times the multiply-adds of a mean path."""

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> Matcher:
        return matcher.from_choices(choices)

    def to_choices(self, architecture: Matcher) -> tuple[int, ...]:
        return architecture.choices

    def parse(self, text: str) -> Matcher:
        return matcher.parse(text)

    def traits(self, architecture: Matcher) -> dict[str, int]:
        """How many convolutions the cells of both nets have, and the sum of the levels of the matching net."""
        return {
            "convolutions": architecture.convolutions,
            "sum of matching levels": sum(architecture.matching.levels),
        }

    def trellises(self, architecture: Matcher) -> dict[str, tuple[Trellis, Path]]:
        nets = {"feature": architecture.feature, "matching": architecture.matching}
        return {name: (net.trellis, net.levels) for name, net in nets.items()}

    def graph(self, architecture: Matcher) -> OpGraph:
        """The operations of all layers of both nets, each at its level; what is between and around them is left out."""
        labels, links = ["input"], list[tuple[int, int]]()
        features = architecture.feature.drawn_behind([0], labels, links)
        last = architecture.matching.drawn_behind(features, labels, links)
        links += [(place, len(labels)) for place in last]
        return OpGraph((*labels, "output"), tuple(sorted(links)))

    # --- networks ---

    @property
    def options(self) -> type[StereoOptions]:
        from nasrank.spaces.stereo.options import StereoOptions

        return StereoOptions

    @property
    def network_options(self) -> type[StereoNetworkOptions]:
        from nasrank.spaces.stereo.options import StereoNetworkOptions

        return StereoNetworkOptions

    def network(self, architecture: Matcher, **options: Any) -> StereoNetwork:
        """The stand-alone network; the options are those of `StereoNetwork`."""
        from nasrank.spaces.stereo.network import StereoNetwork

        return StereoNetwork(architecture, **options)

    def supernet(self, **options: Any) -> StereoSuperNet:
        """Shared weights for all architectures; the options are those of `StereoSuperNet`."""
        from nasrank.spaces.stereo.supernet import StereoSuperNet

        return StereoSuperNet(**options)

    def cost(self, architecture: Matcher, **macro: int) -> Cost:
        """Computed from levels and operations; the options and their defaults are those of `network_cost`."""
        return network_cost(architecture, **macro)

    # --- enumeration: by the feature net, and then by the matching net ---

    def __len__(self) -> int:
        return FeatureNet.count() * MatchingNet.count()

    def at(self, position: int) -> Matcher:
        feature, matching = divmod(self._inside(position), MatchingNet.count())
        return Matcher(FeatureNet.at(feature), MatchingNet.at(matching))

    def position(self, architecture: Matcher) -> int:
        return architecture.feature.number * MatchingNet.count() + architecture.matching.number

    def choices(self, positions: IntArray | None = None) -> IntArray:
        rows = np.arange(len(self)) if positions is None else self._all_inside(positions)
        feature, matching = np.divmod(rows, MatchingNet.count())
        return np.concatenate([FeatureNet.all_choices(feature), MatchingNet.all_choices(matching)], axis=1)

    # --- moving about ---

    def neighbours(self, architecture: Matcher) -> list[Matcher]:
        """All of which one net has another operation on one edge, or another level in one layer."""
        feature, matching = architecture.feature, architecture.matching
        return [
            *(Matcher(other, matching) for other in feature.neighbours()),
            *(Matcher(feature, other) for other in matching.neighbours()),
        ]

    def mutate(self, architecture: Matcher, generator: np.random.Generator) -> Matcher:
        """A uniformly chosen neighbour."""
        neighbours = self.neighbours(architecture)
        return neighbours[generator.integers(len(neighbours))]

    # --- what the scores of options speak for ---

    def best(self, scores: Scores) -> Matcher:
        """Of each net the path of greatest sum by dynamic programming (Viterbi's), and the best operations."""
        tables, of_features = read_scores(self.decisions, scores), len(FeatureNet.decisions())
        return Matcher(FeatureNet.best(tables[:of_features]), MatchingNet.best(tables[of_features:]))


SPACES.register(Stereo())
