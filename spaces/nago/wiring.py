"""The graphs that generators make: sampled, written in one way whatever the order of their nodes, and walked through.

Every node of every level has a graph of its own. Its seed is a digest of the generator, the number of the graph and the
place of the node, so that an architecture is the same in every process, whatever was built before. The authors' code
counts up one seed for all that a process builds.

An undirected edge between nodes i < j leads from i to j. Nodes that nothing leads to take what enters the graph, and
what leaves it is the mean of those that lead nowhere.

References:
    [Xie2019] Xie et al., "Exploring Randomly Wired Neural Networks for Image Recognition", ICCV 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, permutations
from typing import Final, TypeAlias

from nasrank.spaces.nago.generator import Generated, RandomGraph, SmallWorld

TRIES = 200
"""Graphs that are drawn before none is held to be connected, as many as in the authors' code."""

STAGES = 3

HIERARCHICAL: Final = "hierarchical"
FLAT: Final = "flat"
WIRINGS = (HIERARCHICAL, FLAT)

FLAT_WORLD = (4, 0.75)
"""Neighbours and rewiring of the control, with which randomly wired networks were the most accurate [Xie2019]."""

Edges: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, order=True)
class Dag:
    """Nodes from 0 on and edges `(source, target)` between them, source < target, in ascending order."""

    nodes: int
    edges: Edges

    @cached_property
    def sources(self) -> tuple[tuple[int, ...], ...]:
        """Of each node, those that lead to it."""
        return tuple(tuple(one for one, target in self.edges if target == node) for node in range(self.nodes))

    @cached_property
    def sinks(self) -> tuple[int, ...]:
        """Nodes that lead nowhere."""
        return tuple(sorted(set(range(self.nodes)) - {source for source, _ in self.edges}))

    @cached_property
    def merging(self) -> Edges:
        """Edges into nodes that several lead to."""
        return tuple((source, target) for source, target in self.edges if len(self.sources[target]) > 1)

    @classmethod
    def complete(cls, nodes: int) -> Dag:
        """With all edges that there can be."""
        return cls(nodes, tuple(combinations(range(nodes), 2)))


@dataclass(frozen=True, order=True)
class Hierarchy:
    """A graph whose nodes are graphs of graphs.

    Attributes:
        top: the outermost one.
        middles: of each node of the top.
        bottoms: of each node of each of these.
    """

    top: Dag
    middles: tuple[Dag, ...]
    bottoms: tuple[tuple[Dag, ...], ...]

    @cached_property
    def stages(self) -> tuple[int, ...]:
        """Of each node of the top, its third of them all, which decides resolution and width.

        In the authors' configuration the stages' ratios are 1:1:1 where thirds are meant, so that only networks of
        three nodes get beyond the first stage.
        """
        return tuple(STAGES * node // self.top.nodes for node in range(self.top.nodes))

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """How many nodes of the bottom there are in each node of the top."""
        return tuple(sum(bottom.nodes for bottom in bottoms) for bottoms in self.bottoms)

    @cached_property
    def resized(self) -> tuple[tuple[int | None, int | None], ...]:
        """Edges of the top over which the width changes; None stands for the stem, and for the output.

        The stem is as wide as the first stage, and the output as the last.
        """
        nodes = range(self.top.nodes)
        entering = [(None, node) for node in nodes if not self.top.sources[node] and self.stages[node]]
        leaving = [(node, None) for node in self.top.sinks if self.stages[node] < STAGES - 1]
        between = [(one, other) for one, other in self.top.edges if self.stages[one] < self.stages[other]]
        return (*entering, *between, *leaving)


# --- sampling ---


def _seed(text: str) -> int:
    from hashlib import sha256  # four megabytes, which opening a table does not need

    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def small_world(parameters: SmallWorld, text: str) -> Dag:
    """A connected one; the text decides which.

    Raises:
        ValueError: none of `TRIES` graphs was connected.
    """
    from networkx import NetworkXError, connected_watts_strogatz_graph

    nodes, joined = parameters.nodes, min(parameters.neighbours, parameters.nodes - 1)
    try:
        found = connected_watts_strogatz_graph(nodes, joined, parameters.rewiring, tries=TRIES, seed=_seed(text))
    except NetworkXError as error:
        raise ValueError(f"none of {TRIES} small-world graphs ({parameters}) is connected") from error
    return _directed(nodes, found.edges)


def random_graph(parameters: RandomGraph, text: str) -> Dag:
    """A connected one; the text decides which, and a number behind it which of those that are drawn until one is.

    Raises:
        ValueError: none of `TRIES` was connected.
    """
    from networkx import erdos_renyi_graph, is_connected

    for draw in range(TRIES):
        found = erdos_renyi_graph(parameters.nodes, parameters.density or 1.0, seed=_seed(f"{text} {draw}"))
        if is_connected(found):
            return _directed(parameters.nodes, found.edges)
    raise ValueError(f"none of {TRIES} random graphs ({parameters}) is connected")


def _directed(nodes: int, edges: Sequence[tuple[int, int]]) -> Dag:
    return Dag(nodes, tuple(sorted((min(edge), max(edge)) for edge in edges)))


def sampled(architecture: Generated) -> Hierarchy:
    """The graph of an architecture."""
    text = f"{architecture.generator} {architecture.graph}"
    return _sampled(architecture.top, architecture.middle, architecture.bottom, text)


@lru_cache(maxsize=20_000)
def _sampled(top: SmallWorld, middle: RandomGraph, bottom: SmallWorld, text: str) -> Hierarchy:
    outer = small_world(top, f"{text} top")
    middles = tuple(random_graph(middle, f"{text} middle {node}") for node in range(outer.nodes))
    bottoms = tuple(
        tuple(small_world(bottom, f"{text} bottom {node} {inner}") for inner in range(dag.nodes))
        for node, dag in enumerate(middles)
    )
    return Hierarchy(outer, middles, bottoms)


def wired(architecture: Generated, wiring: str = HIERARCHICAL) -> Hierarchy:
    """The graph of an architecture's network: its own, or that of its control; ValueError for another wiring."""
    if wiring not in WIRINGS:
        raise ValueError(f"wiring is {' or '.join(WIRINGS)}, not {wiring!r:.80}")
    return sampled(architecture) if wiring == HIERARCHICAL else control(architecture)


@lru_cache(maxsize=20_000)
def control(architecture: Generated) -> Hierarchy:
    """Random wiring without a hierarchy, the paper's control, of as many convolutions as an architecture has.

    Three stages in a row share them, each one small world of its own that the architecture decides.
    """
    leaves = sum(sampled(architecture).leaves)
    sizes = [leaves // STAGES + (stage < leaves % STAGES) for stage in range(STAGES)]
    worlds = [SmallWorld(size, *FLAT_WORLD) for size in sizes]
    bottoms = tuple((small_world(one, f"flat {architecture} {stage}"),) for stage, one in enumerate(worlds))
    return Hierarchy(Dag(STAGES, ((0, 1), (1, 2))), (Dag(1, ()),) * STAGES, bottoms)


# --- isomorphism ---


def canonical(hierarchy: Hierarchy) -> str:
    """The same text for graphs that differ only in how nodes are ordered, at any level; for graphs of a few nodes."""
    inner = [
        f"{stage}{_least(middle, tuple(_least(bottom, ('',) * bottom.nodes) for bottom in bottoms))}"
        for stage, middle, bottoms in zip(hierarchy.stages, hierarchy.middles, hierarchy.bottoms, strict=True)
    ]
    return _least(hierarchy.top, tuple(inner))


@lru_cache(maxsize=20_000)
def _least(dag: Dag, labels: tuple[str, ...]) -> str:
    """The least of all ways to write a graph in which edges ascend."""
    found = []
    for order in permutations(range(dag.nodes)):
        place = {node: number for number, node in enumerate(order)}
        edges = [(place[source], place[target]) for source, target in dag.edges]
        if all(source < target for source, target in edges):
            found.append((sorted(edges), [labels[node] for node in order]))
    edges, written = min(found)
    return f"[{' '.join(f'{source}>{target}' for source, target in edges)}|{','.join(written)}]"


# --- ways ---


@dataclass(frozen=True)
class Ways:
    """How many ways lead through a graph.

    Attributes:
        to: each node.
        after: each node, on to the end.
        total: from the beginning to the end.
    """

    to: tuple[int, ...]
    after: tuple[int, ...]
    total: int


def ways_through(dag: Dag, inside: Sequence[int]) -> Ways:
    """Where so many ways lead through each node."""
    to, after = [1] * dag.nodes, [1] * dag.nodes
    for node, sources in enumerate(dag.sources):
        if sources:
            to[node] = sum(to[source] * inside[source] for source in sources)
    for node in reversed(range(dag.nodes)):
        targets = [target for source, target in dag.edges if source == node]
        if targets:
            after[node] = sum(inside[target] * after[target] for target in targets)
    return Ways(tuple(to), tuple(after), sum(to[sink] * inside[sink] for sink in dag.sinks))
