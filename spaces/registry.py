"""Every search space by name. To add one: a folder here whose `space.py` registers it, or a plugin that does.

Other folders hold what several spaces share.
"""

from __future__ import annotations

from typing import Any

from nasrank.bench.foundation.registry import Registry
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.space import SearchSpace

SPACES: Registry[SearchSpace[Any]] = Registry("search space", "nasrank.spaces", within="space")


def get_space(name: str) -> SearchSpace[Any]:
    """The space registered under this name; ValueError lists the known ones."""
    return SPACES.named(name)


def get_enumerated(name: str) -> Enumerated[Any]:
    """The same, for what goes by positions; ValueError where the space is not an enumerated one."""
    space = get_space(name)
    if not isinstance(space, Enumerated):
        raise ValueError(f"this needs an enumerated space, and {name} is none: its architectures have no positions")
    return space
