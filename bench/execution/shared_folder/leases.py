"""Who is doing what, as files: attempts at tasks, claimed by one worker each, and their signs of life.

    ID.K            attempt K at a task is claimed; created exclusively, it says by whom
    ID.K.beat       a sign of life: a number that rises, and how far the attempt is
    ID.K.released   it has ended in good order without a result
    ID.K.dead       whoever started the worker knows that it is gone

A lease has expired for an observer when he has watched the number stand still for so long by his own clock; clocks of
machines are never compared. Then attempt K + 1 is open, and of all who want it, one creates its file. The one who was
displaced finds that file at his next beat.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nasrank.bench.execution.shared_folder.files import create, glance, names_in, remove, replace

RELEASED, DEAD = "released", "dead"

_NAME = re.compile(r"(?P<task>.+)\.(?P<number>[1-9][0-9]{0,8})(?P<what>|\.beat|\.released|\.dead)")


@dataclass
class Attempt:
    """At a task, as its files say.

    Attributes:
        ended: RELEASED or DEAD, or empty as long as nobody says so.
    """

    task: str
    number: int
    ended: str = ""

    @property
    def key(self) -> str:
        """Of the attempt, the name of its file."""
        return f"{self.task}.{self.number}"


@dataclass
class Leases:
    """The files of all attempts, in one folder."""

    folder: Path

    def attempts(self) -> dict[str, list[Attempt]]:
        """That were claimed, by task, in their order."""
        found: dict[str, dict[int, Attempt]] = {}
        ends = []
        for match in filter(None, map(_NAME.fullmatch, names_in(self.folder))):
            task, number, what = match["task"], int(match["number"]), match["what"][1:]
            if not what:
                found.setdefault(task, {})[number] = Attempt(task, number)
            elif what in (RELEASED, DEAD):
                ends.append((task, number, what))
        for task, number, what in ends:
            if attempt := found.get(task, {}).get(number):
                attempt.ended = what
        return {task: [of_task[number] for number in sorted(of_task)] for task, of_task in found.items()}

    def claim(self, task: str, number: int, who: dict[str, Any]) -> bool:
        """Whether this attempt is now this worker's."""
        return create(self.folder / f"{task}.{number}", who)

    def is_claimed(self, task: str, number: int) -> bool:
        return (self.folder / f"{task}.{number}").exists()

    def holder(self, attempt: Attempt) -> dict[str, Any]:
        """Who has claimed it; empty where that cannot be read."""
        return glance(self.folder / attempt.key) or {}

    def beat(self, attempt: Attempt, content: dict[str, Any]) -> None:
        """Give a sign of life: `content` has a `count` that rises from beat to beat."""
        replace(self.folder / f"{attempt.key}.beat", content)

    def last_beat(self, attempt: Attempt) -> dict[str, Any]:
        """The latest sign of life; empty where there is none."""
        return glance(self.folder / f"{attempt.key}.beat") or {}

    def end(self, attempt: Attempt, how: str) -> None:
        """Say that an attempt is over, so that nobody waits for its lease to expire.

        The file is empty: it can be made on a full disk.
        """
        create(self.folder / f"{attempt.key}.{how}")

    def was_released(self, attempt: Attempt) -> bool:
        return (self.folder / f"{attempt.key}.{RELEASED}").exists()

    def forget(self, attempts: Iterable[Attempt]) -> None:
        """Remove all files of these."""
        for attempt in attempts:
            for end in (".beat", f".{RELEASED}", f".{DEAD}", ""):
                remove(self.folder / f"{attempt.key}{end}")


@dataclass
class Silences:
    """For how long what others write has not changed, by this process's own clock.

    Time counts in which this process has looked: if it was stopped for an hour itself, that hour says nothing.

    Attributes:
        lease: seconds of silence after which something is taken for dead.
    """

    lease: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[object, float, float]] = field(default_factory=dict)

    def hear(self, key: str, sign: object) -> None:
        """This is what the sign of life of `key` is now."""
        now = self.clock()
        known, last, silent = self._seen.get(key, (None, now, 0.0))
        silent = silent + min(now - last, self.lease / 3) if known == sign else 0.0
        self._seen[key] = (sign, now, silent)

    def is_dead(self, key: str) -> bool:
        """Whether it was silent for the whole lease; False of what was never heard of."""
        return key in self._seen and self._seen[key][2] >= self.lease

    def keep(self, keys: Iterable[str]) -> None:
        """Forget all others."""
        self._seen = {key: self._seen[key] for key in keys if key in self._seen}
