"""Products of laws, of what keeps them and of where, of which every pair of values is tried by default.

What breaks a law breaks it for one value or for two together. So it does to try each pair once: a law of each
estimator on one space in turn, of each space with one estimator. The others are marked `exhaustive` and run before a
release; see CONTRIBUTING.md.
"""

from __future__ import annotations

import pytest

EXHAUSTIVE = (pytest.mark.exhaustive,)


def turn(*places: int, of: int) -> bool:
    """Whether it is the turn of the values at these places of their axes, one of so many in each row of a product.

    Where the last axis has `of` values, every pair of values of two axes is had by one of those whose turn it is.
    """
    return sum(places) % of == 0


def in_turn(*places: int, of: int) -> tuple[pytest.MarkDecorator, ...]:
    """Marks of a parameter: that it is for exhaustive runs, unless it is its turn."""
    return () if turn(*places, of=of) else EXHAUSTIVE
