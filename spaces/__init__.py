"""Search spaces: what can be built. Importing this package does not import torch."""

from __future__ import annotations

from typing import Any

from nasrank.spaces.nb101.space import NasBench101
from nasrank.spaces.nb201.space import NasBench201
from nasrank.spaces.nb201_activations.space import NasBench201Activations
from nasrank.spaces.space import Cost, Decision, OpGraph, SearchSpace

SPACES: dict[str, SearchSpace[Any]] = {
    space.name: space for space in (NasBench201(), NasBench101(), NasBench201Activations())
}
"""Every registered space by name. To add one: write its folder and add its class to this tuple."""


def get_space(name: str) -> SearchSpace[Any]:
    """The space registered under this name; ValueError lists the known ones."""
    if name not in SPACES:
        raise ValueError(f"unknown search space {name!r}; known are {', '.join(sorted(SPACES))}")
    return SPACES[name]


__all__ = ["SPACES", "Cost", "Decision", "OpGraph", "SearchSpace", "get_space"]
