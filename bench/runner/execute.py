"""Runs the trials of a design in processes, keeps what is finished, and shows how far it is.

Every worker computes on one thread, so results do not depend on how many run. A trial's result is written when it
ends: a run that is killed at any point loses the trials in flight and nothing else.
"""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from nasrank.bench.execution.processes import Workers, WorkersKilledError, context, one_thread_workers
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.results import Store

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
        ValueError: the store belongs to another design, or another process is writing to it.
        WorkersKilledError: the system killed workers; all trials but those they worked on are finished.
    """
    with store.writing():
        _execute(design, truth, store, jobs, console, data_root)


def _execute(
    design: Design,
    truth: npt.NDArray[np.float64],
    store: Store,
    jobs: int,
    console: Console,
    data_root: Path | None,
) -> None:
    store.begin(design)
    pending = [trial for trial in design.trials if not store.has(trial, design)]
    if len(pending) < len(design.trials):
        console.print(f"{len(design.trials) - len(pending)} of {len(design.trials)} trials are finished already")
    if not pending:
        return
    reports: Any = context.Queue()
    with one_thread_workers(jobs, _keep_reports, reports) as workers:
        for trial in pending:
            labels = design.labels_of(trial.arm, trial.seed, truth)
            workers.submit(trial.name, _run, design, trial, labels, data_root)
        lost = _follow(workers, {trial.name: trial for trial in pending}, reports, store, console, len(design.trials))
    if lost:
        kept = sum(store.has(trial, design) for trial in design.trials)
        raise WorkersKilledError(lost, f"{kept} of {len(design.trials)} trials")


def _keep_reports(reports: Any) -> None:
    global _reports
    _reports = reports
    reports.cancel_join_thread()  # unread progress is no reason to stay


def _run(
    design: Design, trial: Trial, labels: npt.NDArray[np.float64], data_root: Path | None
) -> tuple[dict[str, Any], float]:
    from nasrank.bench.runner.trial import run_trial

    last = 0.0

    def progress(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > 0.3:
            last = time.monotonic()
            _reports.put((trial.name, share))

    start = time.monotonic()
    return run_trial(design, trial, labels, data_root, progress), time.monotonic() - start


def _follow(
    workers: Workers, trials: dict[str, Trial], reports: Any, store: Store, console: Console, total: int
) -> list[str]:
    """Keep what is finished and show how far the rest is; returns the names of trials whose workers were killed."""
    columns = (
        TextColumn("{task.description:<28}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        overall = progress.add_task("all trials", total=total, completed=total - len(trials))
        running: dict[str, Any] = {}
        shares: dict[str, float] = {}
        unfinished, lost = set(trials), []
        while workers.busy:
            for name, share in _drain(reports):
                if name not in unfinished:
                    continue  # its last report came after its result
                if name not in running:
                    running[name] = progress.add_task(name, total=1.0)
                progress.update(running[name], completed=share)
                shares[name] = share
            for outcome in workers.finished(0):
                name = outcome.task
                unfinished.remove(name)
                shares.pop(name, None)
                if name in running:
                    progress.remove_task(running.pop(name))
                if outcome.killed:
                    lost.append(name)
                    progress.console.print(f"{name:<28} lost: its worker was killed", markup=False)
                    continue
                result, seconds = outcome.result
                store.put(trials[name], result)
                words = f"failed: {result['failure']}" if result["failure"] else f"{result['steps']} steps"
                progress.console.print(f"{name:<28} {words}, {seconds:.0f} s", markup=False)
            progress.update(overall, completed=total - len(unfinished) + sum(shares.values()))
    return lost


def _drain(reports: Any) -> list[tuple[str, float]]:
    found = []
    try:
        found.append(reports.get(timeout=0.2))
        while True:
            found.append(reports.get_nowait())
    except queue.Empty:
        return found
