"""How long a study will take, measured by a few steps of each kind before it starts."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.parts import assemble, paths_of
from nasrank.bench.runner.trial import score
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.trainer import train

PROBED_STEPS = 12
PROBED_PATHS = 20


def estimate_seconds(design: Design, truth: Truth, trials: list[Trial], data_root: Path | None = None) -> float:
    """Time on one core of this machine for these trials, from a probe of each strategy and of scoring.

    Rough: paths differ in cost, and cores that share a memory bus slow each other down.
    """
    trials = [trial for trial in trials if not design.lacks_landmarks(trial)]
    kinds = {(trial.arm, trial.guided): trial for trial in trials}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as workers do
    seconds = {
        kind: _training_seconds(design, truth, trial, data_root) + _scoring_seconds(design, truth, trial, data_root)
        for kind, trial in kinds.items()
    }
    torch.set_num_threads(threads)
    return sum(seconds[trial.arm, trial.guided] for trial in trials)


def _training_seconds(design: Design, truth: Truth, trial: Trial, data_root: Path | None) -> float:
    """Of one trial; a guided one is probed at both ends, since its term costs nothing during warm-up."""
    steps, per_step = _seconds_per_step(design, truth, replace(trial, guided=False), data_root)
    if not trial.guided:
        return steps * per_step
    warm_up = design.arms[trial.arm].study.landmarks.warm_up
    _, guided = _seconds_per_step(design, truth, trial, data_root)
    return steps * (warm_up * per_step + (1 - warm_up) * guided)


def _seconds_per_step(design: Design, truth: Truth, trial: Trial, data_root: Path | None) -> tuple[int, float]:
    """Steps of the whole trial, and the time of one after warm-up."""
    arm = design.arms[trial.arm]
    landmarks = arm.study.landmarks.model_copy(update={"warm_up": 0.0, "schedule": "constant"})
    probed = replace(arm, study=arm.study.model_copy(update={"landmarks": landmarks}))
    parts = assemble(design, trial, design.labels_of(trial.arm, trial.seed, truth), data_root, arm=probed)
    passes = parts.strategy.passes_per_step
    optimization = arm.study.training.optimization()
    steps = optimization.passes // passes
    marks: list[float] = []
    with suppress(FloatingPointError):  # training that diverges so soon is the trial's to report
        train(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.regularizers,
            replace(optimization, passes=passes * min(PROBED_STEPS, steps)),
            parts.batches,
            parts.held_out,
            lambda done, total: marks.append(time.perf_counter()),
        )
    times = np.diff(marks)[len(marks) // 4 :]
    return steps, float(times.mean()) if times.size else 0.0


def _scoring_seconds(design: Design, truth: Truth, trial: Trial, data_root: Path | None) -> float:
    """Of all that a trial scores, from a few of the pool."""
    pool, arm = design.study.pool, design.arms[trial.arm]
    parts = assemble(design, trial, design.labels_of(trial.arm, trial.seed, truth), data_root)
    paths = paths_of(design, design.pool[:PROBED_PATHS])
    start = time.perf_counter()
    with suppress(FloatingPointError):
        score(arm, parts, parts.supernet, paths)
    each = (time.perf_counter() - start) / len(paths)
    return each * (
        pool.size + pool.curve * pool.checkpoints + len(design.scored_landmarks(trial)) + len(design.lookalikes)
    )
