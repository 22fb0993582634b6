"""What a training step of an arm takes, measured by a few: seconds, parameters and memory.

A probe sees the first images of the data set; what they show decides nothing of that. Paths differ in cost by a factor
of ten and more, so that some steps on few images say more of the mean than one step on a whole batch. Where a whole
batch takes too long, there are fewer images, and what it takes is said in proportion. That is too much for a small
network, whose steps cost hardly more with 64 images than with two; so images are added until steps really take long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
import torch
from torch import Tensor, nn

from nasrank.bench.data import Dataset
from nasrank.bench.foundation.threads import one_thread
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.images import Splits
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.training.step import Batch
from nasrank.bench.training.trainer import train

STEPS = 30
"""That a probe would like to see; the mean cost of NAS-Bench-201's paths is then known to a fifth or so."""

ENOUGH_STEPS = 8
"""For which there must be time with so many images."""

FEWEST_STEPS = 3
"""That it waits for in any case, of which the first is not counted."""

FEWEST_IMAGES = 2
"""Of a step: one alone has no statistics to normalize by."""


@dataclass(frozen=True)
class Probe:
    """A training step of an arm without its terms.

    Attributes:
        seconds: of a whole batch: of processor time on one thread of this machine, or on the study's device.
        parameters: of the super-net.
        states: numbers that the optimizer keeps for each of them.
        activations: bytes that a whole batch keeps for the backward pass, the most of all steps.
        steps: those that were measured, and `images`, the size of their batches.
    """

    seconds: float
    parameters: int
    states: int
    activations: int
    steps: int
    images: int


def kind_of_step(arm: Arm) -> str:
    """All that decides what a step takes, as text: arms that have it in common need one probe."""
    study = arm.study
    training = study.training.model_dump(include={"batch_size", "optimizer", "mixed_precision", "device"})
    parts = [
        study.images.dataset,
        arm.strategy.name,
        dict(arm.switches),
        study.supernet.model_dump(mode="json"),
        training,
    ]
    return json.dumps(parts, sort_keys=True)


def probe(design: Design, arm: Arm, data: Dataset, seconds: float) -> Probe:
    """Measure an arm in about so many seconds, or in those that three steps of two images take, if that is more."""
    whole = arm.study.training.batch_size
    images = whole
    if arm.study.training.device == "cpu":  # another device is not filled by a few images, and says nothing by them
        images = min(FEWEST_IMAGES, whole)
        while images < whole:
            more = min(2 * images, whole)
            if ENOUGH_STEPS * _measure(design, arm, data, images, 0.0).seconds * more / images > seconds:
                break
            images = more
    found = _measure(design, arm, data, images, seconds)
    share = whole / images
    return replace(found, seconds=found.seconds * share, activations=round(found.activations * share))


class _LongEnoughError(Exception):
    """Ends the training of a probe."""


def _measure(design: Design, arm: Arm, data: Dataset, images: int, seconds: float) -> Probe:
    """Steps with so many images, and what such a batch takes."""
    parts = assemble(design, Trial(arm.name, design.study.every_seed[0]), np.empty(0), images=_first_images(arm, data))
    optimization = arm.study.training.optimization()
    optimizer = optimization.optimizer_of(parts.supernet)
    saved, marks = _Saved(parts.supernet), list[float]()
    inputs, targets = next(parts.batches)
    batch = repeat((inputs[:images], targets[:images]))
    with (
        one_thread(),
        suppress(_LongEnoughError, FloatingPointError),  # training that diverges so soon is the trial's to report
        torch.autograd.graph.saved_tensors_hooks(saved.keep, saved.give_back),
    ):
        train(
            parts.supernet,
            parts.task,
            parts.strategy,
            (),
            replace(optimization, passes=parts.strategy.passes_per_step * (STEPS + 1)),
            batch,
            {"strategy": batch},
            _until(marks, seconds, arm.study.training.device),
            optimizer=optimizer,
        )
    times = np.diff(marks)
    counted = times[1:] if len(times) > 1 else times
    return Probe(
        seconds=float(counted.mean()) if counted.size else 0.0,
        parameters=sum(weight.numel() for weight in parts.supernet.parameters()),
        states=_states(optimizer),
        activations=saved.most,
        steps=len(counted),
        images=images,
    )


def _first_images(arm: Arm, data: Dataset) -> Splits:
    """A batch of the data set in the place of every part of it."""
    training = arm.study.training
    inputs, targets = (part.to(training.device) for part in data.samples.tensors(np.arange(training.batch_size)))
    layout = torch.channels_last if inputs.ndim == 4 else torch.contiguous_format
    batch: Batch = inputs.contiguous(memory_format=layout), targets
    return Splits(batch, batch, batch, data.description, augment=None)


def _until(marks: list[float], seconds: float, device: str) -> Callable[[int, int], None]:
    """Notes the time after every step, and ends training when these seconds are over and there were enough of them.

    A processor's time is what this process has had of it, so that others that compute meanwhile hardly count.
    """
    start = time.perf_counter()

    def after_step(done: int, total: int) -> None:
        del total
        if device == "cpu":
            marks.append(time.process_time())
        else:
            torch.cuda.synchronize(device)
            marks.append(time.perf_counter())
        if done >= FEWEST_STEPS and time.perf_counter() - start > seconds:
            raise _LongEnoughError

    return after_step


class _Saved:
    """Counts what a forward pass keeps for the backward pass after it, weights apart, in bytes.

    Attributes:
        most: of all passes so far.
    """

    def __init__(self, supernet: nn.Module) -> None:
        self.most = 0
        self._weights = {weight.untyped_storage().data_ptr() for weight in supernet.parameters()}
        self._kept: dict[int, int] = {}
        self._given_back = False

    def keep(self, tensor: Tensor) -> Tensor:
        if self._given_back:  # the backward pass is over, another forward pass begins
            self._kept.clear()
            self._given_back = False
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._weights:
            self._kept[storage.data_ptr()] = storage.nbytes()
            self.most = max(self.most, sum(self._kept.values()))
        return tensor

    def give_back(self, tensor: Tensor) -> Tensor:
        self._given_back = True
        return tensor


def _states(optimizer: torch.optim.Optimizer) -> int:
    """Of any weight that has been updated; 0 where none was."""
    for weight, state in optimizer.state.items():
        return sum(isinstance(kept, Tensor) and kept.shape == weight.shape for kept in state.values())
    return 0
