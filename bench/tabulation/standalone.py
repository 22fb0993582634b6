"""One stand-alone network, from initialization to its test accuracy, by the loop that trains super-nets.

A network is a super-net of a single path. Training and test images are perturbed alike, by shifts and noise: on clean
easy images most architectures come out equal. Training images are perturbed anew each time, the test images once for
all networks. Evaluation normalizes by the running statistics of training.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nasrank.bench.data import load_images, stratified_pair
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator, torch_seed
from nasrank.bench.scores.shared_weights import score_paths
from nasrank.bench.tabulation.settings import COMMON_SEED, TEST_COPIES, StandaloneTraining
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.step import Batch, Step
from nasrank.bench.training.strategies import Strategy
from nasrank.bench.training.trainer import train
from nasrank.spaces import get_space
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
        accuracy: in percent, after each epoch of the curve; empty when training diverged.
        loss: mean cross-entropy of a test image in nats, likewise.
        seconds: processor time of training, without measuring; 0 when it diverged.
        failure: why there are no results, or empty.
    """

    accuracy: tuple[float, ...]
    loss: tuple[float, ...]
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
        network = space.network(
            architecture,
            classes=prepared.classes,
            image_channels=prepared.training[0].shape[1],
            **training.network.arguments,
        )
    alone = StandAlone(network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    task = Classification(prepared.classes)
    stream = torch_generator(seed, Purpose.TRAINING_BATCHES)
    accuracy: list[float] = []
    loss: list[float] = []
    measuring = 0.0

    def measure(done: int, total: int) -> None:
        nonlocal measuring
        if done == 0 or done % training.steps_per_epoch or done // training.steps_per_epoch not in training.curve:
            return
        start = time.process_time()
        images, targets = prepared.test if done == total else prepared.first_copy
        scores = score_paths(alone, task, images, targets, [()])
        accuracy.append(100 * float(scores["accuracy"][0]))
        loss.append(-float(scores["negative_loss"][0]))
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
        return StandaloneRun((), (), 0.0, str(reason))
    if not all(map(_finite, (*accuracy, *loss))):
        return StandaloneRun((), (), 0.0, "the outputs on test images are not finite")
    return StandaloneRun(tuple(accuracy), tuple(loss), time.process_time() - start - measuring)


def _finite(value: float) -> bool:
    return abs(value) < float("inf")


@dataclass(frozen=True)
class Prepared:
    """The images as tensors.

    Attributes:
        training: normalized and clean.
        test: all perturbed copies, one after the other.
        first_copy: the first of them, for learning curves.
    """

    training: Batch
    test: Batch
    first_copy: Batch
    perturbation: Augmentation
    classes: int


@lru_cache(maxsize=1)
def prepare(training: StandaloneTraining, data_root: Path | None = None) -> Prepared:
    """Draw and perturb the images; the same for every network."""
    images = load_images(training.data, data_root=data_root)
    samples = images.samples
    rows = stratified_pair(
        samples.strata,
        generator(COMMON_SEED, Purpose.SPLITS),
        training=training.training_images,
        test=training.test_images,
        groups=samples.groups,
    )
    perturbation = Augmentation(training.padding, images.flippable, training.noise)
    (pixels, labels), (test_pixels, test_labels) = map(samples.tensors, rows)
    stream = torch_generator(COMMON_SEED, Purpose.TEST_IMAGES)
    copies = [_last(perturbation(test_pixels, stream)) for _ in range(TEST_COPIES)]
    return Prepared(
        training=(_last(pixels), labels),
        test=(torch.cat(copies), test_labels.repeat(TEST_COPIES)),
        first_copy=(copies[0], test_labels),
        perturbation=perturbation,
        classes=len(images.classes),
    )


def _last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
