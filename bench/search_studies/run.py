"""Has the runs of a search study done by an executor; what is finished is kept, and what is new is added."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from nasrank.bench.execution import Executor, Watch, remote
from nasrank.bench.execution.process_pool import WorkersKilledError
from nasrank.bench.foundation.durations import duration
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.play import play, refuse_unknowing
from nasrank.bench.search_studies.sections import PartSection
from nasrank.bench.search_studies.store import RunStore
from nasrank.bench.search_studies.subject import Subject
from nasrank.bench.search_studies.tasks import Task, tasks_of


def subject_of(study: SearchStudy, part: str, data_root: Path | None = None) -> Subject:
    """A part of a study, read once by each process."""
    return _subject(part, study.parts[part].model_dump_json(), data_root)


@lru_cache(maxsize=8)
def _subject(name: str, part: str, data_root: Path | None) -> Subject:
    return Subject(name, PartSection.model_validate_json(part), data_root)


def check(study: SearchStudy, data_root: Path | None = None) -> None:
    """Look whether everything that the study names is there, and every searcher can search where it is to.

    Raises:
        ValueError: what is missing or cannot be, with the key of the study.
    """
    for part in study.parts:
        subject = subject_of(study, part, data_root)
        for searcher, row in study.searchers.items():
            if not study.searches(searcher, part):
                continue
            told = study.told(searcher, part)
            for name in {*told, *study.wanted(row)}:
                subject.told(name)
            random = generator(0, Purpose.SEARCH_RUN)
            try:
                made = row.kind(subject.searched, random, row.chosen(), objectives=1 if row.guide else len(told))
                if row.known:
                    refuse_unknowing(made, row.known)
                if row.landmarks and made.epochs is not None:
                    raise ValueError(f"{made.name} trains for fewer epochs first, and landmarks for all of them")
                if row.epochs_charged:
                    subject.refuse_to_charge(row.epochs_charged)
            except ValueError as error:
                raise ValueError(f"searchers.{searcher}: {error}") from error
            if row.guide:
                subject.refuse_gaps(told)
                continue
            for epochs in made.schedule:
                subject.askable(told, epochs)
            subject.refuse_gaps(told, made.epochs)


def play_all(
    study: SearchStudy,
    store: RunStore,
    executor: Executor,
    *,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> None:
    """Do all that is missing.

    Args:
        executor: not entered yet.

    Raises:
        HeldError: another process is writing to the store.
        ValueError: a source is missing, or a searcher cannot search a part.
        WorkersKilledError: the system killed workers; all but what they worked on is finished.
    """
    watch, lost = watch or Watch(), []
    with store.writing():
        check(study, data_root)
        settings = {task: _settings(study, task, data_root) for task in tasks_of(study)}
        every = list(settings)
        todo = [task for task in every if not store.has(task, settings[task])]
        if not todo:
            watch.note(f"all {sum(task.last - task.first for task in every):,} runs are finished")
            return
        watch.note(f"{study.title}: {len(todo):,} of {len(every):,} tasks to do, results in {store.folder}")
        watch.begin("runs of searchers", len(every), len(every) - len(todo))
        try:
            todo = _with_cost_said(study, todo, settings, store, executor, watch, data_root)
            with executor:
                for task in todo:
                    executor.submit(task.name, _played, study, task, data_root)
                by_name = {task.name: task for task in todo}
                for outcome in executor.outcomes(watch):
                    if outcome.lost:
                        lost.append(outcome.task)
                        watch.failed(outcome.task, outcome.lost, lost=True)
                        watch.done(outcome.task, f"lost: {outcome.lost}")
                        continue
                    task = by_name[outcome.task]
                    store.put(task, settings[task], outcome.result)
                    watch.done(outcome.task)
        finally:
            watch.end()
        if lost:
            raise WorkersKilledError(lost, f"{len(every) - len(lost):,} tasks")


def _settings(study: SearchStudy, task: Task, data_root: Path | None) -> str:
    """A checksum of all that decides the runs of a task: what the study says, and what was read from where."""
    read, sources = subject_of(study, task.part, data_root).checksums, study.sources_of(task.searcher, task.part)
    content = [study.fingerprint(task.part, task.searcher), {name: read[name] for name in sources}]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _with_cost_said(
    study: SearchStudy,
    todo: list[Task],
    settings: Mapping[Task, str],
    store: RunStore,
    executor: Executor,
    watch: Watch,
    data_root: Path | None,
) -> list[Task]:
    """What is left after the first task of every searcher was done here, and timed, for an estimate."""
    seconds: dict[tuple[str, str], float] = {}
    left = []
    for task in todo:
        if (task.part, task.searcher) in seconds:
            left.append(task)
            continue
        start = time.perf_counter()
        store.put(task, settings[task], played(study, task, data_root))
        seconds[task.part, task.searcher] = (time.perf_counter() - start) / (task.last - task.first)
        watch.done(task.name)
    rest = sum(seconds[task.part, task.searcher] * (task.last - task.first) for task in left)
    jobs = min(executor.jobs, max(len(left), 1))
    watch.note(f"about {duration(rest / jobs)} with {jobs} worker(s), by the first runs of each searcher")
    return left


def played(
    study: SearchStudy,
    task: Task,
    data_root: Path | None = None,
    *,
    progress: Callable[..., None] = lambda share: None,
) -> list[dict[str, Any]]:
    """The runs of a task as plain values, in order."""
    subject = subject_of(study, task.part, data_root)
    found = []
    for run in range(task.first, task.last):
        found.append(asdict(play(study, subject, task.searcher, run)))
        progress((run + 1 - task.first) / (task.last - task.first))
    return found


@remote
def _played(
    study: SearchStudy, task: Task, data_root: Path | None, *, progress: Callable[..., None]
) -> list[dict[str, Any]]:
    return played(study, task, data_root, progress=progress)
