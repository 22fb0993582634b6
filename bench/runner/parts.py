"""What a trial is made of: super-net, strategy, terms and streams of images, assembled from a design."""

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
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.images import Splits, prepare_images
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores.score import View
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.batches import EndlessBatches
from nasrank.bench.training.step import Batch
from nasrank.bench.training.strategies import Strategy
from nasrank.bench.training.terms import Term, TermContext
from nasrank.spaces import get_space
from nasrank.spaces.placing import channels_last
from nasrank.spaces.supernet import HardPath, SuperNet

CALIBRATION_BATCHES = 4


@dataclass(frozen=True)
class Parts:
    """Everything a trial needs, assembled from the design.

    Attributes:
        scoring: images and targets that every way of scoring sees, those of `images.scoring` first.
        views: all that a way of scoring sees of them.
        initial: the weights at the start.
    """

    supernet: SuperNet
    task: Task
    strategy: Strategy
    terms: list[Term]
    batches: Iterator[Batch]
    held_out: dict[str, Iterator[Batch]]
    scoring: Batch
    views: Sequence[View]
    calibration: Sequence[Tensor]
    initial: dict[str, Tensor]


def assemble(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None = None,
    *,
    always: bool = False,
    terms: bool = True,
    images: Splits | None = None,
) -> Parts:
    """Build the network and the data streams of a trial.

    Args:
        labels: of the landmarks, `(landmarks,)`, as in `Design.labels_for`.
        always: whether terms are on at every step, by which they can be timed.
        terms: whether there are any; what is trained already needs none, nor labels.
        images: those that it sees; None for its own.
    """
    arm = design.arms[trial.arm]
    study, seed = arm.study, trial.seed
    space, training = get_space(study.space), study.training
    images = images or prepare_images(design, arm, seed, data_root)
    strategy = arm.build(space, generator(seed, Purpose.STRATEGY))
    supernet, task = _supernet(arm, images, seed), TASKS[study.images.task].of(images.description)
    known = design.landmarks_of(design.row_of(trial).name, seed) if arm.has_labels else ()
    landmarks = paths_of(design, known)
    guiding = [
        term.build(TermContext(term.kind.stream(seed), landmarks, labels), always=always)
        for term in (study.terms if terms else ())
    ]

    def batches(part: Batch, stream: torch.Generator) -> Iterator[Batch]:
        return EndlessBatches(*part, training.batch_size, stream, images.augment)

    return Parts(
        supernet=supernet,
        task=task.smoothed(training.label_smoothing) if training.label_smoothing else task,
        strategy=strategy,
        terms=guiding,
        batches=batches(images.weights, torch_generator(seed, Purpose.TRAINING_BATCHES)),
        held_out={
            "strategy": batches(images.held_out, torch_generator(seed, Purpose.STRATEGY_HELD_OUT)),
            **{
                term.name: batches(images.held_out, term.held_out_stream(seed))
                for term in guiding
                if "held_out" in term.needs
            },
        },
        scoring=images.scoring,
        views=images.views,
        calibration=torch.split(images.weights[0], training.batch_size)[:CALIBRATION_BATCHES],
        initial={name: value.detach().clone() for name, value in supernet.named_parameters()},
    )


def _supernet(arm: Arm, images: Splits, seed: int) -> SuperNet:
    settings = arm.study.supernet
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        supernet = get_space(arm.study.space).supernet(
            **images.description.network_sizes,
            **arm.strategy.supernet_options,
            **settings.arguments,
        )
    return channels_last(supernet.to(arm.study.training.device))


def paths_of(design: Design, architectures: Sequence[Any]) -> list[HardPath]:
    """The choices of these architectures."""
    return [design.space.to_choices(architecture) for architecture in architectures]
