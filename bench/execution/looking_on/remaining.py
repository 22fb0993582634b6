"""How long the rest of a run will take: what its tasks are estimated to take, at the speed measured so far."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping

_TRUSTED = 15.0
"""Seconds of work after which the speed that was measured counts as much as the estimate made before."""


class Remaining:
    """Weighs tasks by their estimated seconds. Without estimates, all units of work are taken to be alike.

    Attributes:
        elapsed: seconds since `begin`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._expected: dict[str, float] = {}
        self._jobs = 1
        self.begin(0, 0)

    def expect(self, seconds: Mapping[str, float], jobs: int) -> None:
        """Of tasks by name, on one core, where so many are done at a time."""
        self._expected, self._jobs = dict(seconds), jobs

    def begin(self, total: int, finished: int) -> None:
        """So many units of work are to be done in all, and so many of them are."""
        self._start, self._left = self._clock(), total - finished
        self._waiting = dict(self._expected)
        self._running: dict[str, float] = {}
        self._finished = 0.0
        self._working_since: float | None = None

    def progress(self, task: str, share: float) -> None:
        """This share of a task is done."""
        if self._working_since is None:  # until then, workers start
            self._working_since = self._clock()
        self._running[task] = share

    def done(self, task: str, units: int = 1) -> None:
        """A task has ended, which was so many units of work."""
        self._running.pop(task, None)
        self._finished += self._waiting.pop(task, 0.0 if self._expected else float(units))
        self._left -= units

    @property
    def elapsed(self) -> float:
        return self._clock() - self._start

    @property
    def seconds(self) -> float | None:
        """Until the end of the run; None where nothing is known of it yet."""
        if not self._expected:
            running = sum(self._running.values())
            done = self._finished + running
            return self.elapsed * (self._left - running) / done if done > 0 else None
        done = self._finished + sum(share * self._waiting.get(task, 0.0) for task, share in self._running.items())
        worked = 0.0 if self._working_since is None else self._clock() - self._working_since
        speed = (done / self._jobs + _TRUSTED) / (worked + _TRUSTED)  # estimated seconds a second, of a worker
        return self._alone() / speed

    def _alone(self) -> float:
        """Until the last worker has done its last task, in estimated seconds: each takes the next task when it can."""
        free = [(1 - share) * self._waiting.get(task, 0.0) for task, share in self._running.items()]
        free = sorted([*free, *[0.0] * (self._jobs - len(free))])
        heapq.heapify(free)
        for task, expected in self._waiting.items():
            if task not in self._running:
                heapq.heapreplace(free, free[0] + expected)
        return max(free)
