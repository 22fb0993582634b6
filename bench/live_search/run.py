"""Has the searches of a study done by an executor; every network that was trained is kept, so that a search goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasrank.bench.data import load_dataset
from nasrank.bench.execution import Executor, Progress, Watch, remote
from nasrank.bench.execution.process_pool import WorkersKilledError
from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.durations import duration
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.live_search.grammar import LiveStudy
from nasrank.bench.live_search.play import Search, play
from nasrank.bench.tabulation.execute import estimate_seconds
from nasrank.bench.tabulation.standalone import StandaloneRun, run_alone
from nasrank.bench.tabulation.store import Networks

PROBED = 5
"""Random architectures, a few steps of which say what a study will take."""


class Task(NamedTuple):
    """A search."""

    searcher: str
    run: int

    @property
    def name(self) -> str:
        return f"{self.searcher}.run{self.run}"


def tasks_of(study: LiveStudy) -> Iterator[Task]:
    """All of them: first searches of all searchers, then second ones, so that what is there compares."""
    for run in range(study.runs):
        for searcher in study.searchers:
            yield Task(searcher, run)


class SearchStore(Records):
    """By the name of its task, what a search came to."""

    def has(self, task: Task, settings: str) -> bool:
        """Whether it is here, by these settings."""
        record = self.record(task.name) if task.name in self else None
        return isinstance(record, dict) and record.get("settings") == settings

    def put(self, task: Task, settings: str, search: dict[str, Any]) -> None:
        """Keep it, whole or not at all; `settings` are a checksum of all that decides it."""
        values = {name: [_plain(one) for one in search[name]] for name in ("values", "again")}
        self.keep(task.name, {"settings": settings, "search": {**search, **values}})

    def search(self, study: LiveStudy, task: Task) -> Search:
        """That of a task; DataError when it is damaged or not there."""
        if task.name not in self:
            raise DataError(f"{task.name} is missing: run the study to its end")
        try:
            content = dict(self.record(task.name)["search"])
            texts, failures = (list(map(str, content[name])) for name in ("architectures", "failures"))
            values, again = (list(map(_number, content[name])) for name in ("values", "again"))
            return Search.of(study, texts, values, failures, again, float(content["seconds"]), str(content["ended"]))
        except (TypeError, KeyError, ValueError):
            raise DataError(f"{self.path(task.name)} is damaged; remove it") from None


def search_all(
    study: LiveStudy,
    store: SearchStore,
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
        ValueError: the data are missing.
        WorkersKilledError: the system killed workers; all but what they worked on is finished.
    """
    watch, lost = watch or Watch(), []
    with store.writing():
        load_dataset(study.training.data, data_root=data_root)  # refuses data that are not here, before all else
        settings = {task: _settings(study, task.searcher) for task in tasks_of(study)}
        every = list(settings)
        todo = [task for task in every if not store.has(task, settings[task])]
        if not todo:
            watch.note(f"all {len(every):,} searches are finished")
            return
        networks = len(todo) * (study.evaluations + study.again)
        watch.note(f"{study.title}: {len(todo):,} of {len(every):,} searches to do, results in {store.folder}")
        seconds = _seconds_of_networks(study, networks, data_root) / min(executor.jobs, len(todo))
        watch.note(
            f"{networks:,} networks to train at most, about {duration(seconds)} with {executor.jobs} worker(s), by a "
            f"few steps of {PROBED} of them"
        )
        watch.begin("searches", len(every), len(every) - len(todo))
        # reached by all workers, so that another goes on with a search
        reached = executor.scratch / store.folder.name if executor.scratch else store.folder.absolute()
        try:
            with executor:
                for task in todo:
                    folder = reached / "networks" / f"{task.name}-{study.standalone.fingerprint}"
                    executor.submit(task.name, _searched, study, task, folder, data_root)
                by_name = {task.name: task for task in todo}
                for outcome in executor.outcomes(watch):
                    if outcome.lost:
                        lost.append(outcome.task)
                        watch.failed(outcome.task, outcome.lost, lost=True)
                        watch.done(outcome.task, f"lost: {outcome.lost}")
                        continue
                    store.put(by_name[outcome.task], settings[by_name[outcome.task]], outcome.result)
                    watch.done(outcome.task)
        finally:
            watch.end()
        if lost:
            raise WorkersKilledError(lost, f"{len(every) - len(lost):,} searches")


def _settings(study: LiveStudy, searcher: str) -> str:
    """A checksum of all that decides its searches: what the study says, the images, and the environment."""
    content = [study.fingerprint(searcher), study.standalone.to_json()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _seconds_of_networks(study: LiveStudy, count: int, data_root: Path | None) -> float:
    """Rough, of random ones on one core."""
    random = study.searched.sample(generator(0, Purpose.SEARCH_RUN), PROBED)
    return estimate_seconds(study.standalone, [(one, (0,)) for one in random], data_root) / PROBED * count


@remote
def _searched(
    study: LiveStudy, task: Task, folder: Path, data_root: Path | None, *, progress: Progress
) -> dict[str, Any]:
    return asdict(searched(study, task, folder, data_root, progress=progress))


def searched(
    study: LiveStudy,
    task: Task,
    folder: Path,
    data_root: Path | None = None,
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> Search:
    """A search that takes over the networks that are in the folder, and leaves there those that it trains."""
    training = study.standalone
    networks = Networks(folder, training)
    with networks.writing() as put:

        def train(architecture: Any, seed: int) -> StandaloneRun:
            key = str(architecture), seed
            if key not in networks.runs:
                put(*key, run_alone(training, architecture, seed, data_root))
            return networks.runs[key]

        return play(study, task.searcher, task.run, train, progress=progress)


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value


def _number(value: float | None) -> float:
    return np.nan if value is None else value
