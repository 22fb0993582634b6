"""Ray: tasks go to the nodes of a cluster that have room for them, and elsewhere when a worker or a node dies.

Whoever enters this executor takes the results as they come. That process is the one thing that must not die; whatever
had come by then is kept by whoever keeps it.
"""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, ClassVar, Self

from nasrank.bench.execution.executor import EXECUTORS, Executor, Outcome, Resources
from nasrank.bench.execution.on_ray.connection import Share, connected, imported, room
from nasrank.bench.execution.on_ray.losses import RETRIES, outcome_of
from nasrank.bench.execution.on_ray.progress import News
from nasrank.bench.execution.on_ray.worker import entry, origin, variables
from nasrank.bench.execution.process_pool import compute_on_one_thread
from nasrank.bench.execution.watch import Watch, telling

_LATENCY = 0.2
"""Seconds between two looks at how far tasks are."""

_COUNTED_EVERY = 5.0
"""Seconds between two looks at the nodes that there are."""

_AHEAD = 2
"""Tasks that the cluster is given, for each that it has room for: a node need not wait for the next."""

_LOST_IN_A_ROW = 2
"""Tasks that may be lost in a row, beyond as many as there are at a time, before the others are given up."""


@EXECUTORS.register
class RayCluster(Executor):
    """A cluster that is running, or one of this machine that lives as long as the block.

    A task whose worker or node dies is done again elsewhere, up to three times, and is lost then.
    """

    name = "ray"
    knows: ClassVar[frozenset[str]] = frozenset({"address", "cpus_per_trial", "gpus_per_trial"})

    def __init__(
        self, jobs: int = 1, *, address: str | None = None, share: Share | None = None, most: int | None = None
    ) -> None:
        """Not entered yet.

        Args:
            jobs: for which a cluster of this machine gets the cores; of another one, what there is room for.
            address: of a cluster that is running, such as 'auto'.
            share: what a task occupies; by default a core.
            most: tasks at a time that a running cluster is not to exceed, if so.

        Raises:
            ValueError: there is not even one job, or Ray is not installed.
        """
        super().__init__(jobs)
        imported()
        self._address, self._share = address, share or Share()
        self._most = most if address else jobs
        self._waiting: deque[tuple[str, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._running: dict[Any, str] = {}

    @classmethod
    def as_usual(cls) -> Self:
        """On this machine, a task for each core."""
        return cls(os.cpu_count() or 1)

    @classmethod
    def with_resources(cls, asked: Resources) -> Self:
        """Looks at a cluster that is running to know how many tasks it does at a time; it may grow later."""
        cls.refuse_useless(asked)
        usual = Share()
        share = Share(
            usual.cpus if asked.cpus_per_trial is None else asked.cpus_per_trial,
            usual.gpus if asked.gpus_per_trial is None else asked.gpus_per_trial,
        )
        if asked.address is None:
            fitting = math.floor((os.cpu_count() or 1) / (share.cpus or 1.0))
            return cls(max(1, fitting) if asked.jobs is None else asked.jobs, share=share)
        with connected(asked.address):
            found = _some_room(share)
        jobs = found if asked.jobs is None else min(found, asked.jobs)
        return cls(jobs, address=asked.address, share=share, most=asked.jobs)

    def __enter__(self) -> Self:
        ray = imported()
        with ExitStack() as stack:
            compute_on_one_thread()  # which nodes started here inherit, as all other variables
            cores = math.ceil(self.jobs * self._share.cpus)
            is_own = stack.enter_context(connected(self._address, cores))
            self._room, self._counted = _some_room(self._share), time.monotonic()
            self.jobs = min(self._room, self._most or self._room)
            self._remote = ray.remote(
                num_cpus=self._share.cpus,
                num_gpus=self._share.gpus,
                max_retries=RETRIES,
                retry_exceptions=False,
                runtime_env=None if is_own else {"env_vars": variables()},  # it takes a process of a node seconds
            )(entry())
            self._origin, self._news = origin(), News()
            stack.callback(self._news.end)
            stack.callback(self._cancel)
            self._ending = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.__exit__(kind, error, traceback)

    def submit(self, task: str, function: Callable[..., Any], *arguments: Any) -> None:
        self._waiting.append((task, function, arguments))

    def outcomes(self, watch: Watch) -> Iterator[Outcome]:
        ray, lost_in_a_row = imported(), 0
        self._occupy()
        while self._running:
            done, _ = ray.wait(list(self._running), timeout=_LATENCY)
            if done:
                done, _ = ray.wait(list(self._running), num_returns=len(self._running), timeout=0)
            for task, share, figures in self._news.since_last():
                if task in self._running.values():  # it may be told of by an attempt that was given up
                    telling(watch.progress, task)(share, figures)
            ended = [(self._running.pop(reference), reference) for reference in done]
            self._look_at_nodes(watch)
            self._occupy()  # before whoever takes an outcome takes his time
            for task, reference in ended:
                outcome = outcome_of(task, reference)
                lost_in_a_row = lost_in_a_row + 1 if outcome.lost else 0
                yield outcome
            if lost_in_a_row >= self.jobs + _LOST_IN_A_ROW:
                given_up = [*self._running.values(), *(task for task, _, _ in self._waiting)]
                self._cancel()
                for task in given_up:
                    yield Outcome(task, lost=f"given up after {lost_in_a_row} others were lost in a row")

    def _look_at_nodes(self, watch: Watch) -> None:
        """How many tasks the cluster has room for by now; whoever watches is told when it has room for none."""
        now = time.monotonic()
        if now - self._counted < _COUNTED_EVERY:
            return
        self._counted, before, self._room = now, self._room, room(self._share)
        if before and not self._room:
            watch.note(f"no node of the Ray cluster has {self._share.in_words()} any more; waiting for one")

    def _occupy(self) -> None:
        limit = _AHEAD * max(self._room, 1)
        if self._most and (self._address or self._most < self._room):  # else no more fit into a cluster of our own
            limit = min(limit, self._most)
        while self._waiting and len(self._running) < limit:
            task, function, arguments = self._waiting.popleft()
            work = imported().cloudpickle.dumps((function, arguments))  # what a notebook defines, by value
            reference = self._remote.options(name=task).remote(task, self._origin, work, self._news.board)
            self._running[reference] = task

    def _cancel(self) -> None:
        for reference in self._running:
            imported().cancel(reference, force=True)
        self._running.clear()
        self._waiting.clear()


def _some_room(share: Share) -> int:
    """As `room`; ValueError where there is none, so that nothing would ever be done."""
    if found := room(share):
        return found
    raise ValueError(f"no node of the Ray cluster has {share.in_words()}, which a trial is to occupy")
