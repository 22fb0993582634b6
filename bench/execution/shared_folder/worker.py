"""A worker: claims one task after the other, does it, keeps what it gave, and says that it lives."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nasrank.bench.execution.process_pool import one_thread
from nasrank.bench.execution.shared_folder import outcomes
from nasrank.bench.execution.shared_folder.beating import Attempting, every, period
from nasrank.bench.execution.shared_folder.files import is_full
from nasrank.bench.execution.shared_folder.leases import RELEASED, Attempt, Silences
from nasrank.bench.execution.shared_folder.plan import CLOSED, Plan
from nasrank.bench.execution.shared_folder.queue import Queue, Waiting
from nasrank.bench.execution.shared_folder.who import new_name, who
from nasrank.bench.execution.watch import NO_FIGURES, Figures, Released
from nasrank.bench.foundation.freed_memory import keep_freed_memory
from nasrank.bench.foundation.interrupts import Ending

DRIVER = "driver"
"""The driver's own attempts are kept like those at a task of this name."""

LEASE = 120.0
"""Seconds, where nobody says how many: network file systems may show for a minute what was there before."""

_LOOK = 0.3
"""Seconds between two looks for a task."""

_ROOM_AFTER = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds to wait for room on a full disk before a result is written once more."""


class Worker:
    """See the module.

    Attributes:
        name: no other worker has it.
        done: how many tasks it has done.
    """

    ALL_DONE = "all is done"
    """Why it ended, where the driver has said so."""

    def __init__(
        self,
        home: Path,
        *,
        patience: float,
        ending: Ending,
        say: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
    ) -> None:
        """For the folder of a report.

        Args:
            patience: seconds to stay where nothing is to be done and no driver is there.
            ending: set when the worker is to leave.
            say: told one line for each task.
        """
        self.queue, self.name, self.done = Queue(home), name or new_name(), 0
        self._patience, self._ending, self._say, self._clock = patience, ending, say, clock
        self._who = {**who(), "name": self.name}
        self._silences = Silences(LEASE, clock)
        self._listening = threading.Lock()
        self._attempting: Attempting | None = None
        self._joined = self._full = False
        self._token, self._count, self._looked = "", 0, -math.inf
        self._stop = self.queue.asked_to_stop()

    def work(self) -> str:
        """Work until there is nothing more to do; why it ended, in words.

        Raises:
            ValueError: the plan is damaged or for other versions, or the disk is full.
        """
        keep_freed_memory()
        try:
            with one_thread():
                return self._work()
        finally:
            if self._joined:
                with suppress(OSError):
                    self.queue.leave(self.name)

    def _work(self) -> str:
        since = self._clock()
        while not self._is_to_end():
            plan = self.queue.plan()
            if self._joined and (plan is None or plan.state == CLOSED):
                return self.ALL_DONE
            if plan is not None and plan.state != CLOSED:
                if plan.token != self._token:
                    self.join(plan)
                if task := self.claim():
                    with every(period(plan.lease), self.look):
                        self.do(*task)
                    since = self._clock()
                    continue
                if self._clock() - self._looked >= period(plan.lease):
                    self.look()
                if self._others_work():
                    since = self._clock()
            if self._clock() - since > self._patience:
                return f"there was nothing to do for {self._patience / 60:g} minutes, and no driver"
            self._ending.wait(_LOOK)
        return "told to end"

    def _is_to_end(self) -> bool:
        if self.queue.asked_to_stop() not in ("", self._stop):
            self._ending.set()
        return self._ending.is_set()

    def join(self, plan: Plan) -> None:
        """Work for this plan from now on; ValueError where it is for other versions or plugins."""
        plan.refuse_others(self.queue.home)
        if not self._joined:
            self._say(f"works for {self.queue.home}")
        self._joined, self._token = True, plan.token
        with self._listening:
            self._silences = Silences(plan.lease, self._clock)

    def claim(self) -> tuple[Waiting, Attempt] | None:
        """The first task that nobody does, or whose worker is dead; now it is this one's. None where there is none."""
        attempts, finished = self.queue.leases.attempts(), self.queue.results()
        for task in self.queue.tasks():
            with self._listening:
                number = task.next_attempt(attempts.get(task.id, ()), self._silences.is_dead)
            if task.id in finished or number is None:
                continue
            try:
                claimed = self.queue.leases.claim(task.id, number, self._who)
            except FileNotFoundError:  # all was done, and the queue is gone
                return None
            if claimed:
                attempt = Attempt(task.id, number)
                if self.queue.is_wanted(task):
                    return task, attempt
                self.queue.leases.forget([attempt])  # it was finished a moment ago
        return None

    def do(self, task: Waiting, attempt: Attempt) -> None:
        """Do a task that was claimed, and keep what it gives.

        Raises:
            ValueError: the disk is full; others may go on.
        """
        self._attempting = mine = Attempting(self.queue.leases, attempt, lambda: self.queue.is_wanted(task))
        start, name = time.monotonic(), task.id
        try:
            self.look()
            try:
                found = self.queue.call_of(task)
                if found is None:
                    raise Released("it is not wanted any more")
                name, function, arguments = found
                content = outcomes.of_value(function(*arguments, progress=self._progress(mine)), self.queue.plain)
            except (Exception, SystemExit) as error:
                if is_full(error):
                    raise
                content = outcomes.of_error(error)
            kept = self._keep(task, {"task": name, "attempt": attempt.number, "worker": self._who, **content}, mine)
            self.done += kept
            how = "done" if "value" in content else f"raised {content['raised']['kind']}"
            self._say(f"{name}: {how if kept else 'another worker was first'} ({time.monotonic() - start:.1f} s)")
        except BaseException as error:
            self._give_up(attempt, task)
            if isinstance(error, Released):
                self._say(f"{name}: given up after {time.monotonic() - start:.1f} s: {error}")
                return
            if is_full(error):
                raise ValueError(
                    f"the disk is full: {error}; {name} is left to others. Make room, and start the worker again"
                ) from error
            raise
        finally:
            self._attempting = None
            self._sign()

    def look(self) -> None:
        """Give signs of life, and hear those of others; what cannot be written is said once."""
        self._looked = self._clock()
        self._is_to_end()
        self._sign()
        with suppress(OSError):
            self._hear()

    def _sign(self) -> None:
        try:
            if attempting := self._attempting:
                attempting.beat()
            if self._joined:
                self._count += 1
                doing = attempting.attempt.key if attempting else ""
                self.queue.say(self.name, {**self._who, "count": self._count, "doing": doing, "done": self.done})
            self._full = False
        except OSError as error:
            if is_full(error) and not self._full:
                self._full = True
                self._say(f"the disk is full, and others may take this worker for dead: {error}")

    def _hear(self) -> None:
        running = [of_task[-1] for of_task in self.queue.leases.attempts().values() if not of_task[-1].ended]
        heard = {attempt.key: self.queue.leases.last_beat(attempt).get("count") for attempt in running}
        with self._listening:
            self._silences.keep(heard)
            for key, count in heard.items():
                self._silences.hear(key, count)

    def _others_work(self) -> bool:
        """Whether there is a driver, or a task that somebody does, so that something may still be to do."""
        with self._listening:
            return any(
                not of_task[-1].ended and not self._silences.is_dead(of_task[-1].key)
                for of_task in self.queue.leases.attempts().values()
            )

    def _progress(self, mine: Attempting) -> Callable[..., None]:
        def progress(share: float, figures: Figures = NO_FIGURES, /) -> None:
            if self._ending.is_set():
                raise Released("the worker was told to end")
            mine.progress(share, figures)

        return progress

    def _keep(self, task: Waiting, content: dict[str, Any], mine: Attempting) -> bool:
        """Put a result in place, and wait for room where the disk is full; whether it is the first one."""
        for seconds in (*_ROOM_AFTER, None):
            if not self.queue.is_wanted(task):
                return False
            try:
                return self.queue.put_result(task.id, {**content, **mine.told()})
            except OSError as error:
                if not is_full(error) or seconds is None:
                    raise
                self._say(f"the disk is full; the result of {content['task']} is written again in {seconds:g} s")
                if self._ending.wait(seconds):
                    raise
        raise AssertionError("the last try returns or raises")

    def _give_up(self, attempt: Attempt, task: Waiting) -> None:
        """Let others have it at once."""
        with suppress(OSError):
            if (self.queue.tasks_folder / task.file).exists():
                self.queue.leases.end(attempt, RELEASED)
            else:
                self.queue.leases.forget([attempt])
