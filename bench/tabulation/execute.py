"""Trains the networks that a table still lacks, in worker processes, and says beforehand how long that takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from nasrank.bench.execution.processes import WorkersKilledError, one_thread_workers
from nasrank.bench.tabulation.settings import TEST_COPIES, StandaloneTraining
from nasrank.bench.tabulation.standalone import StandaloneRun, run_alone
from nasrank.bench.tabulation.store import Store

PROBED_NETWORKS = 5
PROBED_STEPS = 12
PROBED_IMAGES = 1000

Pending = Sequence[tuple[Any, tuple[int, ...]]]
"""Architectures and their missing seeds."""


def pending(store: Store, architectures: Sequence[Any], seeds: int) -> Pending:
    """What the store lacks of so many seeds of these architectures."""
    missing = [
        (architecture, tuple(seed for seed in range(seeds) if (str(architecture), seed) not in store.runs))
        for architecture in architectures
    ]
    return [(architecture, lacking) for architecture, lacking in missing if lacking]


def train_pending(
    training: StandaloneTraining,
    todo: Pending,
    store: Store,
    *,
    jobs: int,
    console: Console,
    data_root: Path | None = None,
) -> None:
    """Train these networks and keep each as soon as its architecture's seeds are finished.

    Raises:
        HeldError: another run is writing to the store.
        WorkersKilledError: the system killed workers; all networks but those they worked on are finished.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with store.writing() as put, one_thread_workers(jobs) as workers, Progress(*columns, console=console) as progress:
        task = progress.add_task("networks", total=sum(len(seeds) for _, seeds in todo))
        tasks = {str(architecture): seeds for architecture, seeds in todo}
        lost = []
        for architecture, seeds in todo:
            workers.submit(str(architecture), _run_seeds, training, architecture, seeds, data_root)
        while workers.busy:
            for outcome in workers.finished(1):
                if outcome.killed:
                    lost.append(outcome.task)
                    continue
                for seed, run in zip(tasks[outcome.task], outcome.result, strict=True):
                    put(outcome.task, seed, run)
                    if run.failure:
                        words = f"{outcome.task} seed {seed}: {run.failure}"
                        progress.console.print(words, markup=False, soft_wrap=True)
                progress.advance(task, len(tasks[outcome.task]))
    if lost:
        raise WorkersKilledError(lost, f"{len(store.runs):,} networks")


def _run_seeds(
    training: StandaloneTraining, architecture: Any, seeds: tuple[int, ...], data_root: Path | None
) -> list[StandaloneRun]:
    return [run_alone(training, architecture, seed, data_root) for seed in seeds]


def estimate_seconds(training: StandaloneTraining, todo: Pending, data_root: Path | None = None) -> float:
    """Time on one core of this machine, from a few steps of a few of the networks. Rough: networks differ in cost."""
    probe = replace(
        training,
        epochs=1,
        training_images=min(training.training_images, PROBED_STEPS * training.batch_size),
        test_images=min(training.test_images, PROBED_IMAGES),
    )
    probed = [architecture for architecture, _ in todo[:PROBED_NETWORKS]]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as workers do
    run_alone(probe, probed[0], 0, data_root)  # prepares the images, and what torch prepares at first use
    start = time.process_time()
    learning = sum(run_alone(probe, architecture, 0, data_root).seconds for architecture in probed)
    measuring = time.process_time() - start - learning
    torch.set_num_threads(threads)
    steps = training.epochs * training.steps_per_epoch / probe.steps_per_epoch
    images = (len(training.curve) - 1 + TEST_COPIES) * training.test_images / (TEST_COPIES * probe.test_images)
    networks = sum(len(seeds) for _, seeds in todo)
    return (learning * steps + measuring * images) / len(probed) * networks
