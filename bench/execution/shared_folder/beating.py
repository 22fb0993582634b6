"""Signs of life, from a thread of their own: a task that computes for hours does not give them itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nasrank.bench.execution.shared_folder.leases import Attempt, Leases
from nasrank.bench.execution.watch import NO_FIGURES, Figures, Released

_OFTEN = 2.0
"""Seconds between two signs of life: what others show is no older."""

SIGNS_OF_LIFE = "signs of life"
"""Name of the thread."""

_IN_A_LEASE = 5
"""Signs of life that a lease has time for, at least."""


def period(lease: float) -> float:
    """Seconds between two signs of life."""
    return min(_OFTEN, lease / _IN_A_LEASE)


@contextmanager
def every(seconds: float, call: Callable[[], None]) -> Iterator[None]:
    """Call this again and again in a thread, for the length of the block; it must not raise."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            call()

    thread = threading.Thread(target=repeat, daemon=True, name=SIGNS_OF_LIFE)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Attempting:
    """An attempt of this process: what the task tells is passed on with the next sign of life.

    Attributes:
        over: why it is to be given up; empty as long as it is not.
    """

    def __init__(self, leases: Leases, attempt: Attempt, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._leases, self.attempt, self._is_wanted = leases, attempt, is_wanted
        self._count = self._told = 0
        self._share = 0.0
        self._figures: dict[str, tuple[int, Any]] = {}
        self.over = ""

    def beat(self) -> None:
        """Give a sign of life, and look whether the attempt is still this process's.

        Raises:
            OSError: neither can be done, as on a full disk.
        """
        if any(one.number > self.attempt.number for one in self._leases.attempts().get(self.attempt.task, ())):
            self.over = "another worker has taken it over"
        elif not self._is_wanted():
            self.over = "it is not wanted any more"
        else:
            self._count += 1
            self._leases.beat(self.attempt, {"count": self._count, **self.told()})

    def told(self) -> dict[str, Any]:
        """How far the task is: its `share`, how often it has `told`, and `figures`, each with when it was told."""
        return {"share": self._share, "told": self._told, "figures": dict(self._figures)}

    def progress(self, share: float, figures: Figures = NO_FIGURES, /) -> None:
        """What a task calls.

        Raises:
            Released: it is to end here.
        """
        self._told += 1
        self._share = float(share)
        self._figures.update((name, (self._told, _plain(value))) for name, value in figures.items())
        if self.over:
            raise Released(self.over)


def _plain(value: Any) -> Any:
    """A number or several, as JSON has them."""
    if isinstance(value, int | float):
        return value if type(value) in (int, float) else float(value)
    return [float(one) for one in value]
