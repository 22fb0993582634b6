"""Training strategies by name. To add one: a file here that registers it, or a plugin that does."""

from __future__ import annotations

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.training.strategies.strategy import Strategy

STRATEGIES: Registry[type[Strategy]] = Registry("strategy", "nasrank.bench.training.strategies")
