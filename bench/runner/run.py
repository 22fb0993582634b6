"""A whole study: what it leaves open is drawn, its trials are run, and after them those that wait for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from nasrank.bench.execution import EXECUTORS, Executor, Watch
from nasrank.bench.foundation.devices import worked_on
from nasrank.bench.foundation.durations import duration
from nasrank.bench.runner.chosen import with_chosen_landmarks
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.durations import expected_durations
from nasrank.bench.runner.execute import execute
from nasrank.bench.runner.keeping import Keeping
from nasrank.bench.runner.more_seeds import Looking, most_trials
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.reuse import adopt
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth


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
    keeping: Keeping | None = None,
    most_looks: int | None = None,
) -> None:
    """Run what the store lacks of a study, in rounds where super-nets choose landmarks or seeds are added.

    Args:
        keeping: what trials keep besides their results.
        most_looks: where seeds are added, so many looks at most; rows that would go on after them do so another time.

    Raises:
        ValueError: the store is another study's or in use, or there are looks to count and seeds are listed.
        WorkersKilledError: the system killed workers; what they did not work on is finished.
    """
    watch, keeping, looking = watch or Watch(), keeping or Keeping(), Looking(truth)
    most_seeds = _seeds_at(design, most_looks)
    while True:
        store.begin(design)
        if reuse and (taken := adopt(store, reuse, design, truth)):
            watch.note(f"{taken} trials taken over from {reuse}")
        known, design = design, looking.with_more_seeds(with_chosen_landmarks(design, store), store)
        if goes_on := len(design.seeds) > most_seeds:
            design = known
        if design != known:
            if said := _going_on(known, design):
                watch.note(said)
            continue  # what they choose, or the seeds that are added, may be stored, too
        pending = keeping.pending(design, store)
        if not pending and store.due(design):
            execute(design, truth, store, executor, watch=watch, data_root=data_root, keeping=keeping)
            continue
        if not pending:
            watch.note(f"all {len(design.trials)} trials are finished")
            if goes_on:
                watch.note("more seeds would be added at the next look; the same run without a number of looks does")
            return
        watch.note(f"{design.study.title}: {len(design.trials)} trials, results in {store.folder}")
        durations = expected_durations(design, truth, pending, store, watch, data_root, worked_on(design.device))
        seconds, jobs = durations.seconds, min(executor.jobs, len(pending))
        took = duration(sum(seconds.values()) / jobs)
        watch.note(f"{len(pending)} trials to run, about {took} with {jobs} worker(s){durations.in_words}")
        watch.note(_equal_passes(design, pending))
        if design.study.looks and len(design.seeds) < min(most_seeds, len(design.study.every_seed)):
            watch.note(f"then more seeds, {most_trials(design)} trials at most")
        if design.waiting:
            watch.note(f"then, with the landmarks that these choose: {', '.join(design.waiting)}")
        execute(design, truth, store, executor, seconds=seconds, watch=watch, data_root=data_root, keeping=keeping)


def _seeds_at(design: Design, most_looks: int | None) -> float:
    """How many seeds a row may have that is looked at so often."""
    if most_looks is None:
        return inf
    if design.study.looks is None:
        raise ValueError("this study lists its seeds: there are no looks at which others are added")
    seeds = design.study.looks.seeds
    return seeds[min(most_looks, len(seeds)) - 1]


def _going_on(known: Design, design: Design) -> str:
    """Which rows have more seeds than before; empty where none has."""
    rows = [row.label for name, row in design.rows.items() if len(design.seeds_of(name)) > len(known.seeds_of(name))]
    others = len(design.rows) - len(rows)
    stopped = f"; {others} of {len(design.rows)} row(s) need no more" if others else ""
    return f"{len(design.seeds)} seeds of {', '.join(rows)}{stopped}" if rows else ""


def _equal_passes(design: Design, trials: list[Trial]) -> str:
    """What the numbers of steps mean that are said of each trial."""
    counts = sorted({design.arms[trial.arm].study.training.passes for trial in trials})
    if len(counts) > 1:
        return f"{counts[0]:,} to {counts[-1]:,} passes of a batch along one path; some strategies take several a step"
    return f"equal passes for all: {counts[0]:,} of a batch along one path; some strategies take several a step"
