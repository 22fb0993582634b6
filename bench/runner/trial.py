"""One trial: train a super-net, score the pool, and return everything worth keeping as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bench.datasets import ImageDataset, ThreeWaySplit, load_dataset, official_halves, split_halves, stratified_split
from bench.datasets.augment import Augmentation
from bench.runner.design import Design, Trial
from bench.runner.study import Study
from bench.seeds import Purpose, generator, torch_generator, torch_seed
from bench.tasks import TASKS, Task
from bench.training.batches import endless_batches
from bench.training.regularizers.landmark import LandmarkRegularizer
from bench.training.regularizers.regularizer import Regularizer
from bench.training.scoring import score_paths, score_recalibrated
from bench.training.step import Batch
from bench.training.strategies import STRATEGIES, Strategy
from bench.training.trainer import Record, train
from spaces import get_space
from spaces.supernet import HardPath, SuperNet

Progress = Callable[[float], None]
"""Called with the share of the trial's work that is done, in [0, 1]."""

SCORING_SHARE = 0.3
"""Roughly how much of a trial is scoring, for the progress display."""

CALIBRATION_BATCHES = 4


@dataclass(frozen=True)
class Parts:
    """Everything a trial needs, assembled from the design."""

    supernet: SuperNet
    task: Task
    strategy: Strategy
    regularizers: list[Regularizer]
    batches: Iterator[Batch]
    held_out: dict[str, Iterator[Batch]]
    scoring: Batch
    calibration: Sequence[Tensor]


def assemble(
    design: Design, trial: Trial, landmark_accuracies: npt.NDArray[np.float64], data_root: Path | None = None
) -> Parts:
    """Build the network and the data streams of a trial.

    Args:
        landmark_accuracies: `(landmarks,)`, in percent, in the order of the design's landmarks of this seed.
    """
    study, seed = design.study, trial.seed
    space, training = get_space(study.space), study.training
    images = load_dataset(study.images.dataset, data_root=data_root)
    split = _split(design, images, data_root)
    weights, held_out, scoring = (
        _on_device(images, rows, training.device) for rows in (split.weights, split.held_out, split.scoring)
    )

    def batches(part: Batch, purpose: Purpose) -> Iterator[Batch]:
        augment = Augmentation(study.images.padding, images.flippable) if study.images.padding else None
        return endless_batches(*part, training.batch_size, torch_generator(seed, purpose), augment)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, Purpose.INITIAL_WEIGHTS))
        supernet = space.supernet(
            channels=study.supernet.channels,
            cells_per_stage=study.supernet.cells_per_stage,
            affine=study.supernet.affine,
            tracked=study.supernet.statistics != "batch",
            classes=len(images.classes),
            image_channels=images.shape[0],
            **study.supernet.choices,
        )
    regularizers: list[Regularizer] = []
    if trial.guided:
        paths = _paths(design, design.landmarks[seed])
        stream = generator(seed, Purpose.LANDMARK_PAIRS)
        regularizers.append(LandmarkRegularizer(paths, landmark_accuracies, study.landmarks.settings(), stream))
    return Parts(
        supernet=supernet.to(training.device).to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        task=TASKS[study.images.task](len(images.classes)),
        strategy=STRATEGIES[trial.strategy](space, generator(seed, Purpose.STRATEGY)),
        regularizers=regularizers,
        batches=batches(weights, Purpose.TRAINING_BATCHES),
        held_out={
            "strategy": batches(held_out, Purpose.STRATEGY_HELD_OUT),
            LandmarkRegularizer.name: batches(held_out, Purpose.LANDMARK_HELD_OUT),
        },
        scoring=scoring,
        calibration=torch.split(weights[0], training.batch_size)[:CALIBRATION_BATCHES],
    )


def run_trial(
    design: Design,
    trial: Trial,
    landmark_accuracies: npt.NDArray[np.float64],
    data_root: Path | None = None,
    progress: Progress = lambda share: None,
) -> dict[str, Any]:
    """Train and score one super-net. The result depends on the arguments alone, and holds no stand-alone accuracy.

    Returns a dictionary of plain values: `scores` of the pool and `landmark_scores`, by name; `curve`, the scores of
    the first pool architectures during training; `record`, how training went; and `failure`, None or the reason why
    there are no scores.
    """
    study = design.study
    parts = assemble(design, trial, landmark_accuracies, data_root)
    curve: list[dict[str, Any]] = []
    curve_paths = _paths(design, design.pool[: study.pool.curve])

    def after_step(done: int, total: int) -> None:
        progress((1 - SCORING_SHARE) * done / total)
        due = {round(total * point / study.pool.checkpoints) for point in range(1, study.pool.checkpoints + 1)}
        if done in due and curve_paths:
            scores = _score(study, parts, curve_paths)[study.analysis.score]
            curve.append({"fraction": done / total, "scores": _rounded(scores)})

    try:
        record = train(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.regularizers,
            study.training.optimization(),
            parts.batches,
            parts.held_out,
            after_step,
        )
        scores = _score(study, parts, _paths(design, design.pool))
        landmark_scores = _score(study, parts, _paths(design, design.landmarks[trial.seed]))
    except FloatingPointError as error:
        return _result(trial, failure=str(error), record=Record(0), curve=[], scores={}, landmark_scores={})
    progress(1.0)
    return _result(trial, failure=None, record=record, curve=curve, scores=scores, landmark_scores=landmark_scores)


def _split(design: Design, images: ImageDataset, data_root: Path | None) -> ThreeWaySplit:
    """The same for every trial."""
    study = design.study
    stream = generator(study.common_seed, Purpose.SPLITS)
    sizes = {"weights": study.images.weights, "held_out": study.images.held_out, "scoring": study.images.scoring}
    if design.images["split"] == "official":
        return split_halves(images.labels, official_halves(data_root), stream, **sizes)
    return stratified_split(images.labels, stream, **sizes)


def _on_device(images: ImageDataset, rows: npt.NDArray[np.int64], device: str) -> Batch:
    pixels = torch.from_numpy(images.normalized(rows)).to(device).contiguous(memory_format=torch.channels_last)
    return pixels, torch.from_numpy(images.labels[rows]).to(device)


def _paths(design: Design, positions: Sequence[int]) -> list[HardPath]:
    rows = get_space(design.study.space).choices(np.array(positions, dtype=np.int64))
    return [tuple(int(choice) for choice in row) for row in rows]


def _score(study: Study, parts: Parts, paths: Sequence[HardPath]) -> dict[str, npt.NDArray[np.float64]]:
    """Raises FloatingPointError when an architecture has no score: a ranking of the others would hide that."""
    if study.supernet.statistics == "recalibrated":
        scores = score_recalibrated(parts.supernet, parts.task, *parts.scoring, paths, parts.calibration)
    else:
        scores = score_paths(parts.supernet, parts.task, *parts.scoring, paths)
    lost = np.isnan(scores[study.analysis.score]).sum()
    if lost:
        raise FloatingPointError(f"the outputs of {lost} of {len(paths)} scored architectures are not finite")
    return scores


def _result(
    trial: Trial,
    *,
    failure: str | None,
    record: Record,
    curve: list[dict[str, Any]],
    scores: dict[str, npt.NDArray[np.float64]],
    landmark_scores: dict[str, npt.NDArray[np.float64]],
) -> dict[str, Any]:
    return {
        "trial": trial.name,
        "failure": failure,
        "steps": record.steps,
        "record": [{name: round(value, 6) for name, value in row.items()} for row in record.rows],
        "scores": {name: _rounded(values) for name, values in scores.items()},
        "landmark_scores": {name: _rounded(values) for name, values in landmark_scores.items()},
        "curve": curve,
    }


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    """Six decimals: an accuracy over a few thousand images keeps its order, and a loss its meaning."""
    return [round(float(value), 6) for value in values]
