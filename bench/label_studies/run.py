"""Has the draws of a label study done by an executor; what is finished is kept, and rows that are new are added."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nasrank.bench.execution import Executor, Watch, remote
from nasrank.bench.execution.process_pool import WorkersKilledError
from nasrank.bench.foundation.durations import duration
from nasrank.bench.label_studies.evaluate import evaluate, settings_of, subject_of
from nasrank.bench.label_studies.grammar import LabelStudy, RowSection
from nasrank.bench.label_studies.store import DrawStore
from nasrank.bench.label_studies.tasks import Task, tasks_of

Pending = Mapping[Task, Mapping[str, RowSection]]


def pending(study: LabelStudy, store: DrawStore, reports: Path, data_root: Path | None = None) -> Pending:
    """The rows of every draw that the store lacks or has of other settings.

    Raises:
        ValueError: an input of a part is missing or is not what it should be.
    """
    found: dict[Task, Mapping[str, RowSection]] = {}
    for task in tasks_of(study):
        subject, known = subject_of(study, task.part, reports, data_root), store.rows(task)
        rows = study.rows_of(*task)
        lacking = {
            name: row
            for name, row in rows.items()
            if name not in known or known[name]["settings"] != settings_of(row, subject)
        }
        if lacking:
            found[task] = lacking
    return found


def run_draws(
    study: LabelStudy,
    store: DrawStore,
    executor: Executor,
    reports: Path,
    *,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> None:
    """Do all that is pending.

    Args:
        executor: not entered yet.
        reports: the folder within which score files and studies lie.

    Raises:
        HeldError: another run is writing to the store.
        ValueError: an input is missing.
        WorkersKilledError: the system killed workers; all draws but those they worked on are finished.
    """
    watch, lost = watch or Watch(), []
    with store.writing():
        todo = pending(study, store, reports, data_root)
        every = sum(1 for _ in tasks_of(study))
        if not todo:
            watch.note(f"all {every:,} draws are finished")
            return
        watch.note(f"{study.title}: {len(todo):,} of {every:,} draws to do, results in {store.folder}")
        watch.begin("draws of labels", every, every - len(todo))
        try:
            todo = _with_cost_said(study, todo, store, executor, reports, watch, data_root)
            with executor:
                for task, rows in todo.items():
                    executor.submit(task.name, _evaluate, study, task, rows, reports, data_root)
                by_name = {task.name: task for task in todo}
                for outcome in executor.outcomes(watch):
                    if outcome.lost:
                        lost.append(outcome.task)
                        watch.failed(outcome.task, outcome.lost, lost=True)
                        watch.done(outcome.task, f"lost: {outcome.lost}")
                        continue
                    store.put(by_name[outcome.task], outcome.result)
                    _say_done(outcome.task, outcome.result, watch)
        finally:
            watch.end()
        if lost:
            raise WorkersKilledError(lost, f"{every - len(lost):,} draws")


def _with_cost_said(
    study: LabelStudy,
    todo: Pending,
    store: DrawStore,
    executor: Executor,
    reports: Path,
    watch: Watch,
    data_root: Path | None,
) -> Pending:
    """What is left after the first draw of every part and count was done here, and timed, for an estimate."""
    seconds: dict[tuple[str, int], float] = {}
    left = dict(todo)
    for task, rows in todo.items():
        if (task.part, task.labels) in seconds:
            continue
        subject_of(study, task.part, reports, data_root)
        start = time.perf_counter()
        found = evaluate(study, task, rows, reports, data_root)
        seconds[task.part, task.labels] = time.perf_counter() - start
        store.put(task, found)
        _say_done(task.name, found, watch)
        del left[task]
    rest = sum(seconds[task.part, task.labels] for task in left)
    jobs = min(executor.jobs, max(len(left), 1))
    watch.note(f"about {duration(rest / jobs)} with {jobs} worker(s), by the first draw of each number of labels")
    return left


def _say_done(task: str, result: Mapping[str, Mapping[str, Any]], watch: Watch) -> None:
    failures = "; ".join(f"{name}: {row['failure']}" for name, row in result.items() if row["failure"])
    if failures:
        watch.failed(task, failures)
    watch.done(task, failures)


@remote
def _evaluate(
    study: LabelStudy,
    task: Task,
    rows: Mapping[str, RowSection],
    reports: Path,
    data_root: Path | None,
    *,
    progress: Callable[..., None],
) -> dict[str, Any]:
    return evaluate(study, task, rows, reports, data_root, progress=progress)
