"""NAGO's space of network generators [Ru2020] as a `SearchSpace`, at the scale of small images.

The paper searches generators, whose value is the mean over the networks that they make. Here an architecture is one of
eight graphs of a generator, so that tables and super-nets know what they train, and the value of a generator is a mean
over rows. The authors' top and bottom levels have 3 to 10 nodes, for images of 32 x 32; these have 3 or 4.

So few nodes leave some parameters without effect. Among three nodes all small worlds are the same, whatever the
rewiring, and up to four of them an odd number of neighbours, which networkx takes to be the next smaller even one, is
no other than two. Two nodes, or one, can be connected in one way only, whatever the density. Architectures that differ
in nothing else are one graph and have one key: of 2,356,608, there are 60,800 that differ in what matters, and 58,709
up to isomorphism. A sixth of all are the two smallest networks, whose generators leave nothing to chance.

References:
    [Ru2020] Ru, Esperança & Carlucci, "Neural Architecture Generator Optimization", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.integers import IntArray
from nasrank.spaces.nago import generator
from nasrank.spaces.nago.costs import network_cost
from nasrank.spaces.nago.generator import DECISIONS, Generated
from nasrank.spaces.nago.wiring import Hierarchy, canonical, sampled
from nasrank.spaces.product import ProductSpace
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.nago.network import HierarchyNetwork
    from nasrank.spaces.nago.options import NagoNetworkOptions, NagoOptions
    from nasrank.spaces.nago.supernet import NagoSuperNet


class Nago(ProductSpace[Generated]):
    """Nine decisions: eight parameters of the generator, of `level` "generator", and of "graph", which of its graphs.

    Isomorphism is that of the sampled graphs: nodes of any level may change places where edges still ascend. In the
    super-net places have weights of their own, and `functional` leaves such graphs apart.
    """

    name = "nago"
    reference = "Ru2020"
    value_type = Generated
    decisions = DECISIONS
    libraries = ("networkx",)
    mixes = False

    def from_choices(self, choices: Sequence[int]) -> Generated:
        return generator.from_choices(choices)

    def to_choices(self, architecture: Generated) -> tuple[int, ...]:
        return generator.to_choices(architecture)

    def parse(self, text: str) -> Generated:
        return generator.parse(text)

    def key(self, architecture: Generated) -> str:
        return canonical(sampled(architecture))

    def traits(self, architecture: Generated) -> dict[str, int]:
        """How many convolutions it has."""
        return {"leaves": sum(sampled(architecture).leaves)}

    def graph(self, architecture: Generated) -> OpGraph:
        """Leaves, and a node where each graph is entered and where it is left."""
        return operation_graph(sampled(architecture))

    # --- isomorphism classes, of which every architecture would have to be sampled ---

    @property
    def knows_classes(self) -> bool:
        return False

    @property
    def _classes(self) -> list[list[int]]:
        raise ValueError(f"the graphs of {self.name} are sampled one by one, and too many to list")

    # --- networks ---

    @property
    def options(self) -> type[NagoOptions]:
        from nasrank.spaces.nago.options import NagoOptions

        return NagoOptions

    @property
    def network_options(self) -> type[NagoNetworkOptions]:
        from nasrank.spaces.nago.options import NagoNetworkOptions

        return NagoNetworkOptions

    def network(self, architecture: Generated, **options: Any) -> HierarchyNetwork:
        """The stand-alone network; the options are those of `HierarchyNetwork`."""
        from nasrank.spaces.nago.network import HierarchyNetwork

        return HierarchyNetwork(sampled(architecture), **options)

    def supernet(self, **options: Any) -> NagoSuperNet:
        """Shared weights for all graphs; the options are those of `NagoSuperNet`."""
        from nasrank.spaces.nago.supernet import NagoSuperNet

        return NagoSuperNet(**options)

    def cost(self, architecture: Generated, **macro: int) -> Cost:
        """The options and their defaults are those of `network_cost`."""
        return network_cost(sampled(architecture), **macro)

    def costs(self, positions: IntArray) -> tuple[IntArray, IntArray]:
        """Each graph is sampled once, whatever parameters have no effect: of the whole space, it takes a minute."""
        rows = generator.without_what_has_no_effect(self.choices(positions))
        alike, whose = np.unique(rows, axis=0, return_inverse=True)
        costs = [self.cost(self.from_choices(choices)) for choices in alike.tolist()]
        found = np.array([(cost.parameters, cost.multiply_adds) for cost in costs], dtype=np.int64).reshape(-1, 2)
        return found[whose.ravel(), 0], found[whose.ravel(), 1]


SPACES.register(Nago())


def operation_graph(hierarchy: Hierarchy) -> OpGraph:
    """Convolutions, a node where a middle level's graph adds up what arrives, and one where any graph is left."""
    labels, edges = ["input"], list[tuple[int, int]]()

    def added(label: str, sources: Sequence[int]) -> int:
        edges.extend((source, len(labels)) for source in sources)
        labels.append(label)
        return len(labels) - 1

    left: list[int] = []
    for node, sources in enumerate(hierarchy.top.sources):
        entered = added(f"stage {hierarchy.stages[node] + 1}", [left[one] for one in sources] or [0])
        inside: list[int] = []
        for inner, bottom in enumerate(hierarchy.bottoms[node]):
            begun = added("sum", [inside[one] for one in hierarchy.middles[node].sources[inner]] or [entered])
            leaves: list[int] = []
            for feeding in bottom.sources:
                leaves.append(added("conv3x3", [leaves[one] for one in feeding] or [begun]))
            inside.append(added("mean", [leaves[sink] for sink in bottom.sinks]))
        left.append(added("mean", [inside[sink] for sink in hierarchy.middles[node].sinks]))
    added("output", [left[sink] for sink in hierarchy.top.sinks])
    return OpGraph(tuple(labels), tuple(sorted(edges)))
