"""Has what a store lacks measured by an executor, and says beforehand how long that takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nasrank.bench.execution import Executor, Watch
from nasrank.bench.execution.process_pool import WorkersKilledError, one_thread
from nasrank.bench.scoring.classes import Unit
from nasrank.bench.scoring.measure import Job, JobText, measure, measure_some
from nasrank.bench.scoring.setup import SetUp
from nasrank.bench.scoring.store import Measurements

PROBED = 4
"""Architectures that are measured first, to know how long the others take."""

PROBED_SECONDS = 60.0
"""After so long no further one is measured for that."""

TASK_SECONDS = 20.0
"""A task takes about so long: what is lost when it is interrupted."""

MOST_IN_A_TASK = 200

TOLD = 20
"""Lines that say how far a run is, from its beginning to its end, for logs of what runs in the background."""


def pending(store: Measurements, units: Iterable[Unit], seeds: int, revisions: Mapping[str, int]) -> list[Job]:
    """What the store lacks of these proxies, each class once; all of a seed before the next one."""
    classes = list({unit.key: unit for unit in units}.values())
    jobs = [Job(unit, seed, store.lacking(unit.key, seed, revisions)) for seed in range(seeds) for unit in classes]
    return [job for job in jobs if job.proxies]


def probe_seconds(
    setup: SetUp, todo: Sequence[Job], store: Measurements, data_root: Path | None = None
) -> tuple[int, float]:
    """Measure and keep the first few; how many these were, and the mean seconds on one core of this machine.

    The first of all takes part in the mean only when it is the only one: it also prepares the images.
    """
    seconds: list[float] = []
    with store.writing() as put:
        for job in todo[:PROBED]:
            start = time.perf_counter()
            with one_thread():  # as workers do
                put(job.unit.key, job.seed, measure(setup, job, data_root))
            seconds.append(time.perf_counter() - start)
            if sum(seconds) > PROBED_SECONDS:
                break
    counted = seconds[1:] or seconds
    return len(seconds), sum(counted) / len(counted)


def measure_pending(
    setup: SetUp,
    todo: Sequence[Job],
    store: Measurements,
    executor: Executor,
    *,
    seconds_each: float,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> None:
    """Measure all of these and keep each task's as soon as it is finished.

    Args:
        executor: not entered yet.
        seconds_each: about how long one of them takes, which decides how many make a task.
        watch: told how it goes.

    Raises:
        HeldError: another run is writing to the store.
        WorkersKilledError: the system killed workers; all but what they worked on is finished.
    """
    watch, lost, done = watch or Watch(), list[str](), 0
    share = -(-len(todo) // executor.jobs)  # so that every worker has something to do
    size = max(1, min(MOST_IN_A_TASK, share, int(TASK_SECONDS / max(seconds_each, 1e-3))))
    tasks = {f"{place + 1:,} on": todo[place : place + size] for place in range(0, len(todo), size)}
    with store.writing() as put, executor:
        watch.expect({name: len(jobs) * seconds_each for name, jobs in tasks.items()}, executor.jobs)
        watch.begin("architectures", len(todo), 0)
        try:
            for name, jobs in tasks.items():
                executor.submit(name, measure_some, setup, [JobText.of(job) for job in jobs], data_root)
            for outcome in executor.outcomes(watch):
                jobs = tasks[outcome.task]
                if outcome.lost:
                    lost.append(outcome.task)
                    watch.failed(outcome.task, outcome.lost, lost=True)
                    watch.done(outcome.task, f"lost: {outcome.lost}", len(jobs))
                    continue
                for job, measured in zip(jobs, outcome.result, strict=True):
                    put(job.unit.key, job.seed, measured)
                before, done = done, done + len(jobs)
                said = TOLD * before // len(todo) < TOLD * done // len(todo)
                watch.done(outcome.task, f"measured with {done:,} in all" if said else "", len(jobs))
        finally:
            watch.end()
    if lost:
        raise WorkersKilledError(lost, f"{len(store.found):,} architectures and seeds")
