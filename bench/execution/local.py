"""Processes of this machine, each of which does one task at a time."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome
from nasrank.bench.execution.process_pool import context, one_thread_workers
from nasrank.bench.execution.watch import NO_FIGURES, STEP, STEPS, Figures, Watch, telling

_LATENCY = 0.2
"""Seconds between two looks at what has been done."""

_REPORTED_EVERY = 0.3
"""Seconds after which a task says anew how far it is; other figures, such as a loss now and then, go out at once."""

_reports: Any = None  # in a worker: the queue to the parent


@EXECUTORS.register
class Local(Executor):
    """What the system kills, for instance for want of memory, costs the task that it was doing and no other."""

    name = "local"

    @classmethod
    def as_usual(cls) -> Self:
        """A process for each core."""
        return cls(os.cpu_count() or 1)

    def __enter__(self) -> Self:
        self._ending = ExitStack()
        self._reports: Any = context.Queue()
        self._workers = self._ending.enter_context(one_thread_workers(self.jobs, _keep_reports, self._reports))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.__exit__(kind, error, traceback)

    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        self._workers.submit(task, _run, task, function, arguments)

    def outcomes(self, watch: Watch) -> Iterator[Outcome]:
        ended = set()
        while self._workers.busy:
            for task, share, figures in self._told():
                if task not in ended:  # its last report may come after its result
                    telling(watch.progress, task)(share, figures)
            for one in self._workers.finished(0):
                ended.add(one.task)
                yield Outcome(one.task, one.result, "its worker was killed" if one.killed else "")

    def _told(self) -> list[tuple[str, float, Figures]]:
        found = []
        try:
            found.append(self._reports.get(timeout=_LATENCY))
            while True:
                found.append(self._reports.get_nowait())
        except queue.Empty:
            return found


def _keep_reports(reports: Any) -> None:
    global _reports
    _reports = reports
    reports.cancel_join_thread()  # unread progress is no reason to stay


def _run(task: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    last = 0.0
    untold: dict[str, Any] = {}

    def progress(share: float, figures: Figures = NO_FIGURES, /) -> None:
        nonlocal last
        untold.update(figures)
        if figures.keys() - {STEP, STEPS} or time.monotonic() - last > _REPORTED_EVERY:
            last = time.monotonic()
            _reports.put((task, share, dict(untold)))
            untold.clear()

    return function(*arguments, progress=progress)
