"""Tasks: what is learned from a data set."""

from __future__ import annotations

from nasrank.bench.tasks.task import TASKS, Score, Task

__all__ = ["TASKS", "Score", "Task"]
