"""Which architecture the scores of all options on all edges speak for: two rules.

`greatest_sum` is the architecture whose options have the greatest total score, that of `none` counting on each edge
that it has not. `derived` is DARTS's own rule [Liu2019], for which `none` is out of the question: a node keeps the two
edges whose best other operation scores highest. In the paper the scores are softmax weights; their logs, or whatever
else increases with them alike on all edges, derive the same.

References:
    [Liu2019] Liu, Simonyan & Yang, "DARTS: Differentiable Architecture Search", ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nasrank.spaces.darts.genotype import EDGES, NODES, NONE, OPERATIONS, Cell, Edge, Genotype, Node

Gain = Callable[[Sequence[float], int], float]
"""What speaks for an edge, by the scores of its options and its best operation."""

EDGES_INTO_NODE = 2
"""That are not none."""


def greatest_sum(tables: Sequence[Sequence[float]]) -> Genotype:
    """The architecture of greatest total score, of equal ones that with the lower sources and operations.

    Args:
        tables: scores of the options of every decision, finite.
    """
    return _best(tables, lambda scores, operation: scores[operation] - scores[NONE])


def derived(tables: Sequence[Sequence[float]]) -> Genotype:
    """What DARTS derives, of equal options that with the lower sources and operations."""
    return _best(tables, lambda scores, operation: scores[operation])


def _best(tables: Sequence[Sequence[float]], gain: Gain) -> Genotype:
    normal, reduce = tables[: len(EDGES)], tables[len(EDGES) :]
    return Genotype(_best_cell(normal, gain), _best_cell(reduce, gain))


def _best_cell(tables: Sequence[Sequence[float]], gain: Gain) -> Cell:
    into: dict[int, list[tuple[float, Edge]]] = {node: [] for node in NODES}
    for (source, target), scores in zip(EDGES, tables, strict=True):
        operation = max(range(NONE + 1, len(scores)), key=scores.__getitem__)
        into[target].append((gain(scores, operation), (operation, source)))
    nodes: list[Node] = []
    for candidates in into.values():
        (_, one), (_, other) = sorted(candidates, key=lambda candidate: -candidate[0])[:EDGES_INTO_NODE]
        nodes.append((one, other))
    return Cell(tuple(nodes))


def open_options(chosen: Sequence[int]) -> tuple[bool, ...]:
    """Of the next edge, which operations leave its node two edges that are not none.

    `none` as long as those to come suffice, and anything else as long as there are not two of them yet.
    """
    place = len(chosen) % len(EDGES)
    target = EDGES[place][1]
    before = sum(end == target for _, end in EDGES[:place])
    taken = sum(operation != NONE for operation in chosen[len(chosen) - before :])
    left = sum(end == target for _, end in EDGES[place + 1 :])
    return tuple(
        taken + left >= EDGES_INTO_NODE if operation == NONE else taken < EDGES_INTO_NODE
        for operation in range(len(OPERATIONS))
    )
