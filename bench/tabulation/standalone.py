"""One stand-alone network, from initialization to its scores on test data, by the loop that trains super-nets.

A network is a super-net of a single path. Training and test images are perturbed alike, by shifts and noise: on clean
easy images most architectures come out equal. Training images are perturbed anew each time, the test images once for
all networks. Windows of text are left as they are. Evaluation normalizes by the running statistics of training.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nasrank.bench.data import Description, load_dataset, stratified_pair
from nasrank.bench.data.pixels import PixelDataset
from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator, torch_seed
from nasrank.bench.scores.shared_weights import score_paths
from nasrank.bench.tabulation.metrics import metrics_of
from nasrank.bench.tabulation.settings import COMMON_SEED, StandaloneTraining
from nasrank.bench.training.batches import Augment, EndlessBatches
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.strategies import Strategy
from nasrank.bench.training.trainer import train
from nasrank.spaces import get_space
from nasrank.spaces.placing import channels_last
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet


class StandAlone(SuperNet):
    """A network as a super-net with one path, that of no decisions."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, path: HardPath | SoftPath = (), *, numbers: bool = False) -> Tensor:
        del path, numbers
        scores: Tensor = self.network(images)
        return scores

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        yield list(range(len(paths))), self(images)

    @property
    def keeps_statistics(self) -> bool:
        return True


class OnlyPath(Strategy):
    """Train the only path there is."""

    name = label = "stand-alone"
    reference = ""
    passes_per_step = 1

    def accumulate(self, step: Step) -> Tensor:
        loss = step.loss(())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


@dataclass(frozen=True)
class StandaloneRun:
    """What one training run gave.

    Attributes:
        curves: by metric of tables, its number after each epoch of the curve; empty when training diverged.
        seconds: processor time of training, without measuring; 0 when it diverged.
        failure: why there are no results, or empty.
    """

    curves: dict[str, tuple[float, ...]]
    seconds: float
    failure: str = ""


def run_alone(
    training: StandaloneTraining, architecture: Any, seed: int, data_root: Path | None = None
) -> StandaloneRun:
    """Train and measure one network; apart from its time the result depends on the arguments alone."""
    prepared = prepare(training, data_root)
    space = get_space(training.space)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        network = space.network(architecture, **prepared.description.network_sizes, **training.network.arguments)
    alone = channels_last(StandAlone(network))
    task, metrics = training.task.of(prepared.description), metrics_of(training.task)
    stream = torch_generator(seed, Purpose.TRAINING_BATCHES)
    curves: dict[str, list[float]] = {metric.name: [] for metric in metrics}
    measuring = 0.0

    def measure(done: int, total: int) -> None:
        nonlocal measuring
        if done == 0 or done % training.steps_per_epoch or done // training.steps_per_epoch not in training.curve:
            return
        start = time.process_time()
        scores = score_paths(alone, task, *(prepared.test if done == total else prepared.first_copy), [()])
        for metric in metrics:
            curves[metric.name].append(metric.of(scores))
        measuring += time.process_time() - start

    start = time.process_time()
    try:
        train(
            alone,
            task,
            OnlyPath(space, generator(seed, Purpose.STRATEGY)),
            [],
            training.optimization(),
            EndlessBatches(*prepared.training, training.batch_size, stream, prepared.perturbation),
            {"strategy": iter(())},
            measure,
        )
    except FloatingPointError as reason:
        return StandaloneRun({}, 0.0, str(reason))
    if not all(isfinite(value) for curve in curves.values() for value in curve):
        return StandaloneRun({}, 0.0, "the outputs on test data are not finite")
    found = {name: tuple(curve) for name, curve in curves.items()}
    return StandaloneRun(found, time.process_time() - start - measuring)


@dataclass(frozen=True)
class Prepared:
    """The samples as tensors.

    Attributes:
        training: images normalized and clean, or windows of text.
        test: all perturbed copies, one after the other; of text, the windows themselves.
        first_copy: the first of them, for learning curves.
        perturbation: of what trains; None for nothing.
    """

    training: Batch
    test: Batch
    first_copy: Batch
    perturbation: Augment | None
    description: Description


@lru_cache(maxsize=1)
def prepare(training: StandaloneTraining, data_root: Path | None = None) -> Prepared:
    """Draw the samples, and perturb images; the same for every network."""
    data = load_dataset(training.data, data_root=data_root)
    samples = data.samples
    rows = stratified_pair(
        samples.strata,
        generator(COMMON_SEED, Purpose.SPLITS),
        training=training.training_images,
        test=training.test_images,
        groups=samples.groups,
    )
    (inputs, targets), test = map(samples.tensors, rows)
    if not isinstance(data, PixelDataset):
        return Prepared((inputs, targets), test, test, perturbation=None, description=data.description)
    perturbation = data.perturbation(training.padding, noise=training.noise)
    stream = torch_generator(COMMON_SEED, Purpose.TEST_IMAGES)
    copies = [perturbation(*test, stream) for _ in range(training.test_copies)]
    together = [torch.cat(part) for part in zip(*copies, strict=True)]
    return Prepared(
        training=(_last(inputs), targets),
        test=(_last(together[0]), together[1]),
        first_copy=(_last(copies[0][0]), copies[0][1]),
        perturbation=perturbation,
        description=data.description,
    )


def _last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
