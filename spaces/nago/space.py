"""NAGO's space of network generators [Ru2020] as a `SearchSpace`, at the scale of small images.

The paper searches generators, whose value is the mean over the networks that they make. Here an architecture is one of
eight graphs of a generator, so that tables and super-nets know what they train, and the value of a generator is a mean
over rows. The authors' top and bottom levels have 3 to 10 nodes, for images of 32 x 32; these have 3 or 4.

So few nodes leave some parameters without effect. Among three nodes all small worlds are the same, whatever the
rewiring; up to four nodes, four neighbours are no more than all, and networkx takes two for three of them. Two nodes,
or one, can be connected in one way only, whatever the density. A parameter is a decision where it makes a difference:
the paper's eight are seven here, as the neighbours at the top would never make any. At the bottom there may be five
nodes, so that they do. Of 121,572 architectures, 117,857 differ up to isomorphism.

References:
    [Ru2020] Ru, Esperança & Carlucci, "Neural Architecture Generator Optimization", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.decisions import Scores, read_scores
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.integers import IntArray, index
from nasrank.spaces.nago import generator
from nasrank.spaces.nago.costs import network_cost
from nasrank.spaces.nago.generator import DECISIONS, GRAPHS, Generated
from nasrank.spaces.nago.wiring import HIERARCHICAL, Hierarchy, canonical, sampled, wired
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.nago.network import HierarchyNetwork
    from nasrank.spaces.nago.options import NagoNetworkOptions, NagoOptions
    from nasrank.spaces.nago.supernet import NagoSuperNet


_BOTTOM = next(place for place, decision in enumerate(DECISIONS) if decision.name == "bottom nodes")


class Nago(Enumerated[Generated]):
    """Eight decisions: seven parameters of the generator, of `level` "generator", and of "graph", which of its graphs.

    Isomorphism is that of the sampled graphs: nodes of any level may change places where edges still ascend. In the
    super-net places have weights of their own, and `functional` leaves such graphs apart.
    """

    name = "nago"
    reference = "Ru2020"
    value_type = Generated
    decisions = DECISIONS
    libraries = ("networkx",)
    mixes = False
    strata = len(DECISIONS[_BOTTOM].options)

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

    # --- enumeration: lexicographic in the choices ---

    def __len__(self) -> int:
        return int(self._begins[-1])

    def at(self, position: int) -> Generated:
        return self.from_choices(self.choices(np.array([self._inside(position)]))[0].tolist())

    def position(self, architecture: Generated) -> int:
        *parameters, graph = self.to_choices(architecture)
        return int(self._begins[self._numbers[tuple(parameters)]]) + graph

    def choices(self, positions: IntArray | None = None) -> IntArray:
        rows = np.arange(len(self)) if positions is None else self._all_inside(positions)
        numbers = np.searchsorted(self._begins, rows, side="right") - 1
        found = self._generators[numbers]
        found[:, -1] = rows - self._begins[numbers]
        return found

    @cached_property
    def _generators(self) -> IntArray:
        return generator.generators()

    @cached_property
    def _numbers(self) -> dict[tuple[int, ...], int]:
        """Of every generator, by its choices."""
        return {tuple(row[:-1]): number for number, row in enumerate(self._generators.tolist())}

    @cached_property
    def _begins(self) -> IntArray:
        """Positions at which the graphs of each generator begin, and the end of all."""
        graphs = np.where(generator.active(self._generators)[:, -1], GRAPHS, 1)
        return np.concatenate([[0], np.cumsum(graphs)])

    def best(self, scores: Scores) -> Generated:
        """Of all architectures, as parameters and graphs depend on several decisions."""
        choices, worth = self.choices(), np.zeros(len(self))
        active = generator.active(choices)
        for place, options in enumerate(read_scores(self.decisions, scores)):
            worth += np.where(active[:, place], np.array(options)[choices[:, place]], 0.0)
        return self.at(int(worth.argmax()))

    # --- sampling by the nodes at the bottom ---

    def stratum(self, architecture: Generated) -> int:
        """Whether there are three, four or five nodes at the bottom."""
        return self.to_choices(architecture)[_BOTTOM]

    def sample_of_stratum(self, generator: np.random.Generator, stratum: int) -> Generated:
        """An architecture of so many nodes at the bottom, every parameter that makes a difference drawn uniformly.

        In the enumeration, small graphs are few, as they have fewer parameters.

        Raises:
            ValueError: no integer from 0 to 2.
        """
        choices = [int(generator.integers(len(decision.options))) for decision in self.decisions]
        choices[_BOTTOM] = index(stratum, self.strata, "stratum:")
        return self.from_choices(choices)

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

    def network(self, architecture: Generated, *, wiring: str = HIERARCHICAL, **options: Any) -> HierarchyNetwork:
        """The stand-alone network, or its control; the options are those of `HierarchyNetwork`."""
        from nasrank.spaces.nago.network import HierarchyNetwork

        return HierarchyNetwork(wired(architecture, wiring), **options)

    def supernet(self, **options: Any) -> NagoSuperNet:
        """Shared weights for all graphs; the options are those of `NagoSuperNet`."""
        from nasrank.spaces.nago.supernet import NagoSuperNet

        return NagoSuperNet(**options)

    def cost(self, architecture: Generated, *, wiring: str = HIERARCHICAL, **macro: int) -> Cost:
        """Of the network, or of its control; the options and their defaults are those of `network_cost`."""
        return network_cost(wired(architecture, wiring), **macro)


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
