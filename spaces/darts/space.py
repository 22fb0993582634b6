"""DARTS's convolutional cells as a `SearchSpace`: 1.0767e18 pairs of a normal and a reduction cell [Liu2019].

Each of the 14 edges of a cell has one of eight operations, `none` among them, and an architecture has exactly two edges
other than none into each of the four nodes of both cells. So a hard path is an architecture as DARTS derives it, and a
soft path, which may have weights on everything, is the mixture that DARTS trains.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nasrank.spaces.darts import enumeration, genotype, isomorphism, moves, notation, rules, strata
from nasrank.spaces.darts.costs import network_cost
from nasrank.spaces.darts.genotype import EDGES, INPUTS, KINDS, OPERATIONS, Cell, Genotype
from nasrank.spaces.decisions import Decision, Scores, read_scores
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.integers import IntArray
from nasrank.spaces.registry import SPACES
from nasrank.spaces.space import Cost, OpGraph

if TYPE_CHECKING:
    from nasrank.spaces.darts.network import GenotypeNetwork
    from nasrank.spaces.darts.options import DartsNetworkOptions, DartsSuperNetOptions
    from nasrank.spaces.darts.supernet import GenotypeSuperNet


class Darts(Enumerated[Genotype]):
    """Twenty-eight decisions, one operation of eight on each edge of both cells.

    Attributes:
        strata: how many numbers of convolutions there are, from none of the sixteen operations to all of them.
    """

    name = "darts"
    reference = "Liu2019"
    value_type = Genotype
    decisions = tuple(
        Decision(f"{kind} {source}->{target}", OPERATIONS, free=False, into=f"{kind} node {target}")
        for kind in KINDS
        for source, target in EDGES
    )
    mutual_neighbours = True
    found_by_chance = False
    passes_per_mixture = 12
    """A mixture computes seven operations on fourteen edges, 98 in a cell, and a path eight."""
    strata = strata.STRATA

    # --- values and choices ---

    def from_choices(self, choices: Sequence[int]) -> Genotype:
        return genotype.from_choices(choices)

    def to_choices(self, architecture: Genotype) -> tuple[int, ...]:
        return architecture.normal.choices + architecture.reduce.choices

    def open_options(self, chosen: Sequence[int]) -> Sequence[bool]:
        return rules.open_options(chosen)

    def parse(self, text: str) -> Genotype:
        return notation.parse(text)

    def key(self, architecture: Genotype) -> str:
        """The least of the architectures that are this one but for the numbers of nodes, as a text."""
        return str(Genotype(*map(isomorphism.canonical, architecture.cells)))

    def traits(self, architecture: Genotype) -> dict[str, int]:
        """How many of the sixteen operations are convolutions."""
        return {"convolutions": architecture.convolutions}

    def graph(self, architecture: Genotype) -> OpGraph:
        """The operations of both cells side by side, each joined to those that it is applied to.

        Each cell's inputs are nodes of their own, and all of its operations lead to the output.
        """
        labels, links = ["input"], list[tuple[int, int]]()
        for kind, cell in zip(KINDS, architecture.cells, strict=True):
            arriving: dict[int, list[int]] = {}
            for place in range(INPUTS):
                links.append((0, len(labels)))
                arriving[place] = [len(labels)]
                labels.append(f"{kind} input {place}")
            for operation, source, target in cell.edges:
                links += [(before, len(labels)) for before in arriving[source]]
                arriving.setdefault(target, []).append(len(labels))
                labels.append(OPERATIONS[operation])
        operations = [place for place, label in enumerate(labels) if label in OPERATIONS]
        links += [(place, len(labels)) for place in operations]
        return OpGraph((*labels, "output"), tuple(sorted(links)))

    # --- networks ---

    @property
    def options(self) -> type[DartsSuperNetOptions]:
        from nasrank.spaces.darts.options import DartsSuperNetOptions

        return DartsSuperNetOptions

    @property
    def network_options(self) -> type[DartsNetworkOptions]:
        from nasrank.spaces.darts.options import DartsNetworkOptions

        return DartsNetworkOptions

    def network(self, architecture: Genotype, **options: Any) -> GenotypeNetwork:
        """The stand-alone network; the options are those of `GenotypeNetwork`."""
        from nasrank.spaces.darts.network import GenotypeNetwork

        return GenotypeNetwork(architecture, **options)

    def supernet(self, **options: Any) -> GenotypeSuperNet:
        """Shared weights for all architectures; the options are those of `GenotypeSuperNet`."""
        from nasrank.spaces.darts.supernet import GenotypeSuperNet

        return GenotypeSuperNet(**options)

    def cost(self, architecture: Genotype, **macro: int) -> Cost:
        """Computed from the operations; the options and their defaults are those of `network_cost`."""
        return network_cost(architecture, **macro)

    # --- enumeration ---

    def __len__(self) -> int:
        return enumeration.ARCHITECTURES

    def at(self, position: int) -> Genotype:
        return enumeration.at(self._inside(position))

    def position(self, architecture: Genotype) -> int:
        return enumeration.position(architecture)

    def choices(self, positions: IntArray | None = None) -> IntArray:
        if positions is None:
            self.refuse_listing()
        return enumeration.choices(self._all_inside([] if positions is None else positions))

    @property
    def knows_classes(self) -> bool:
        """By a formula, see `isomorphism.cell_classes`."""
        return True

    @property
    def classes(self) -> int:
        return prod([isomorphism.cell_classes()] * len(KINDS))

    def random_class_choices(self, generator: np.random.Generator) -> list[int]:
        """As `Enumerated` has it, without the list of all classes.

        A cell that is one of several isomorphic ones is drawn as many times as often, and kept as much less often.
        """
        cells: list[Cell] = []
        while len(cells) < len(KINDS):
            drawn = self.at(int(generator.integers(len(self)))).normal
            if generator.random() * isomorphism.members(drawn) < 1:
                cells.append(drawn)
        return list(self.to_choices(Genotype(*cells)))

    # --- moving about ---

    def mutate_choices(
        self, choices: Sequence[int], generator: np.random.Generator, probability: float
    ) -> tuple[int, ...]:
        """Each edge other than none drawn anew with this probability, see `moves.mutated_choices`."""
        return moves.mutated_choices(choices, generator, probability)

    def cross_choices(
        self, one: Sequence[int], other: Sequence[int], generator: np.random.Generator
    ) -> tuple[int, ...]:
        """The edges into each node from either parent, so that a child of two architectures is one."""
        return moves.crossed_choices(one, other, generator)

    def neighbours(self, architecture: Genotype) -> list[Genotype]:
        """The 120 with another operation on one edge, or with one edge moved to another source of its node."""
        return moves.neighbours(architecture)

    def mutate(self, architecture: Genotype, generator: np.random.Generator) -> Genotype:
        """A uniformly chosen neighbour."""
        neighbours = self.neighbours(architecture)
        return neighbours[generator.integers(len(neighbours))]

    # --- what the scores of options speak for ---

    def best(self, scores: Scores) -> Genotype:
        """The architecture of greatest total score, that of `none` counting on each edge that it has not."""
        return rules.greatest_sum(read_scores(self.decisions, scores))

    def derived(self, scores: Scores) -> Genotype:
        """What DARTS itself derives: in each node the two edges whose best option other than none scores highest.

        Args:
            scores: as for `best`. They are compared between edges, as softmax weights and their logs can be.
        """
        return rules.derived(read_scores(self.decisions, scores))

    # --- sampling by the number of convolutions ---

    def stratum(self, architecture: Genotype) -> int:
        """How many of the sixteen operations are convolutions."""
        return self.traits(architecture)["convolutions"]

    def sample_of_stratum(self, generator: np.random.Generator, stratum: int) -> Genotype:
        """An architecture drawn uniformly from those with so many convolutions.

        Raises:
            ValueError: no integer from 0 to 16.
        """
        return strata.sample(generator, stratum)


SPACES.register(Darts())
