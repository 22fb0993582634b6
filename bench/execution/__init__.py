"""Where work is done: executors know callables and nothing of NAS."""

from __future__ import annotations

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome, Resources, remote
from nasrank.bench.execution.watch import NO_FIGURES, Figures, Passing, Progress, Released, Watch, telling

__all__ = [
    "EXECUTORS",
    "NO_FIGURES",
    "Executor",
    "Figures",
    "Outcome",
    "Passing",
    "Progress",
    "Released",
    "Resources",
    "Watch",
    "remote",
    "telling",
]
