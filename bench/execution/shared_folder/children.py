"""Workers that the driver starts on its own machine; they end with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

from nasrank.bench.execution.process_pool import compute_on_one_thread, context, uninterrupted
from nasrank.bench.execution.shared_folder.who import new_name
from nasrank.bench.foundation.interrupts import Ending

_GRACE = 5.0
"""Seconds that a worker has to end in good order; then it is killed."""

_PATIENCE = 2
"""Processes that may die in a row, beyond as many as there are at a time, without a task being finished."""


class Children:
    """So many worker processes; one that dies is replaced.

    Attributes:
        names: of those that live.
    """

    def __init__(self, home: Path, count: int) -> None:
        self._home, self._count = home, count
        self._processes: dict[str, BaseProcess] = {}
        self._deaths_left = self._patience = count + _PATIENCE

    @property
    def names(self) -> set[str]:
        return set(self._processes)

    def start(self) -> None:
        """As many as there are to be."""
        compute_on_one_thread()
        while len(self._processes) < self._count and self._deaths_left:
            name = new_name()
            process = context.Process(target=_work, args=(self._home, name), daemon=True)
            with uninterrupted():
                process.start()
            self._processes[name] = process

    def replace_dead(self, bury: Callable[[str], None]) -> None:
        """Start others in place of those that have died; `bury` is told their names."""
        for name, process in list(self._processes.items()):
            if not process.is_alive():
                del self._processes[name]
                self._deaths_left -= 1
                bury(name)
        self.start()

    def praise(self) -> None:
        """A task is finished: they do live through some."""
        self._deaths_left = self._patience

    @property
    def all_dead(self) -> bool:
        """Whether there are to be some, and all have died, again and again."""
        return bool(self._count) and not self._processes

    def end(self, release: Callable[[str], None]) -> None:
        """End them, with what they do; `release` is told the names of those that did not in good order."""
        for process in self._processes.values():
            process.terminate()
        for name, process in self._processes.items():
            process.join(_GRACE)
            if process.is_alive():
                process.kill()
                process.join()
            if process.exitcode:
                release(name)
        self._processes.clear()


def _work(home: Path, name: str) -> None:
    from nasrank.bench.execution.shared_folder.worker import Worker

    ending = Ending()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the driver too, which ends its workers
    signal.signal(signal.SIGTERM, lambda number, frame: ending.set())
    threading.Thread(target=_end_with_parent, args=(ending,), daemon=True).start()
    Worker(home, patience=float("inf"), ending=ending, name=name).work()


def _end_with_parent(ending: Ending) -> None:
    """A parent that is killed outright cannot end its workers; they notice by themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # only workers call this
    parent.join()
    ending.set()
    with suppress(BaseException):
        threading.Event().wait(_GRACE)
    os._exit(1)
