"""Products of laws, of what keeps them and of where, of which a part is tried by default, in turn.

What breaks a law breaks it for one value or for two together: a law of each estimator on one space, of each space with
one estimator. A Latin square of three axes has every pair of values; where an axis is shorter, or some values do not go
together, it has each value, and most pairs. The others are marked `exhaustive` and run before a release; see
CONTRIBUTING.md.
"""

from __future__ import annotations

import pytest

EXHAUSTIVE = (pytest.mark.exhaustive,)


def turn(*places: int, of: int) -> bool:
    """Whether it is the turn of the values at these places of their axes, one of so many in each row of a product.

    With three axes of at least `of` values, the last of just so many, every pair of values has its turn.
    """
    return sum(places) % of == 0


def in_turn(*places: int, of: int) -> tuple[pytest.MarkDecorator, ...]:
    """Marks of a parameter: that it is for exhaustive runs, unless it is its turn."""
    return () if turn(*places, of=of) else EXHAUSTIVE
