"""One trial: train a super-net, score the pool, and return everything worth keeping as plain values.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bench.runner.arms import Arm
from bench.runner.design import Design, Trial
from bench.runner.images import Splits, prepare_images
from bench.search.evolution import evolve
from bench.seeds import Purpose, generator, torch_generator, torch_seed
from bench.tasks import TASKS, Task
from bench.training.angle import angles
from bench.training.batches import endless_batches
from bench.training.generations import train_generations
from bench.training.regularizers.landmark import LandmarkRegularizer
from bench.training.regularizers.regularizer import Regularizer
from bench.training.scoring import score_paths, score_recalibrated
from bench.training.step import Batch
from bench.training.strategies import Strategy
from bench.training.strategies.strategy import Choosable
from bench.training.subspace import owns
from bench.training.trainer import Record
from spaces import get_space
from spaces.supernet import HardPath, SuperNet

Progress = Callable[[float], None]
"""Called with the share of the trial's work that is done, in [0, 1]."""

Scores = dict[str, npt.NDArray[np.float64]]

SCORING_SHARE = 0.3
"""Roughly how much of a trial is scoring, for the progress display."""

CALIBRATION_BATCHES = 4

ANGLE = "angle"
"""Name of the score that compares weights with what they were at the start; the others are the task's."""


@dataclass(frozen=True)
class Parts:
    """Everything a trial needs, assembled from the design.

    Attributes:
        initial: the weights at the start, where they are compared with those at the end.
    """

    supernet: SuperNet
    task: Task
    strategy: Strategy
    regularizers: list[Regularizer]
    batches: Iterator[Batch]
    held_out: dict[str, Iterator[Batch]]
    scoring: Batch
    calibration: Sequence[Tensor]
    initial: dict[str, Tensor] | None


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
        paths = _paths(design, design.landmarks_of(arm.name, seed))
        stream = generator(seed, Purpose.LANDMARK_PAIRS)
        regularizers.append(LandmarkRegularizer(paths, labels, study.landmarks.settings(), stream))

    def batches(part: Batch, purpose: Purpose) -> Iterator[Batch]:
        return endless_batches(*part, training.batch_size, torch_generator(seed, purpose), images.augment)

    whole = strategy.generations == (1.0,)
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
        initial={name: value.clone() for name, value in supernet.state_dict().items()} if whole else None,
    )


def _supernet(arm: Arm, images: Splits, seed: int) -> SuperNet:
    settings = arm.study.supernet
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        supernet = get_space(arm.study.space).supernet(
            channels=settings.channels,
            cells_per_stage=settings.cells_per_stage,
            affine=settings.affine,
            tracked=settings.statistics != "batch",
            path_dropout=settings.path_dropout,
            operation_dropout=settings.operation_dropout,
            classes=images.classes,
            image_channels=images.channels,
            **arm.strategy.supernet_options,
            **settings.choices,
        )
    placed: SuperNet = supernet.to(arm.study.training.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return placed


def run_trial(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None = None,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:
    """Train and score one super-net. The result depends on the arguments alone, and holds no stand-alone accuracy.

    Returns a dictionary of plain values: `settings`, those of `Design.settings`; `scores` of the pool and
    `landmark_scores`, by name; `curve`, during training the scores of the first pool architectures and what the
    strategy derives; `derived`, that at the end, or what a search by angle found, as choices or None; `record`, how
    training went; and `failure`, None or the reason why there are no scores.
    """
    arm, study = design.arms[trial.arm], design.study
    parts = assemble(design, trial, labels, data_root)
    curve: list[dict[str, Any]] = []
    curve_paths = _paths(design, design.pool[: study.pool.curve])
    pool = _Scored(_paths(design, design.pool))
    landmarks = _Scored(_paths(design, design.scored_landmarks(trial)))

    def after_step(done: int, total: int) -> None:
        progress((1 - SCORING_SHARE) * done / total)
        due = {round(total * point / study.pool.checkpoints) for point in range(1, study.pool.checkpoints + 1)}
        if done in due and curve_paths:
            scores = _score(arm, parts, parts.supernet, curve_paths)[arm.score]
            derived = parts.strategy.derive()
            point = {"fraction": done / total, "scores": _rounded(scores)}
            curve.append(point if derived is None else {**point, "derived": derived})

    def on_leaf(supernet: SuperNet, part: Choosable) -> None:
        for scored in (pool, landmarks):
            scored.fill(part, lambda paths: _score(arm, parts, supernet, paths))

    settings = design.settings(trial)
    try:
        record = train_generations(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.regularizers,
            arm.study.training.optimization(),
            parts.batches,
            parts.held_out,
            on_leaf=on_leaf,
            after_step=after_step,
        )
        derived = _search_by_angle(parts, trial.seed) if arm.score == ANGLE else parts.strategy.derive()
    except FloatingPointError as error:
        return _result(trial, settings, str(error), Record(0), [], {}, {}, None)
    progress(1.0)
    return _result(trial, settings, None, record, curve, pool.columns, landmarks.columns, derived)


class _Scored:
    """Scores of some paths, filled in part by part."""

    def __init__(self, paths: list[HardPath]) -> None:
        self.paths = paths
        self.columns: Scores = {}

    def fill(self, part: Choosable, score: Callable[[Sequence[HardPath]], Scores]) -> None:
        """Score those paths that this part of the space owns."""
        places = [place for place, path in enumerate(self.paths) if owns(part, path)]
        if not places:
            return
        for name, values in score([self.paths[place] for place in places]).items():
            self.columns.setdefault(name, np.full(len(self.paths), np.nan))[places] = values


def _paths(design: Design, positions: Sequence[int]) -> list[HardPath]:
    rows = get_space(design.study.space).choices(np.array(positions, dtype=np.int64))
    return [tuple(int(choice) for choice in row) for row in rows]


def _score(arm: Arm, parts: Parts, supernet: SuperNet, paths: Sequence[HardPath]) -> Scores:
    """Raises FloatingPointError when an architecture has no score: a ranking of the others would hide that."""
    if arm.study.supernet.statistics == "recalibrated":
        scores = score_recalibrated(supernet, parts.task, *parts.scoring, paths, parts.calibration)
    else:
        scores = score_paths(supernet, parts.task, *parts.scoring, paths)
    if parts.initial is not None:
        scores[ANGLE] = angles(supernet, parts.initial, paths)
    lost = np.isnan(scores[arm.score]).sum()
    if lost:
        raise FloatingPointError(f"the outputs of {lost} of {len(paths)} scored architectures are not finite")
    return scores


def _search_by_angle(parts: Parts, seed: int) -> list[int]:
    """What evolution finds [Zhang2021]; it looks at 2,000 architectures, whose angles cost next to nothing."""
    initial = parts.initial or {}
    return list(
        evolve(
            parts.strategy.space,
            lambda paths: angles(parts.supernet, initial, paths),
            generator(seed, Purpose.SEARCH),
        )
    )


def _result(
    trial: Trial,
    settings: dict[str, Any],
    failure: str | None,
    record: Record,
    curve: list[dict[str, Any]],
    scores: Scores,
    landmark_scores: Scores,
    derived: list[int] | None,
) -> dict[str, Any]:
    return {
        "trial": trial.name,
        "settings": settings,
        "failure": failure,
        "steps": record.steps,
        "record": [{name: round(value, 6) for name, value in row.items()} for row in record.rows],
        "scores": {name: _rounded(values) for name, values in scores.items()},
        "landmark_scores": {name: _rounded(values) for name, values in landmark_scores.items()},
        "curve": curve,
        "derived": derived,
    }


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    """Six decimals: an accuracy over a few thousand images keeps its order, and a loss its meaning."""
    return [round(float(value), 6) for value in values]
