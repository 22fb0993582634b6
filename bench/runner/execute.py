"""Runs the trials of a design in processes, keeps what is finished, and shows how far it is.

Every worker computes on one thread, so results do not depend on how many run. A trial's result is written when it
ends: a run that is killed at any point loses the trials in flight and nothing else.
"""

from __future__ import annotations

import queue
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.runner.design import Design, Trial
from bench.runner.results import Store
from bench.workers import context, one_thread_workers

_reports: Any = None  # in a worker: the queue to the parent


def execute(
    design: Design,
    truth: npt.NDArray[np.float64],
    store: Store,
    *,
    jobs: int,
    console: Console,
    data_root: Path | None = None,
) -> None:
    """Run every trial that the store lacks.

    Args:
        truth: accuracy of every architecture by position, in percent; workers get the landmarks' only.
        jobs: worker processes.

    Raises:
        ValueError: the store belongs to another design.
        concurrent.futures.process.BrokenProcessPool: a worker was killed, for instance for want of memory.
    """
    store.begin(design)
    pending = [trial for trial in design.trials if not store.has(trial, design)]
    if len(pending) < len(design.trials):
        console.print(f"{len(design.trials) - len(pending)} of {len(design.trials)} trials are finished already")
    if not pending:
        return
    reports: Any = context.Queue()
    with one_thread_workers(jobs, _keep_reports, reports) as workers:
        futures = {
            workers.submit(_run, design, trial, design.labels_of(trial.arm, trial.seed, truth), data_root): trial
            for trial in pending
        }
        _follow(futures, reports, store, console, total=len(design.trials))


def _keep_reports(reports: Any) -> None:
    global _reports
    _reports = reports
    reports.cancel_join_thread()  # unread progress is no reason to stay


def _run(
    design: Design, trial: Trial, labels: npt.NDArray[np.float64], data_root: Path | None
) -> tuple[dict[str, Any], float]:
    from bench.runner.trial import run_trial

    last = 0.0

    def progress(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > 0.3:
            last = time.monotonic()
            _reports.put((trial.name, share))

    start = time.monotonic()
    return run_trial(design, trial, labels, data_root, progress), time.monotonic() - start


def _follow(futures: dict[Future[Any], Trial], reports: Any, store: Store, console: Console, *, total: int) -> None:
    columns = (
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        overall = progress.add_task("all trials", total=total, completed=total - len(futures))
        running: dict[str, Any] = {}
        shares: dict[str, float] = {}
        waiting = set(futures)
        while waiting:
            unfinished = {futures[future].name for future in waiting}
            for name, share in _drain(reports):
                if name not in unfinished:
                    continue  # its last report came after its result
                if name not in running:
                    running[name] = progress.add_task(name, total=1.0)
                progress.update(running[name], completed=share)
                shares[name] = share
            for future in [future for future in waiting if future.done()]:
                waiting.remove(future)
                trial = futures[future]
                result, seconds = future.result()
                store.put(trial, result)
                shares.pop(trial.name, None)
                if trial.name in running:
                    progress.remove_task(running.pop(trial.name))
                outcome = f"failed: {result['failure']}" if result["failure"] else f"{result['steps']} steps"
                progress.console.print(f"{trial.name:<28} {outcome}, {seconds:.0f} s", markup=False)
            progress.update(overall, completed=total - len(waiting) + sum(shares.values()))


def _drain(reports: Any) -> list[tuple[str, float]]:
    found = []
    try:
        found.append(reports.get(timeout=0.2))
        while True:
            found.append(reports.get_nowait())
    except queue.Empty:
        return found
