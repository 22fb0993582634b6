"""Search spaces: what can be built. Importing this package does not import torch."""

from __future__ import annotations

from nasrank.spaces.registry import SPACES, get_space
from nasrank.spaces.space import Cost, Decision, OpGraph, SearchSpace

__all__ = ["SPACES", "Cost", "Decision", "OpGraph", "SearchSpace", "get_space"]
