"""How long a study will take, measured by a few steps of each kind before it starts."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from nasrank.bench.foundation.threads import one_thread
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import assemble, paths_of
from nasrank.bench.runner.scored import score
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.trainer import train

PROBED_STEPS = 12
PROBED_PATHS = 20

FEWEST_STEPS, FEWEST_PATHS = 3, 2
"""Which are measured however long they take."""

LONG = 20.0
"""Seconds after which a measurement ends with the step or the paths that it is at."""

MANY_IMAGES, SOME_IMAGES = 1000, 500
"""Of more scoring images than the first number, the second stand for all."""


def estimate_seconds(
    design: Design, truth: Truth, trials: list[Trial], data_root: Path | None = None
) -> dict[str, float]:
    """Time on one core of this machine for each of these trials, by name, from a probe of each arm and of scoring.

    Rough: paths differ in cost, and cores that share a memory bus slow each other down.
    """
    kinds = {trial.arm: trial for trial in trials if not design.lacks_landmarks(trial)}
    with one_thread():
        seconds = {
            kind: _training_seconds(design, truth, trial, data_root) + _scoring_seconds(design, truth, trial, data_root)
            for kind, trial in kinds.items()
        }
    return {trial.name: 0.0 if design.lacks_landmarks(trial) else seconds[trial.arm] for trial in trials}


def _training_seconds(design: Design, truth: Truth, trial: Trial, data_root: Path | None) -> float:
    """Of one trial; one with terms is probed with and without them, as they cost nothing during their warm-up."""
    steps, plain = _seconds_per_step(design, truth, trial, data_root, with_terms=False)
    terms = design.arms[trial.arm].study.terms
    if not terms:
        return steps * plain
    on = max(term.settings.share_on(0.0, 1.0) for term in terms)
    _, guided = _seconds_per_step(design, truth, trial, data_root, with_terms=True)
    return steps * ((1 - on) * plain + on * guided)


def _seconds_per_step(
    design: Design, truth: Truth, trial: Trial, data_root: Path | None, *, with_terms: bool
) -> tuple[int, float]:
    """Steps of the whole trial, and the time of one with all its terms or without any."""
    parts = assemble(design, trial, design.labels_for(trial, truth), data_root, always=True)
    passes = parts.strategy.passes_per_step
    optimization = design.arms[trial.arm].study.training.optimization()
    steps = optimization.passes // passes
    marks: list[float] = []

    def after_step(done: int, total: int) -> None:
        del total
        marks.append(time.perf_counter())
        if done >= FEWEST_STEPS and marks[-1] - marks[0] > LONG:
            raise _LongEnoughError

    with suppress(FloatingPointError, _LongEnoughError):  # training that diverges so soon is the trial's to report
        train(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.terms if with_terms else (),
            replace(optimization, passes=passes * min(PROBED_STEPS, steps)),
            parts.batches,
            parts.held_out,
            after_step,
        )
    times = np.diff(marks)[len(marks) // 4 :]
    return steps, float(times.mean()) if times.size else 0.0


class _LongEnoughError(Exception):
    """Ends the training of a probe."""


def _scoring_seconds(design: Design, truth: Truth, trial: Trial, data_root: Path | None) -> float:
    """Of all that a trial scores, from a few of the pool."""
    pool, arm = design.study.pool, design.arms[trial.arm]
    parts = assemble(design, trial, design.labels_for(trial, truth), data_root)
    paths = paths_of(design, design.pool[:PROBED_PATHS])
    inputs, targets = parts.scoring
    if len(inputs) <= MANY_IMAGES:
        groups = [paths]
    else:
        parts = replace(parts, scoring=(inputs[:SOME_IMAGES], targets[:SOME_IMAGES]))
        groups = [paths[start : start + FEWEST_PATHS] for start in range(0, len(paths), FEWEST_PATHS)]
    start, scored = time.perf_counter(), 0
    with suppress(FloatingPointError):
        for group in groups:
            scored += len(group)
            score(arm, parts, parts.supernet, group)
            if time.perf_counter() - start > LONG:
                break
    each = (time.perf_counter() - start) / scored * len(inputs) / len(parts.scoring[0])
    return each * (
        pool.size + pool.curve * pool.checkpoints + len(design.scored_landmarks(trial)) + len(design.lookalikes)
    )
