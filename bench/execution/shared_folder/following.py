"""What a driver hears of the workers: how far tasks are, who comes and goes, and which tasks nobody lives through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from nasrank.bench.execution.shared_folder import outcomes
from nasrank.bench.execution.shared_folder.leases import DEAD, Attempt, Silences
from nasrank.bench.execution.shared_folder.queue import Queue
from nasrank.bench.execution.shared_folder.who import in_words
from nasrank.bench.execution.watch import Watch, telling

_NAMED = 3
"""Workers that the reason for a loss names."""


class Following:
    """Of the tasks that are left.

    Attributes:
        own: names of the workers that the driver has started itself, of which nothing is noted.
        alive: names of the workers that are there and were heard of lately.
    """

    def __init__(self, queue: Queue, silences: Silences, left: Mapping[str, str]) -> None:
        self._queue, self._silences, self._left = queue, silences, left
        self._told: dict[str, tuple[int, int]] = {}
        self._latest = {task: of_task[-1].number for task, of_task in queue.leases.attempts().items()}
        self.own: set[str] = set()
        self.alive: set[str] = set()
        self._dead: set[str] = set()

    def look(self, watch: Watch) -> None:
        """Hear all workers once."""
        attempts = self._queue.leases.attempts()
        self._hear_workers(watch)
        for task in tuple(self._left):
            if of_task := attempts.get(task):
                self._hear(task, of_task, watch)

    def tell_last(self, watch: Watch, task: str, content: Mapping[str, Any]) -> None:
        """What a task told before it ended, and no sign of life has said."""
        number, worker = content.get("attempt"), content.get("worker")
        if isinstance(number, int) and isinstance(worker, dict):
            self._note_takeover(watch, task, number, worker)
            self._tell(watch, task, number, content)

    def _hear(self, task: str, attempts: Sequence[Attempt], watch: Watch) -> None:
        last = attempts[-1]
        self._note_takeover(watch, task, last.number, self._queue.leases.holder(last))
        if not last.ended:
            beat = self._queue.leases.last_beat(last)
            self._silences.hear(last.key, beat.get("count"))
            self._tell(watch, task, last.number, beat)
        if last.ended == DEAD or self._silences.is_dead(last.key):
            self._give_up_hopeless(task, attempts)

    def _note_takeover(self, watch: Watch, task: str, number: int, worker: Mapping[str, Any]) -> None:
        before, self._latest[task] = Attempt(task, self._latest.get(task, number)), number
        if number > before.number and not self._queue.leases.was_released(before):
            watch.note(
                f"{self._left[task]}: {in_words(worker)} takes it over, as "
                f"{in_words(self._queue.leases.holder(before))} gave no sign of life"
            )

    def _give_up_hopeless(self, task: str, attempts: Sequence[Attempt]) -> None:
        waiting = next((one for one in self._queue.tasks() if one.id == task), None)
        if waiting is None or not waiting.is_hopeless(attempts):
            return
        holders = [in_words(self._queue.leases.holder(one)) for one in attempts if one.number >= waiting.first]
        self._queue.leases.end(attempts[-1], DEAD)  # when it is asked for once more, nobody need watch this one
        few = ", ".join(holders[-_NAMED:])
        self._queue.put_result(task, outcomes.of_loss(f"its workers died, {len(holders)} in turn, the last ones {few}"))

    def _tell(self, watch: Watch, task: str, attempt: int, content: Mapping[str, Any]) -> None:
        """Pass on what is new in a sign of life, or in a result."""
        told, share, figures = content.get("told"), content.get("share"), content.get("figures")
        number, last = self._told.get(task, (attempt, 0))
        last = last if number == attempt else 0
        if not (isinstance(told, int) and isinstance(share, int | float) and isinstance(figures, dict) and told > last):
            return
        self._told[task] = attempt, told
        with suppress(TypeError, ValueError):  # what is no figure informs nobody
            new = {name: value for name, (when, value) in figures.items() if when > last}
            telling(watch.progress, self._left[task])(float(share), new)

    def _hear_workers(self, watch: Watch) -> None:
        there = self._queue.workers()
        for name, one in there.items():
            self._silences.hear(name, one.get("count"))
        dead = {name for name in there if self._silences.is_dead(name)}
        for name in sorted((there.keys() - dead - self.alive) - self.own):
            watch.note(f"worker {in_words(there[name])} is here{' again' if name in self._dead else ''}")
        for name in sorted(dead - self._dead - self.own):
            watch.note(f"worker {in_words(there[name])} gives no sign of life; what it did goes to others")
        for name in sorted(self.alive - there.keys() - self.own):
            watch.note(f"worker {name} has left")
        self._dead, self.alive = dead, set(there) - dead
