"""Any number of `nasrank work` processes that share a folder, on this machine and on others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome, Resources
from nasrank.bench.execution.shared_folder.beating import period
from nasrank.bench.execution.shared_folder.children import Children
from nasrank.bench.execution.shared_folder.driver import Driver
from nasrank.bench.execution.shared_folder.queue import Queue
from nasrank.bench.execution.shared_folder.worker import LEASE
from nasrank.bench.execution.watch import Watch

_LATENCY = 0.2
"""Seconds between two looks at what has been done."""


@EXECUTORS.register
class Workers(Executor):
    """Offers tasks in the folder of the report; whoever runs `nasrank work` for it does some.

    A task whose worker dies is taken over by another one, and what is finished is kept, also when the driver is killed.
    """

    name = "workers"
    knows = frozenset({"lease"})

    def __init__(self, folder: Path, processes: int = 0, lease: float = LEASE) -> None:
        """For the folder of a report.

        Args:
            processes: workers to start on this machine.
            lease: seconds without a sign of life after which a task is taken over.
        """
        super().__init__(max(processes, 1))
        self._home, self._lease, self._processes = folder, lease, processes
        self.scratch = Queue(folder).checkpoints
        self._tasks: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = []
        self._driver: Driver | None = None
        self._children = Children(folder, processes)
        self._watch = Watch()

    @classmethod
    def as_usual(cls) -> Self:
        raise ValueError("the executor 'workers' needs a folder that all machines see")

    @classmethod
    def with_resources(cls, asked: Resources) -> Self:
        cls.refuse_useless(asked)
        if asked.folder is None:
            return cls.as_usual()
        if asked.jobs is not None and asked.jobs < 1:
            raise ValueError(f"jobs = {asked.jobs}; an executor does at least one task at a time")
        return cls(asked.folder, asked.jobs or 0, asked.lease or LEASE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tasks.clear()
        driver = self._driver
        if driver is None:
            return
        if kind is None and not driver.left:
            driver.pause()
            return
        self._children.end(driver.release)
        if kind is None or issubclass(kind, Exception):
            driver.withdraw()
            return
        if others := driver.others:
            self._watch.note(
                f"{others} worker(s) go on with what is planned, and the same command takes what they find; to end "
                f"them: nasrank work {self._home} --stop"
            )
        driver.leave()
        self._driver = None

    def close(self) -> None:
        if self._driver is not None:
            self._children.end(self._driver.release)
            self._driver.close()
            self._driver = None

    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        self._tasks.append((task, function, arguments))

    def outcomes(self, watch: Watch) -> Iterator[Outcome]:
        tasks, self._tasks, self._watch = self._tasks, [], watch
        if not tasks:
            return
        driver = self._begun(watch)
        driver.offer(tasks)
        self._children.start()
        if not self._processes:
            watch.note(f"{len(tasks):,} tasks wait for workers; start some on any machine: nasrank work {self._home}")
        looked = float("-inf")
        while driver.left:
            for outcome in driver.finished(watch):
                yield outcome
                self._children.praise()
            if time.monotonic() - looked > period(self._lease) / 2:
                looked = time.monotonic()
                driver.follow(watch, self._children.names)
                self._children.replace_dead(driver.bury)
                if self._children.all_dead and not driver.others:
                    raise ValueError("the workers of this machine end as soon as they begin; see what they said")
            if driver.left:
                time.sleep(_LATENCY)

    def _begun(self, watch: Watch) -> Driver:
        if self._driver is None:
            self._driver = Driver(self._home, self._lease)
            try:
                self._driver.begin(watch)
            except BaseException:
                self._driver = None
                raise
        return self._driver
