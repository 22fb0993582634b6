"""What is decided about a NAS-Bench-101 cell: 21 edges between seven vertices, and five operations."""

from __future__ import annotations

from collections.abc import Sequence

from nasrank.spaces.decisions import Decision
from nasrank.spaces.integers import indices
from nasrank.spaces.nb101.cell import MAX_VERTICES, OPERATIONS, edge_bit

EDGES = tuple((source, target) for target in range(1, MAX_VERTICES) for source in range(target))
"""Edges between seven vertices in the order of their bits."""

DECISIONS = (
    *(
        Decision(f"edge {source}->{target}", ("absent", "present"), free=False, into=f"vertex {target}")
        for source, target in EDGES
    ),
    *(Decision(f"vertex {vertex}", OPERATIONS) for vertex in range(1, MAX_VERTICES - 1)),
)

_COUNTS = [len(one.options) for one in DECISIONS]
_PLACES = [f"{one.name}:" for one in DECISIONS]


def read_choices(choices: Sequence[int]) -> tuple[int, Sequence[int]]:
    """Edge bits between seven vertices, and the operations of all five interior ones, whatever they make.

    Raises:
        ValueError: not one option a decision, or one that is no integer in its range.
    """
    if len(choices) != len(DECISIONS):
        raise ValueError(f"nb101 has {len(DECISIONS)} decisions, not {len(choices)}")
    chosen = indices(choices, _COUNTS, _PLACES, what="option")
    present, operations = chosen[: len(EDGES)], chosen[len(EDGES) :]
    return sum(edge_bit(*edge) for edge, there in zip(EDGES, present, strict=True) if there), operations
