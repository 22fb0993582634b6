"""How to move about DARTS's space, where most combinations of options make no architecture.

Single choices cannot change alone: an edge that goes has to come back from elsewhere. So a step is another operation on
an edge, or an edge that is moved to another source of its node, and parents are crossed node by node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from nasrank.spaces.darts.genotype import EDGES, KINDS, NODES, NONE, OPERATIONS, Cell, Edge, Genotype, Node

SLICES = tuple(
    slice(start + node * (node - 1) // 2 - 1, start + node * (node + 1) // 2 - 1)
    for start in range(0, len(KINDS) * len(EDGES), len(EDGES))
    for node in NODES
)
"""Where the edges into each node stand among the decisions."""


def neighbouring_nodes(node: int, edges: Node) -> Iterator[Node]:
    """The node with another operation on one edge, or with one edge from a source that it has no edge from."""
    for kept, (operation, source) in ((edges[1], edges[0]), (edges[0], edges[1])):
        for other in range(1, len(OPERATIONS)):
            if other != operation:
                yield kept, (other, source)
        for other in range(node):
            if other not in (source, kept[1]):
                yield kept, (operation, other)


def neighbours(genotype: Genotype) -> list[Genotype]:
    """The 120 that are one step away: 96 by another operation, 24 by a moved edge."""
    found = []
    for kind, cell in zip(KINDS, genotype.cells, strict=True):
        for place, (node, edges) in enumerate(zip(NODES, cell.nodes, strict=True)):
            for other in neighbouring_nodes(node, edges):
                changed = Cell((*cell.nodes[:place], other, *cell.nodes[place + 1 :]))
                found.append(replace(genotype, **{kind: changed}))
    return found


def mutated_choices(choices: Sequence[int], generator: np.random.Generator, probability: float) -> tuple[int, ...]:
    """Each edge other than none drawn anew with this probability: its operation, and its source.

    The source is any that the node's other edge does not have. Both edges of a node are drawn in turn, so that an
    architecture stays one. Where the choices make none, a node has as many edges as it had.
    """
    mutant = list(choices)
    for part in SLICES:
        edges = [source for source, operation in enumerate(mutant[part]) if operation != NONE]
        for place in np.flatnonzero(generator.random(len(edges)) < probability).tolist():
            old, into = edges[place], mutant[part]
            free = [source for source, operation in enumerate(into) if operation == NONE or source == old]
            into[old] = NONE
            edges[place] = new = free[generator.integers(len(free))]
            into[new] = int(generator.integers(1, len(OPERATIONS)))
            mutant[part] = into
    return tuple(mutant)


def crossed_choices(one: Sequence[int], other: Sequence[int], generator: np.random.Generator) -> tuple[int, ...]:
    """The edges into each node from either parent, with equal probability: a child of architectures is one."""
    from_other = generator.random(len(SLICES)) < 0.5
    child: list[int] = []
    for part, second in zip(SLICES, from_other, strict=True):
        child += (other if second else one)[part]
    return tuple(child)


def random_node(node: int, operations: Sequence[int], generator: np.random.Generator) -> Node:
    """Both operations, in this order by source, applied to a random pair of sources."""
    first, second = sorted(generator.choice(node, size=2, replace=False).tolist())
    edges: tuple[Edge, Edge] = ((operations[0], first), (operations[1], second))
    return edges
