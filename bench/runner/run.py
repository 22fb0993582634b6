"""A whole study: what it leaves open is drawn, its trials are run, and after them those that wait for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from nasrank.bench.execution import EXECUTORS, Executor, Watch
from nasrank.bench.foundation.durations import duration
from nasrank.bench.runner.chosen import with_chosen_landmarks
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.estimate import estimate_seconds
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.reuse import adopt, continued
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study

WORK = Path(".nasrank")
"""Where results are kept that are not finished."""


def run_study(
    study: Study | Path | str,
    *,
    executor: Executor | None = None,
    store: Store | None = None,
    reuse: Path | None = None,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> Results:
    """Run a study, or what is left of it; what is finished is kept in the store, and found there by the next call.

    In a notebook, `nasrank.run_study("nb201-smoke")` is all there is to it. A script that starts processes needs the
    guard `if __name__ == "__main__":` around the call, as every script does that uses multiprocessing.

    Args:
        study: what to run, the path of a study file, or the name of a study that comes with nasrank.
        executor: where trials are run; by default a process for each core.
        store: where results are kept; by default a folder under `.nasrank` named after the study and its design.
        reuse: folder of another run, or of its results, from which those that fit are taken over.
        watch: told how it goes.
        data_root: folder of benchmark data, else `$NASRANK_DATA`.

    Raises:
        ValueError: an option of the study cannot be met, or the store is another study's or in use.
        WorkersKilledError: the system killed workers; what they did not work on is finished.
    """
    if isinstance(study, Study):
        name = "study"
    else:
        path = find_study(str(study))
        name, study = path.stem, load_study(path)
    design, truth, _ = resolve(study, data_root)
    design = continued(design, truth, reuse) if reuse else design
    store = store or Store(WORK / f"{name}-{design.common_fingerprint}")
    executor = executor or EXECUTORS["processes"].as_usual()
    with store.writing():
        train_all(design, truth, store, executor, reuse=reuse, watch=watch, data_root=data_root)
        return store.read()


@contextmanager
def completed(store: Store, truth: Truth, *, in_place: bool = False, watch: Watch | None = None) -> Iterator[Store]:
    """A store with all estimates of its study: itself where it has them, else a copy for the length of the block.

    Results of before estimates were stored have none; they take seconds, and nothing is trained for them.

    Args:
        in_place: whether to add to the store itself what it lacks.

    Raises:
        ValueError: results are missing or damaged.
    """
    design = store.read().design
    if not store.due(design):
        yield store
    elif in_place:
        execute(design, truth, store, EXECUTORS["here"].as_usual(), trials=False, watch=watch)
        yield store
    else:
        with TemporaryDirectory() as folder:
            copy = Store(Path(folder) / "results")
            store.copy(design, copy.folder)
            execute(design, truth, copy, EXECUTORS["here"].as_usual(), trials=False, watch=watch)
            yield copy


def train_all(
    design: Design,
    truth: Truth,
    store: Store,
    executor: Executor,
    *,
    reuse: Path | None = None,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> None:
    """Run what the store lacks of a study, round by round where super-nets choose the landmarks of later ones.

    Raises:
        ValueError, WorkersKilledError: as `run_study`.
    """
    watch = watch or Watch()
    while True:
        store.begin(design)
        if reuse and (taken := adopt(store, reuse, design, truth)):
            watch.note(f"{taken} trials taken over from {reuse}")
        known, design = design, with_chosen_landmarks(design, store)
        if design != known:
            continue  # what they choose may be stored, too
        pending = [trial for trial in design.trials if not store.has(trial, design)]
        if not pending and store.due(design):
            execute(design, truth, store, executor, watch=watch, data_root=data_root)
            continue
        if not pending:
            watch.note(f"all {len(design.trials)} trials are finished")
            return
        watch.note(f"{design.study.title}: {len(design.trials)} trials, results in {store.folder}")
        watch.note("measuring a few steps")
        seconds = estimate_seconds(design, truth, pending, data_root)
        jobs = min(executor.jobs, len(pending))
        took = duration(sum(seconds.values()) / jobs)
        watch.note(f"{len(pending)} trials to run, about {took} with {jobs} worker(s)")
        watch.note(_equal_passes(design, pending))
        if design.waiting:
            watch.note(f"then, with the landmarks that these choose: {', '.join(design.waiting)}")
        execute(design, truth, store, executor, seconds=seconds, watch=watch, data_root=data_root)


def _equal_passes(design: Design, trials: list[Trial]) -> str:
    """What the numbers of steps mean that are said of each trial."""
    counts = sorted({design.arms[trial.arm].study.training.passes for trial in trials})
    if len(counts) > 1:
        return f"from {counts[0]:,} to {counts[-1]:,} passes of a batch along a path; some take several a step"
    return f"equal passes for all: {counts[0]:,} of a batch along a path, of which some take several a step"
