"""What a study would take, foreseen without training it: its arms, their steps, memory, time and disk.

Before that, all that it needs is looked at as a run would: the files of the truth and of the images with their
checksums, and whether pool, landmarks and the parts of the images can be drawn from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from nasrank.bench.data import Dataset, load_dataset
from nasrank.bench.runner.arms import Arm, Row
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.runner.parts import CALIBRATION_BATCHES
from nasrank.bench.runner.probe import Probe, kind_of_step, probe
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.scores.score import WAYS
from nasrank.bench.studies.study import Study
from nasrank.bench.tasks import TASKS
from nasrank.bench.training.strategies import Strategy
from nasrank.spaces import get_space

PROBED_SECONDS = 30.0
"""Of all probes together, about; each kind of step has the same share of them."""

NUMBER = 4
"""Bytes of a number in single precision."""

FIGURE = 11
"""Bytes that a figure takes in a file of results, with what parts it from the next."""

FORWARD = 1 / 3
"""Of a pass is its forward half, as everywhere in this suite."""


@dataclass(frozen=True)
class ArmForecast:
    """What the trials of an arm take.

    Attributes:
        trials: how many there are, one for each seed; at least, where seeds are added look by look.
        most: how many there may come to be.
        passes: training compute of each, and `added`, what its terms are expected to add to that.
        steps: updates of the weights in each, of all its super-nets together.
        seconds: of each, with scoring.
        memory: bytes of each while it trains.
        figures: that each stores, at most.
    """

    arm: Arm
    trials: int
    most: int
    passes: int
    added: int
    steps: int
    probe: Probe
    seconds: float
    memory: int
    figures: int

    @property
    def checkpoint(self) -> int:
        """Bytes of the weights of a super-net and of what its optimizer keeps, of each that is alive."""
        alive = len(_strategy_of(self.arm).generations)
        return NUMBER * alive * (1 + self.probe.states) * self.probe.parameters


@dataclass(frozen=True)
class Forecast:
    """What a study takes."""

    design: Design
    truth: Truth
    data: Dataset
    arms: tuple[ArmForecast, ...]

    @property
    def trials(self) -> int:
        return sum(one.trials for one in self.arms)

    @property
    def seconds(self) -> float:
        """Of all trials, one after the other."""
        return sum(one.trials * one.seconds for one in self.arms)

    @property
    def most(self) -> int:
        """Trials that there may come to be."""
        return sum(one.most for one in self.arms)

    @property
    def most_seconds(self) -> float:
        """Of so many, one after the other."""
        return sum(one.most * one.seconds for one in self.arms)

    @property
    def results(self) -> int:
        """Bytes of what all trials store, at most."""
        return sum(one.most * one.figures * FIGURE for one in self.arms)


def forecast(study: Study, data_root: Path | None = None, seconds: float | None = None) -> Forecast:
    """Look at all that a study needs, and measure a few steps of each kind; nothing is trained or written.

    Args:
        seconds: of all measurements together; None for the usual ones.

    Raises:
        ValueError: something is missing or cannot be met, as `resolve` and `prepare_images` say.
    """
    design, truth, data = resolve(study, data_root)
    prepare_images(design, next(iter(design.arms.values())), study.every_seed[0], data_root)  # its parts can be drawn
    kinds = {kind_of_step(row.before): row.before for row in reversed(design.rows.values())}  # the first row of each
    each = (PROBED_SECONDS if seconds is None else seconds) / len(kinds)
    others = {name: load_dataset(name, data_root=data_root) for name in design.images.get("others", ())}
    others[study.images.dataset] = data
    probes = {kind: probe(design, arm, others[arm.study.images.dataset], each) for kind, arm in kinds.items()}
    arms = {
        arm.name: _of_arm(design, row, arm, others[arm.study.images.dataset], probes[kind_of_step(row.before)])
        for row, arm in _arms(design)
    }
    return Forecast(design, truth, data, tuple(arms.values()))


def _arms(design: Design) -> Iterator[tuple[Row, Arm]]:
    for row in design.rows.values():
        for arm in row.arms:
            yield row, arm


def _strategy_of(arm: Arm) -> Strategy:
    return arm.build(get_space(arm.study.space), np.random.default_rng(0))


def _of_arm(design: Design, row: Row, arm: Arm, data: Dataset, found: Probe) -> ArmForecast:
    study, strategy = arm.study, _strategy_of(arm)
    training = study.training
    steps = training.passes // strategy.passes_per_step
    added = steps * sum(term.settings.expected_passes(row.study.landmarks.guiding) for term in study.terms)
    a_pass = found.seconds / strategy.passes_per_step
    scored = _scored(design, row, arm)
    seen = sum(_seen(study, name) for name in study.scoring.ways)
    alive, averages = len(strategy.generations), study.scoring.averages
    images = study.images.weights_used + study.images.held_out + study.scoring.most_images(study.images)
    return ArmForecast(
        arm=arm,
        trials=len(design.seeds_of_arm(arm.name)),
        most=len(design.study.every_seed),
        passes=training.passes,
        added=round(added),
        steps=steps,
        probe=found,
        seconds=a_pass * (training.passes + added + FORWARD * scored * seen / training.batch_size),
        memory=found.activations
        + NUMBER * found.parameters * (alive + 2 + found.states)  # with gradients, and the weights of the start
        + NUMBER * found.parameters * (len(averages) + bool(averages))  # and those that an average stands in for
        + NUMBER * images * prod(data.shape),
        figures=scored * (len(list(study.scoring.columns(TASKS[study.images.task]))) + _others()),
    )


def _others() -> int:
    """Scores that are not of the task."""
    return sum(len(way.scores) for way in WAYS.values())


def _seen(study: Study, name: str) -> int:
    """Images of all views that a way of scoring passes along each path, at all its points of training."""
    way = study.scoring.ways[name]
    images = way.views * study.scoring.images_of(name, study.images)
    if study.supernet.statistics == "recalibrated":
        images += CALIBRATION_BATCHES * study.training.batch_size
    return way.checkpoints * images


def _scored(design: Design, row: Row, arm: Arm) -> int:
    """How many architectures a trial scores, those at checkpoints each time."""
    pool = design.study.pool
    if row.name in design.waiting:
        landmarks = row.study.landmarks.count
    else:
        landmarks = len(design.scored_landmarks(Trial(arm.name, design.study.every_seed[0])))
    return pool.size + pool.curve * pool.checkpoints + landmarks + len(design.lookalikes)
