"""The images of a trial: who sees which, on which device, with which classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from nasrank.bench.data import (
    Samples,
    ThreeWaySplit,
    load_dataset,
    official_halves,
    split_halves,
    stratified_split,
)
from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.data.splits import stratified_pair
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.training.batches import Augment
from nasrank.bench.training.step import Batch


@dataclass(frozen=True)
class Splits:
    """Images and classes of the three parts.

    Attributes:
        classes: how many there are.
        channels: of an image.
        augment: of what trains; None for nothing.
    """

    weights: Batch
    held_out: Batch
    scoring: Batch
    classes: int
    channels: int
    augment: Augment | None


def prepare_images(design: Design, arm: Arm, seed: int, data_root: Path | None = None) -> Splits:
    """The same for every trial, apart from an arm's share of the weights part and a strategy's random classes.

    Random classes are those of all images that train; the scoring ones keep their own.
    """
    settings = arm.study.images
    images = load_dataset(settings.dataset, data_root=data_root)
    samples = images.samples
    split = _split(design, samples, data_root)
    if arm.strategy.random_labels:
        stream = generator(seed, Purpose.RANDOM_LABELS)
        drawn = stream.integers(len(images.classes), size=samples.targets.shape)
        drawn[split.scoring] = samples.targets[split.scoring]
        samples = samples.with_targets(drawn)

    def on_device(rows: npt.NDArray[np.int64]) -> Batch:
        inputs, targets = (tensor.to(arm.study.training.device) for tensor in samples.tensors(rows))
        return inputs.contiguous(memory_format=torch.channels_last), targets

    return Splits(
        weights=on_device(_share(design, arm, samples, split)),
        held_out=on_device(split.held_out),
        scoring=on_device(split.scoring),
        classes=len(images.classes),
        channels=images.shape[0],
        augment=Augmentation(settings.padding, images.flippable) if settings.padding else None,
    )


def _share(design: Design, arm: Arm, samples: Samples, split: ThreeWaySplit) -> npt.NDArray[np.int64]:
    """Rows of the weights part that an arm uses, with all strata in proportion."""
    used = arm.study.images.weights_used
    if used == len(split.weights):
        return split.weights
    stream = generator(design.study.common_seed, Purpose.SPLITS)
    kept, _ = stratified_pair(
        samples.strata[split.weights],
        stream,
        training=used,
        test=len(split.weights) - used,
        groups=samples.groups[split.weights],
    )
    return split.weights[kept]


def _split(design: Design, samples: Samples, data_root: Path | None) -> ThreeWaySplit:
    study = design.study
    stream = generator(study.common_seed, Purpose.SPLITS)
    sizes = {"weights": study.images.weights, "held_out": study.images.held_out, "scoring": study.images.scoring}
    if design.images["split"] == "official":
        return split_halves(samples.strata, official_halves(data_root), stream, **sizes, groups=samples.groups)
    return stratified_split(samples.strata, stream, **sizes, groups=samples.groups)
