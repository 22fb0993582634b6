"""Where work is done: executors know callables and nothing of NAS."""

from __future__ import annotations

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome, Resources
from nasrank.bench.execution.watch import NO_FIGURES, Figures, Passing, Progress, Watch, telling

__all__ = [
    "EXECUTORS",
    "NO_FIGURES",
    "Executor",
    "Figures",
    "Outcome",
    "Passing",
    "Progress",
    "Resources",
    "Watch",
    "telling",
]
