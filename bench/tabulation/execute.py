"""Has the networks that a table still lacks trained by an executor, and says beforehand how long that takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nasrank.bench.data import load_dataset
from nasrank.bench.execution import Executor, Progress, Watch, remote
from nasrank.bench.execution.process_pool import WorkersKilledError
from nasrank.bench.foundation.threads import one_thread
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.bench.tabulation.standalone import StandaloneRun, run_alone
from nasrank.bench.tabulation.store import Networks
from nasrank.spaces import get_space

PROBED_NETWORKS = 5
PROBED_STEPS = 12
PROBED_IMAGES = 1000

Pending = Sequence[tuple[Any, tuple[int, ...]]]
"""Architectures and their missing seeds."""


def pending(store: Networks, architectures: Sequence[Any], seeds: int) -> Pending:
    """What the store lacks of so many seeds of these architectures."""
    missing = [
        (architecture, tuple(seed for seed in range(seeds) if (str(architecture), seed) not in store.runs))
        for architecture in architectures
    ]
    return [(architecture, lacking) for architecture, lacking in missing if lacking]


def train_pending(
    training: StandaloneTraining,
    todo: Pending,
    store: Networks,
    executor: Executor,
    *,
    watch: Watch | None = None,
    data_root: Path | None = None,
) -> None:
    """Train these networks and keep each as soon as its architecture's seeds are finished.

    Args:
        executor: not entered yet.
        watch: told how it goes.

    Raises:
        HeldError: another run is writing to the store.
        WorkersKilledError: the system killed workers; all networks but those they worked on are finished.
    """
    watch, lost = watch or Watch(), []
    tasks = {str(architecture): seeds for architecture, seeds in todo}
    with store.writing() as put, executor:
        watch.begin("networks", sum(map(len, tasks.values())), 0)
        try:
            for architecture, seeds in todo:
                executor.submit(str(architecture), _run_seeds, training, str(architecture), seeds, data_root)
            for outcome in executor.outcomes(watch):
                seeds = tasks[outcome.task]
                if outcome.lost:
                    lost.append(outcome.task)
                    watch.failed(outcome.task, outcome.lost, lost=True)
                    watch.done(outcome.task, f"lost: {outcome.lost}", len(seeds))
                    continue
                diverged = []
                for seed, run in zip(seeds, outcome.result, strict=True):
                    put(outcome.task, seed, run)
                    if run.failure:
                        diverged.append(f"seed {seed}: {run.failure}")
                if diverged:
                    watch.failed(outcome.task, "; ".join(diverged))
                watch.done(outcome.task, "; ".join(diverged), len(seeds))
        finally:
            watch.end()
    if lost:
        raise WorkersKilledError(lost, f"{len(store.runs):,} networks")


@remote
def _run_seeds(
    training: StandaloneTraining,
    architecture: str,
    seeds: tuple[int, ...],
    data_root: Path | None,
    *,
    progress: Progress,
) -> list[StandaloneRun]:
    """Runs of an architecture, which is told by its text, with each of these seeds."""
    parsed, runs = get_space(training.space).parse(architecture), []
    for done, seed in enumerate(seeds, start=1):
        runs.append(run_alone(training, parsed, seed, data_root))
        progress(done / len(seeds))
    return runs


def estimate_seconds(training: StandaloneTraining, todo: Pending, data_root: Path | None = None) -> float:
    """Time on one core of this machine, from a few steps of a few of the networks. Rough: networks differ in cost."""
    whole = int(np.bincount(load_dataset(training.data, data_root=data_root).samples.groups).max())  # no split cuts it
    probe = replace(
        training,
        epochs=1,
        training_images=min(training.training_images, whole * -(-PROBED_STEPS * training.batch_size // whole)),
        test_images=min(training.test_images, PROBED_IMAGES),
    )
    probed = [architecture for architecture, _ in todo[:PROBED_NETWORKS]]
    with one_thread():
        run_alone(probe, probed[0], 0, data_root)  # prepares the images, and what torch prepares at first use
        start = time.process_time()
        learning = sum(run_alone(probe, architecture, 0, data_root).seconds for architecture in probed)
        measuring = time.process_time() - start - learning
    steps = training.epochs * training.steps_per_epoch / probe.steps_per_epoch
    images = (
        (len(training.curve) - 1 + training.test_copies)
        * training.test_images
        / (training.test_copies * probe.test_images)
    )
    networks = sum(len(seeds) for _, seeds in todo)
    return (learning * steps + measuring * images) / len(probed) * networks
