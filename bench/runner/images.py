"""The samples of a trial, images or others: who sees which, on which device, with which targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nasrank.bench.data import (
    Dataset,
    Description,
    Samples,
    ThreeWaySplit,
    load_dataset,
    official_halves,
    split_halves,
    stratified_split,
)
from nasrank.bench.data.splits import resized, stratified_pair
from nasrank.bench.foundation.devices import refuse_absent_device
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.scores.score import View
from nasrank.bench.studies.sections import ImagesSection
from nasrank.bench.training.batches import Augment
from nasrank.bench.training.step import Batch


@dataclass(frozen=True)
class Splits:
    """Inputs and targets of the three parts.

    Attributes:
        scoring: all that any way of scoring sees, those of `images.scoring` first.
        description: of the data set.
        augment: of what trains; None for nothing.
        views: of the scoring part, as many as a way of scoring takes; none for the inputs as they are.
    """

    weights: Batch
    held_out: Batch
    scoring: Batch
    description: Description
    augment: Augment | None
    views: Sequence[View] = ()


def prepare_images(
    design: Design, arm: Arm, seed: int, data_root: Path | None = None, *, own_classes: bool = False
) -> Splits:
    """The same for every trial, apart from an arm's own data set and numbers of images, its share of the weights part,
    and a strategy's random classes.

    Random classes are those of all images that train; the scoring ones keep their own.

    Args:
        own_classes: whether all keep their own, whatever the strategy.

    Raises:
        ValueError: this machine lacks the device.
    """
    refuse_absent_device(arm.study.training.device)  # a worker may be elsewhere than the run was started
    settings = arm.study.images
    images = load_dataset(settings.dataset, data_root=data_root)
    samples = images.samples
    split = _split(design, arm, samples, data_root)
    if arm.strategy.random_labels and not own_classes:
        samples = _with_random_classes(images, split, generator(seed, Purpose.RANDOM_LABELS))

    def on_device(rows: npt.NDArray[np.int64]) -> Batch:
        inputs, targets = (tensor.to(arm.study.training.device) for tensor in samples.tensors(rows))
        layout = torch.channels_last if inputs.ndim == 4 else torch.contiguous_format
        return inputs.contiguous(memory_format=layout), targets

    return Splits(
        weights=on_device(_share(design, arm, samples, split)),
        held_out=on_device(split.held_out),
        scoring=on_device(split.scoring),
        description=images.description,
        augment=images.augmentation(settings.padding, **_asked(settings)),
        views=views_of(design, images),
    )


def _asked(settings: ImagesSection) -> dict[str, Any]:
    """What else changes images that train; a data set that knows nothing of it is not asked for it."""
    return settings.model_dump(include={"mirror", "noise"}, exclude_defaults=True)


def views_of(design: Design, data: Dataset) -> Sequence[View]:
    """As many of the scoring images as some way of scoring takes; ValueError where there are not so many."""
    most = max(way.views for way in design.study.scoring.ways.values())
    return data.views(most) if most > 1 else ()


def _with_random_classes(data: Dataset, split: ThreeWaySplit, stream: np.random.Generator) -> Samples:
    if not data.classes:
        raise ValueError(f"random labels are drawn from classes; {data.name} has none")
    targets = data.samples.targets
    drawn = stream.integers(len(data.classes), size=targets.shape)
    drawn[split.scoring] = targets[split.scoring]
    return data.samples.with_targets(drawn)


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


def _split(design: Design, arm: Arm, samples: Samples, data_root: Path | None) -> ThreeWaySplit:
    """With the images of further ways to score behind the others that score.

    An arm of other numbers of images scores on those of the study, whatever trains it.
    """
    study, own = design.study, arm.study.images
    images = study.images
    stream = generator(study.common_seed, Purpose.SPLITS)
    counts = sorted({study.scoring.images_of(name, images) for name in study.scoring.ways} | {images.scoring})
    more = [count - before for before, count in pairwise(counts) if before >= images.scoring]
    halves = official_halves(data_root) if design.images["split"] == "official" else None
    draw = partial(split_halves, samples.strata, halves) if halves else partial(stratified_split, samples.strata)
    found = draw(
        stream,
        weights=images.weights,
        held_out=images.held_out,
        scoring=images.scoring,
        more_scoring=more,
        groups=samples.groups,
    )
    if (own.weights, own.held_out) == (images.weights, images.held_out):
        return found
    return resized(
        found,
        samples.strata,
        generator(study.common_seed, Purpose.SPLITS, "resized"),
        weights=own.weights,
        held_out=own.held_out,
        pools=halves,
        groups=samples.groups,
    )
