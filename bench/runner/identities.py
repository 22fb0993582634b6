"""When two architectures count as the same."""

from __future__ import annotations

from typing import Any

from spaces import SearchSpace


def identities(space: SearchSpace[Any], position: int) -> set[str]:
    """What the benchmark holds equal, and what shared weights cannot tell apart; neither is finer than the other."""
    architecture = space.at(position)
    return {space.canonical(architecture), space.canonical(space.functional(architecture, silence_is_zero=True))}
