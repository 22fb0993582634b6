"""Where work is done: executors know callables and nothing of NAS."""

from __future__ import annotations

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome
from nasrank.bench.execution.watch import Watch

__all__ = ["EXECUTORS", "Executor", "Outcome", "Watch"]
