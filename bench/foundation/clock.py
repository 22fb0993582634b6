"""How long the phases of a piece of work take."""

from __future__ import annotations

import time
from typing import ClassVar


class Clock:
    """Runs from the start, in the phase "preparing", through phases that may come again."""

    changing: ClassVar[tuple[str, ...]] = ("_seconds",)
    """What a checkpoint keeps: time in which nothing ran belongs to no phase."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._phase, self._since = "preparing", time.perf_counter()

    def phase(self, name: str) -> None:
        """What was going on has ended, and this goes on."""
        now = time.perf_counter()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = name, now

    @property
    def seconds(self) -> dict[str, float]:
        """Of each phase so far, by its name, to a hundredth."""
        self.phase(self._phase)
        return {name: round(seconds, 2) for name, seconds in self._seconds.items()}
