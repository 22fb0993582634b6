"""What the networks of recurrent cells cost: all the same, as each has as many nodes of one size."""

from __future__ import annotations

from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.recurrent.cell import NODES
from nasrank.spaces.space import Cost

WIDTH, TOKENS, LENGTH = 64, 50, 32
"""Of a state; of the vocabulary and of a window of the characters of the Penn Treebank."""


def network_cost(*, width: int = WIDTH, tokens: int = TOKENS, length: int = LENGTH) -> Cost:
    """Parameters, and multiply-adds of one window; the embedding is looked up, and multiplies at the end alone.

    Args:
        width: of a state.
        tokens: of the vocabulary.
        length: tokens of a window.

    Raises:
        ValueError: a size is no integer or below one.
    """
    refuse_sizes(width=width, tokens=tokens, length=length)
    cell = (2 + NODES) * width * 2 * width
    return Cost(cell + tokens * width + tokens, length * (cell + tokens * width))
