"""How the shared weights are trained: one file a strategy."""

from __future__ import annotations

from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.strategy import Strategy

__all__ = ["STRATEGIES", "Strategy"]
