"""Has the trials of a design done by an executor, and keeps what is finished.

A trial's result is written when it ends: a run that is killed at any point loses the trials in flight and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.execution import Executor, Progress, Watch, remote
from nasrank.bench.execution.process_pool import WorkersKilledError
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.estimates import run_estimate
from nasrank.bench.runner.keeping import Keeping
from nasrank.bench.runner.more_seeds import most_trials
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.standing import Standing, WithTau
from nasrank.bench.runner.tasks import Estimate, Trial
from nasrank.bench.runner.truth import Truth

if TYPE_CHECKING:
    from nasrank.bench.runner.checkpoints import Checkpoints
    from nasrank.bench.runner.kept_supernets import SuperNetFolder


def execute(
    design: Design,
    truth: Truth,
    store: Store,
    executor: Executor,
    *,
    trials: bool = True,
    seconds: Mapping[str, float] | None = None,
    watch: Watch | None = None,
    data_root: Path | None = None,
    keeping: Keeping | None = None,
) -> None:
    """Run every trial that the store lacks, and the other estimators for which all is there that they need.

    Args:
        truth: tasks get the labels of their landmarks only.
        executor: not entered yet; it is where something is to be done, for as long as that takes.
        trials: whether to train; else the other estimators alone are run.
        seconds: estimated of each trial, on one core.
        watch: told how it goes.
        keeping: what trials keep besides their results.

    Raises:
        ValueError: the store belongs to another design, or another process is writing to it.
        WorkersKilledError: the system killed workers; all trials but those they worked on are finished.
    """
    watch, keeping = watch or Watch(), keeping or Keeping()
    with store.writing():
        store.begin(design)
        pending = {trial.name: trial for trial in keeping.pending(design, store)} if trials else {}
        due = {estimate.name: estimate for estimate in store.due(design)}
        finished = len(design.trials) - len(pending)
        if finished and trials:
            watch.note(f"{finished} of {len(design.trials)} trials are finished already")
        if not pending and not due:
            return
        watch.expect(seconds or {}, executor.jobs)
        if pending:
            most = most_trials(design)
            what = "all trials" if most == len(design.trials) else f"trials ({most} at most)"
            watch.begin(what, len(design.trials), finished)
        else:
            watch.begin("other estimators", len(due), 0)
        try:
            lost = _run_all(design, truth, pending, due, store, executor, watch, data_root, keeping)
        finally:
            watch.end()
        if lost:
            kept = sum(store.has(trial, design) for trial in design.trials)
            raise WorkersKilledError(lost, f"{kept} of {len(design.trials)} trials")


def _run_all(
    design: Design,
    truth: Truth,
    pending: dict[str, Trial],
    due: dict[str, Estimate],
    store: Store,
    executor: Executor,
    watch: Watch,
    data_root: Path | None,
    keeping: Keeping,
) -> list[str]:
    """Names of the tasks that are lost, as their workers were killed."""
    lost: list[str] = []
    standing = Standing(design, truth)
    for trial in design.trials:
        if trial.name not in pending:
            earlier = store.get(trial, design)
            if earlier["failure"]:
                watch.failed(trial.name, earlier["failure"])
            elif pending:
                standing.put(trial, earlier)
    if pending:
        _say_how_it_stands(design, standing, design.rows.values(), watch)
    tasks: dict[str, Trial | Estimate] = {**pending, **due}
    checkpoints = keeping.checkpoints_in(executor.scratch or store.folder.resolve())
    with executor:
        for trial in pending.values():
            labels = design.labels_for(trial, truth)
            if checkpoints and (said := checkpoints.of(design, trial, labels).in_words):
                watch.note(f"{trial.name}: {said}")
            executor.submit(trial.name, _run, design, trial, labels, data_root, checkpoints, keeping.supernets)
        for estimate in due.values():
            known = store.supernet_of(estimate, design)
            labels = design.labels_of(estimate.row, estimate.seed, truth) if estimate.row else np.empty(0)
            executor.submit(estimate.name, _run_estimate, design, estimate, labels, known, data_root)
        for outcome in executor.outcomes(WithTau(watch, standing)):
            task = tasks[outcome.task]
            units = 1 if isinstance(task, Trial) or not pending else 0  # beside trials, estimates take no time
            if outcome.lost:
                lost.append(outcome.task)
                watch.failed(outcome.task, outcome.lost, lost=True)
                watch.done(outcome.task, f"lost: {outcome.lost}", units)
                continue
            result = outcome.result
            store.put(task, result)
            if checkpoints and isinstance(task, Trial):
                checkpoints.remove(task)
            if result["failure"]:
                watch.failed(task.name, result["failure"])
            watch.done(outcome.task, _in_words(design, task, result), units)
            if isinstance(task, Trial):
                _say_how_it_stands(design, standing, standing.put(task, result), watch)
    return lost


def _say_how_it_stands(design: Design, standing: Standing, rows: Iterable[Row], watch: Watch) -> None:
    for row in rows:
        if figures := standing.of(row):
            seeds = figures.pop("seeds")
            watch.found(row.label, {**figures, f"of {len(design.seeds_of(row.name))} seed(s)": seeds})


def _in_words(design: Design, task: Trial | Estimate, result: Mapping[str, Any]) -> str:
    seconds = f"{sum(result['seconds'].values()):.0f} s"
    if result["failure"]:
        return f"failed: {result['failure']}, {seconds}"
    if isinstance(task, Estimate):
        return ""
    passes = design.arms[task.arm].study.training.passes
    return f"{passes:,} passes in {result['steps']:,} steps, {seconds}"


@remote
def _run_estimate(
    design: Design,
    estimate: Estimate,
    labels: npt.NDArray[np.float64],
    known: dict[str, Any] | None,
    data_root: Path | None,
    *,
    progress: Progress,
) -> dict[str, Any]:
    return run_estimate(design, estimate, labels, known, data_root, progress)


@remote
def _run(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None,
    checkpoints: Checkpoints | None,
    supernets: SuperNetFolder | None,
    *,
    progress: Progress,
) -> dict[str, Any]:
    from nasrank.bench.runner.trial import run_trial

    return run_trial(design, trial, labels, data_root, progress, checkpoints=checkpoints, supernets=supernets)
