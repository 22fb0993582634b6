"""This process: one task after the other, for notebooks, debuggers and systems without processes to spare."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome
from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.execution.watch import Watch, telling


@EXECUTORS.register
class Here(Executor):
    """Gives the same bytes as processes do."""

    name = "here"

    def __init__(self, jobs: int = 1) -> None:
        """Raises ValueError for more jobs than one."""
        super().__init__(jobs)
        if jobs > 1:
            raise ValueError(f"jobs = {jobs}; this process does one task at a time")
        self._waiting: deque[tuple[str, Callable[..., Any]]] = deque()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._waiting.clear()

    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        self._waiting.append((task, partial(function, *arguments)))

    def outcomes(self, watch: Watch) -> Iterator[Outcome]:
        while self._waiting:
            task, function = self._waiting.popleft()
            with one_thread():
                result = function(progress=telling(watch.progress, task))
            yield Outcome(task, result)
