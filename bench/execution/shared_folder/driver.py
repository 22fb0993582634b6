"""The driver of a queue: offers tasks, takes what they gave, and tells a watch what the workers do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasrank.bench.execution.calls import Function
from nasrank.bench.execution.executor import Outcome
from nasrank.bench.execution.shared_folder import outcomes
from nasrank.bench.execution.shared_folder.beating import Attempting, every, period
from nasrank.bench.execution.shared_folder.files import remove
from nasrank.bench.execution.shared_folder.following import Following
from nasrank.bench.execution.shared_folder.leases import DEAD, RELEASED, Attempt, Silences
from nasrank.bench.execution.shared_folder.plan import BETWEEN, CLOSED, OPEN, Plan
from nasrank.bench.execution.shared_folder.queue import Queue, Waiting
from nasrank.bench.execution.shared_folder.who import in_words, is_gone, who
from nasrank.bench.execution.shared_folder.worker import DRIVER
from nasrank.bench.execution.watch import Watch
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.environment import environment

Tasks = Sequence[tuple[str, Function, tuple[Any, ...]]]
"""Names, functions and arguments."""


class Driver:
    """Of one queue at a time there is one driver.

    Attributes:
        left: names of the tasks whose outcome has not been taken, by ID.
    """

    def __init__(self, home: Path, lease: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.queue, self.lease, self._clock = Queue(home), lease, clock
        self.left: dict[str, str] = {}
        self._silences = Silences(lease, clock)
        self._ending = ExitStack()
        self._all_done = True
        self._offered: dict[str, Waiting] = {}
        self._following = Following(self.queue, self._silences, self.left)
        self._plan = Plan(uuid.uuid4().hex, OPEN, lease, environment(), plugins.fingerprints())

    def begin(self, watch: Watch, sleep: Callable[[float], None] = time.sleep) -> None:
        """Become the driver of the folder, in place of one that is gone.

        Raises:
            ValueError: there is another one that lives.
        """
        self.queue.make()
        attempt = self._become(watch, sleep)
        self._mine = Attempting(self.queue.leases, attempt)
        self._mine.beat()
        self._plan.write(self.queue.plan_file)
        self._ending.enter_context(every(period(self.lease), self._beat))

    def _become(self, watch: Watch, sleep: Callable[[float], None]) -> Attempt:
        leases, first, since = self.queue.leases, None, ""
        while True:
            before = leases.attempts().get(DRIVER, [])
            last = before[-1] if before else None
            if last is None or last.ended or is_gone(leases.holder(last)) or self._silences.is_dead(last.key):
                attempt = Attempt(DRIVER, last.number + 1 if last else 1)
                if leases.claim(DRIVER, attempt.number, who()):
                    return attempt
                continue
            sign = (last.key, leases.last_beat(last).get("count"))
            if first is None:
                first, since = sign, in_words(leases.holder(last))
                watch.note(f"{since} was driving this; it is taken for dead after {self.lease:g} s without a sign")
            if sign != first:
                raise ValueError(f"{since} is driving {self.queue.home} already: wait for its end, or stop it")
            self._silences.hear(last.key, sign)
            sleep(period(self.lease))

    def offer(self, tasks: Tasks) -> None:
        """Have these done, and no others that an earlier driver may have offered.

        What is running or finished already of the same calls is taken as it is; what was given up is tried again.

        Raises:
            ValueError: a call cannot be sent to another process.
        """
        queue = self.queue
        calls = [(name, queue.call(function, arguments)) for name, function, arguments in tasks]
        wanted = {queue.id_of(name, call, self._plan): (name, call) for name, call in calls}
        self._offered.clear()
        there, attempts = {task.id: task for task in queue.tasks()}, queue.leases.attempts()
        for task in there.values():
            if task.id not in wanted:
                queue.forget(task, attempts.get(task.id, ()))
        self._write(replace(self._plan, state=OPEN))
        for place, (task_id, (name, call)) in enumerate(wanted.items(), start=1):
            known = there.get(task_id)
            task = known or Waiting(place, 1, task_id)
            made = attempts.get(task_id, [])
            if outcomes.is_loss(self._glance(task_id)) or task.is_hopeless(made):
                remove(queue.path_of_result(task_id).parent)
                task = replace(task, first=made[-1].number + 1 if made else 1)
            self._offered[task_id] = task
            if task != known:
                queue.put_task(task, name, call)
                if known:
                    remove(queue.tasks_folder / known.file)
        self.left = {task_id: name for task_id, (name, _) in wanted.items()}
        self._following = Following(queue, self._silences, self.left)

    def follow(self, watch: Watch, own: set[str]) -> None:
        """Hear the workers, tell the watch, and give up what no worker lives through.

        Args:
            own: names of those that were started here, of which nothing is told.

        Raises:
            ValueError: another driver has taken over.
        """
        if self._mine.over:
            raise ValueError(f"another driver has taken over {self.queue.home}; what was finished is kept")
        self._following.own |= own
        self._following.look(watch)

    @property
    def others(self) -> int:
        """How many workers there are that were not started here, as far as they were heard of lately."""
        return len(self._following.alive - self._following.own)

    def finished(self, watch: Watch) -> Iterator[Outcome]:
        """Outcomes that have come since; each task is forgotten when the next is asked for. Raises what a task raised.

        A result that is damaged raises ValueError, which names its file.
        """
        there, attempts = self.queue.results(), self.queue.leases.attempts()
        for task_id in [one for one in self.left if one in there]:
            name, content = self.left[task_id], self.queue.result(task_id)
            if content is None:
                continue
            self._following.tell_last(watch, task_id, content)
            found = None
            try:
                found = outcomes.outcome(name, content, self.queue.plain, self.queue.path_of_result(task_id))
                yield found
            finally:
                if found is None and "raised" in content:
                    self._forget(task_id, attempts)  # the same command tries it again
            del self.left[task_id]
            if found.lost:
                self._all_done = False
            else:
                self._forget(task_id, attempts)

    @property
    def _is_driving(self) -> bool:
        """Whether no other driver has taken over."""
        attempts = self.queue.leases.attempts().get(DRIVER, [])
        return bool(attempts) and attempts[-1].number == self._mine.attempt.number

    def pause(self) -> None:
        """All tasks are done; more may come."""
        if self._is_driving:
            self._write(replace(self._plan, state=BETWEEN))

    def withdraw(self) -> None:
        """Nobody is to do what is left."""
        self._all_done = False
        if not self._is_driving:
            return
        attempts = self.queue.leases.attempts()
        for task in self.queue.tasks():
            remove(self.queue.tasks_folder / task.file)
            self.queue.leases.forget(attempts.get(task.id, ()))
        self.left.clear()
        self.pause()

    def leave(self) -> None:
        """Go, and let the workers go on: the next driver of the same tasks takes what they give."""
        self._ending.close()
        with suppress(OSError):
            self.queue.leases.end(self._mine.attempt, RELEASED)

    def close(self) -> None:
        """Let the workers go, and remove the queue, but for results that nobody has taken, and checkpoints of those."""
        self._ending.close()
        if self._is_driving:
            self._write(replace(self._plan, state=CLOSED))
            self.queue.remove(all_done=self._all_done)

    def bury(self, worker: str) -> None:
        """A worker of this machine has died: what it did is open to others at once."""
        self._end(worker, DEAD)

    def release(self, worker: str) -> None:
        """A worker of this machine was ended on purpose: what it did is open to others at once."""
        self._end(worker, RELEASED)

    def _end(self, worker: str, how: str) -> None:
        leases = self.queue.leases
        with suppress(OSError):
            for attempt in (of_task[-1] for of_task in leases.attempts().values()):
                if not attempt.ended and leases.holder(attempt).get("name") == worker:
                    leases.end(attempt, how)
            self.queue.leave(worker)

    def _beat(self) -> None:
        with suppress(OSError):  # such as a full disk, which whoever keeps results will say
            self._mine.beat()

    def _write(self, plan: Plan) -> None:
        self._plan = plan
        plan.write(self.queue.plan_file)

    def _forget(self, task_id: str, attempts: Mapping[str, Sequence[Attempt]]) -> None:
        self.queue.forget(self._offered[task_id], attempts.get(task_id, ()))

    def _glance(self, task_id: str) -> Mapping[str, Any]:
        with suppress(ValueError, OSError):
            return self.queue.result(task_id) or {}
        return {}
