"""What a trial is made of: super-net, strategy, regularizers and streams of images, assembled from a design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nasrank.bench.foundation.seeds import Purpose, generator, torch_generator, torch_seed
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.images import Splits, prepare_images
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.batches import endless_batches
from nasrank.bench.training.step import Batch
from nasrank.bench.training.strategies import Strategy
from nasrank.bench.training.terms.landmark import LandmarkRegularizer
from nasrank.bench.training.terms.term import Regularizer
from nasrank.spaces import get_space
from nasrank.spaces.supernet import HardPath, SuperNet

CALIBRATION_BATCHES = 4


@dataclass(frozen=True)
class Parts:
    """Everything a trial needs, assembled from the design.

    Attributes:
        initial: the weights at the start.
    """

    supernet: SuperNet
    task: Task
    strategy: Strategy
    regularizers: list[Regularizer]
    batches: Iterator[Batch]
    held_out: dict[str, Iterator[Batch]]
    scoring: Batch
    calibration: Sequence[Tensor]
    initial: dict[str, Tensor]


def assemble(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None = None,
    *,
    arm: Arm | None = None,
) -> Parts:
    """Build the network and the data streams of a trial.

    Args:
        labels: of the landmarks, `(landmarks,)`, as in `Design.labels_of`.
        arm: settings in place of the trial's own.
    """
    arm = arm or design.arms[trial.arm]
    study, seed = arm.study, trial.seed
    space, training = get_space(study.space), study.training
    images = prepare_images(design, arm, seed, data_root)
    strategy = arm.build(space, generator(seed, Purpose.STRATEGY))
    supernet = _supernet(arm, images, seed)
    regularizers: list[Regularizer] = []
    if trial.guided:
        paths = paths_of(design, design.landmarks_of(arm.name, seed))
        stream = generator(seed, Purpose.LANDMARK_PAIRS)
        regularizers.append(LandmarkRegularizer(paths, labels, study.landmarks.settings(), stream))

    def batches(part: Batch, purpose: Purpose) -> Iterator[Batch]:
        return endless_batches(*part, training.batch_size, torch_generator(seed, purpose), images.augment)

    return Parts(
        supernet=supernet,
        task=TASKS[study.images.task](images.classes),
        strategy=strategy,
        regularizers=regularizers,
        batches=batches(images.weights, Purpose.TRAINING_BATCHES),
        held_out={
            "strategy": batches(images.held_out, Purpose.STRATEGY_HELD_OUT),
            LandmarkRegularizer.name: batches(images.held_out, Purpose.LANDMARK_HELD_OUT),
        },
        scoring=images.scoring,
        calibration=torch.split(images.weights[0], training.batch_size)[:CALIBRATION_BATCHES],
        initial={name: value.detach().clone() for name, value in supernet.named_parameters()},
    )


def _supernet(arm: Arm, images: Splits, seed: int) -> SuperNet:
    settings = arm.study.supernet
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        supernet = get_space(arm.study.space).supernet(
            classes=images.classes,
            image_channels=images.channels,
            **arm.strategy.supernet_options,
            **settings.arguments,
        )
    placed: SuperNet = supernet.to(arm.study.training.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return placed


def paths_of(design: Design, architectures: Sequence[Any]) -> list[HardPath]:
    """The choices of these architectures."""
    space = get_space(design.study.space)
    return [space.to_choices(architecture) for architecture in architectures]
