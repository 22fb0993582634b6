"""When two architectures count as the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from nasrank.spaces import SearchSpace


@lru_cache(maxsize=2**17)  # a report asks for those of thousands, several times
def identities(space: SearchSpace[Any], architecture: Any) -> frozenset[str]:
    """What the benchmark holds equal, and what shared weights cannot tell apart; neither is finer than the other."""
    shared = space.functional(architecture, silence_is_zero=True)
    return frozenset((space.key(architecture), space.key(shared)))
