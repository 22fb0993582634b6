"""When the phases of a piece of work took place, how long they took, and on what."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from nasrank.bench.foundation.environment import processor


class Clock:
    """Runs from the start, in the phase "preparing", through phases that may come again."""

    changing: ClassVar[tuple[str, ...]] = ("_seconds", "_cpu_seconds", "_started")
    """What a checkpoint keeps: time in which nothing ran belongs to no phase."""

    def __init__(self, on: str | None = None) -> None:
        """`on` names what the work is done on, such as a GPU; by default the processor of this machine."""
        self._seconds: dict[tuple[str, str], float] = {}  # by the phase and what it was on
        self._cpu_seconds: dict[tuple[str, str], float] = {}
        self._started: dict[tuple[str, str], str] = {}
        self._begin("preparing", on or processor())

    def phase(self, name: str, on: str | None = None) -> None:
        """What was going on has ended, and this goes on; on something else than before where that is named."""
        self._count()
        self._begin(name, on or self._going_on[1])

    @property
    def seconds(self) -> dict[str, float]:
        """Of each phase so far, by its name, to a hundredth."""
        self._count()
        found: dict[str, float] = {}
        for (name, _), seconds in self._seconds.items():
            found[name] = found.get(name, 0.0) + seconds
        return {name: round(seconds, 2) for name, seconds in found.items()}

    @property
    def phases(self) -> list[dict[str, Any]]:
        """Each phase so far, once for whatever it was on, in the order in which they came first, as plain values.

        `phase` is its name; `started` when it came first, in UTC to the second (ISO 8601); `seconds` how long it took
        in all, to a hundredth, and `cpu_seconds` how long this process had a processor meanwhile, all its threads
        together, which others that compute on the machine hardly change; and `on` the processor or device.
        """
        self._count()
        return [
            {
                "phase": name,
                "started": self._started[name, on],
                "seconds": round(seconds, 2),
                "cpu_seconds": round(self._cpu_seconds[name, on], 2),
                "on": on,
            }
            for (name, on), seconds in self._seconds.items()
        ]

    def _begin(self, name: str, on: str) -> None:
        self._going_on = name, on
        self._since, self._cpu_since = time.perf_counter(), time.process_time()
        self._enter()

    def _enter(self) -> None:
        """In the books, if it is not yet: a checkpoint that was put back may not know what goes on."""
        if self._going_on not in self._seconds:
            self._seconds[self._going_on] = self._cpu_seconds[self._going_on] = 0.0
            self._started[self._going_on] = datetime.now(UTC).isoformat(timespec="seconds")

    def _count(self) -> None:
        """Add what has passed of the phase that goes on."""
        now, cpu_now = time.perf_counter(), time.process_time()
        self._enter()
        self._seconds[self._going_on] += now - self._since
        self._cpu_seconds[self._going_on] += cpu_now - self._cpu_since
        self._since, self._cpu_since = now, cpu_now
