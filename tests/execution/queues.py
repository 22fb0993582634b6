"""A queue in a folder, with drivers and workers of this process, whose clocks stand until they are set."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remote_tasks import square

from nasrank.bench.execution import NO_FIGURES, Figures, Outcome, Watch
from nasrank.bench.execution.shared_folder.driver import Driver
from nasrank.bench.execution.shared_folder.worker import Worker
from nasrank.bench.foundation.interrupts import Ending

LEASE = 60.0


class Heard(Watch):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.shares: list[tuple[str, float, dict[str, Any]]] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, task: str, share: float, figures: Figures = NO_FIGURES) -> None:
        self.shares.append((task, share, dict(figures)))


@dataclass
class Clock:
    """Of one machine."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Place:
    """A shared folder and who is there.

    Attributes:
        said: what workers said.
    """

    home: Path
    said: list[str] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    drivers: list[Driver] = field(default_factory=list)

    def driver(self, *, clock: Clock | None = None, numbers: tuple[int, ...] = (3,)) -> Driver:
        """A driver that has offered to square these numbers, and gives signs of life when it is told to alone."""
        driver = Driver(self.home, LEASE, clock or Clock())
        own = driver._clock
        assert isinstance(own, Clock)

        def sleep(seconds: float) -> None:
            own.now += seconds

        self.drivers.append(driver)
        driver.begin(self.heard, sleep)
        driver.offer([(f"square {number}", square, (number,)) for number in numbers])
        return driver

    def close(self) -> None:
        """No driver gives signs of life any more: in the same process, they would be seen by tests of other things."""
        for driver in self.drivers:
            driver._ending.close()

    def worker(self, name: str = "one", *, start: float = 0.0, joins: bool = True) -> tuple[Worker, Clock]:
        """With its clock."""
        clock = Clock(start)
        worker = Worker(self.home, patience=10.0, ending=Ending(), say=self.said.append, clock=clock, name=name)
        if joins:
            plan = worker.queue.plan()
            assert plan is not None
            worker.join(plan)
        return worker, clock

    def outcomes(self, driver: Driver) -> list[Outcome]:
        return list(driver.finished(self.heard))

    def done(self, name: str = "one") -> Worker:
        """A new worker, which has done all that can be claimed."""
        worker, _ = self.worker(name)
        while claimed := worker.claim():
            worker.do(*claimed)
        return worker

    def values(self, driver: Driver) -> dict[str, Any]:
        """What there is, by task."""
        return {outcome.task: outcome.result for outcome in self.outcomes(driver)}

    def files(self) -> set[str]:
        """Paths of all files in the queue."""
        folder = self.home / "queue"
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def watched(worker: Worker, clock: Clock, seconds: float, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Let a worker look on for so long by its own clock."""
    for _ in range(10):
        worker.look()
        clock.now += seconds / 10
        meanwhile()
    worker.look()


def damage(path: Path, text: str = "{") -> None:
    assert json.loads(path.read_text())
    path.write_text(text)
