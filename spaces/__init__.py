"""Search spaces: what can be built. Importing this package does not import torch."""

from __future__ import annotations

from nasrank.spaces.decisions import Condition, Decision
from nasrank.spaces.enumerated import Enumerated
from nasrank.spaces.registry import SPACES, get_enumerated, get_space
from nasrank.spaces.space import Cost, OpGraph, SearchSpace

__all__ = [
    "SPACES",
    "Condition",
    "Cost",
    "Decision",
    "Enumerated",
    "OpGraph",
    "SearchSpace",
    "get_enumerated",
    "get_space",
]
