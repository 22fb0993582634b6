"""One trial: train a super-net, score the pool, and return everything worth keeping as plain values.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nasrank.bench.execution import Released, telling
from nasrank.bench.foundation.clock import Clock
from nasrank.bench.foundation.devices import device_name, worked_on
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.checkpoints import Checkpoint, Checkpoints
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.kept_supernets import SuperNetFolder
from nasrank.bench.runner.parts import Parts, assemble, paths_of
from nasrank.bench.runner.scored import Scored, activations, last_points, score, sees_all_alike
from nasrank.bench.runner.stored_design import FORMAT
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores import parts_of_name, scoring_phase
from nasrank.bench.scores.angle import ANGLE, angles
from nasrank.bench.scores.score import Scores
from nasrank.bench.search.evolution import evolve
from nasrank.bench.training.generations import Generations
from nasrank.bench.training.snapshot import Plain, Tensors, put, take
from nasrank.bench.training.trainer import Record
from nasrank.spaces.subspace import Choosable
from nasrank.spaces.supernet import HardPath, SuperNet

SCORING_SHARE = 0.3
"""Roughly how much of a trial is scoring, for the progress display."""


def run_trial(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None = None,
    progress: Callable[..., None] = lambda share: None,
    *,
    checkpoints: Checkpoints | None = None,
    supernets: SuperNetFolder | None = None,
) -> dict[str, Any]:
    """Train and score one super-net. The result depends on the arguments alone, and holds no stand-alone accuracy.

    But for the times, that is: the `seconds` of preparing, training and scoring, and the `phases`, which say when these
    began and on what, too.

    Args:
        progress: called with the share of the work that is done, in [0, 1], and, where it is a `Progress`, with the
            `step` of so many `steps`, with what the record says of the last tenth of training, such as the `loss`, and
            at points of the curve with the `scores` of the first pool architectures.
        checkpoints: where to go on from, and to keep what another call would go on from.
        supernets: where to keep what was trained.

    Returns a dictionary of plain values: `settings`, those of `Design.settings`; `processor`, `device` and `versions`
    of this machine; `scores` of the pool, `landmark_scores` and `lookalike_scores`, by name; `curve`, during training
    the scores of the first pool architectures and what the strategy derives; `derived`, that at the end, or what a
    search by angle found, as choices or None; `parts`, of strategies that divide the space, by which super-net each of
    the pool was scored; `record`, how training went; and `failure`, None or the reason why there are no scores. Where
    the study asks for them, `activations`, too: coordinates of the `pool` and of the `landmarks`, a list for each.
    """
    arm = design.arms[trial.arm]
    empty: dict[str, Any] = {
        "format": FORMAT,
        "trial": trial.name,
        "settings": design.settings(trial),
        "processor": processor(),
        "device": device_name(arm.study.training.device),
        "versions": environment(),
        "seconds": {},
        "phases": [],
        "failure": None,
        "steps": 0,
        "record": [],
        "scores": {},
        "landmark_scores": {},
        "lookalike_scores": {},
        "curve": [],
        "derived": None,
        "parts": None,
    }
    if design.lacks_landmarks(trial):
        chooser = Trial(design.rows[arm.study.landmarks.after].after.name, trial.seed).name
        return {**empty, "failure": f"{chooser}, whose super-net was to choose landmarks, failed"}

    clock = Clock()
    parts = assemble(design, trial, labels, data_root)
    checkpoint = checkpoints.of(design, trial, labels) if checkpoints else None
    running = _Running(design, trial, parts, clock, progress, checkpoint, supernets)
    try:
        record = running.to_the_end()
        derived = _search_by_angle(parts, trial.seed) if arm.score == ANGLE else parts.strategy.derive()
    except FloatingPointError as error:
        return {**empty, "failure": str(error), "processor": running.processors, **_times(clock)}
    return {
        **empty,
        "processor": running.processors,
        **_times(clock),
        "steps": record.steps,
        "record": _rows(record),
        **{
            f"{name}scores": {score: _rounded(values) for score, values in group.columns.items()}
            for name, group in running.groups.items()
        },
        "curve": running.curve,
        "derived": derived,
        "parts": running.groups[""].parts if len(parts.strategy.generations) > 1 else None,
        **running.seen,
    }


def _times(clock: Clock) -> dict[str, Any]:
    return {"seconds": clock.seconds, "phases": clock.phases}


class _Running:
    """A trial that is trained and scored, perhaps from a checkpoint on.

    Attributes:
        groups: what is scored, by the beginning of the name that its scores have in the result.
        curve: points of the training curve so far.
        seen: activations, when they are known.
    """

    changing = ("groups", "curve", "seen", "_kept", "_processors", "_clock")

    def __init__(
        self,
        design: Design,
        trial: Trial,
        parts: Parts,
        clock: Clock,
        progress: Callable[..., None],
        checkpoint: Checkpoint | None,
        supernets: SuperNetFolder | None,
    ) -> None:
        self._trial, self._supernets, self._kept = trial, supernets, list[dict[str, Any]]()
        self._design, self._parts, self._clock, self._checkpoint = design, parts, clock, checkpoint
        self._arm = arm = design.arms[trial.arm]
        self._on = worked_on(arm.study.training.device)
        self._tell = telling(progress)
        pool = arm.study.pool
        self._curve_paths = paths_of(design, design.pool[: pool.curve])
        scored = {"": design.pool, "landmark_": design.scored_landmarks(trial), "lookalike_": design.lookalikes}
        self.groups = {name: Scored(paths_of(design, some)) for name, some in scored.items()}
        self.curve: list[dict[str, Any]] = []
        self.seen: dict[str, Any] = {}
        self._processors: list[str] = []
        optimization = arm.study.training.optimization()
        self._steps = optimization.passes // parts.strategy.passes_per_step
        self._generations = Generations(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.terms,
            optimization,
            parts.batches,
            parts.held_out,
            on_leaf=self._score_leaf,
            after_step=self._after_step,
            on_row=lambda row: self._tell(self._share, {name: row[name] for name in row if name != "fraction"}),
            on_step=self._on_step,
            on_leaf_step=self._on_leaf_step,
            averages=arm.study.scoring.averages,
        )

    @property
    def processors(self) -> str:
        """Names of those that the trial was computed on, in their order; one, unless it moved."""
        return ", then ".join(self._processors)

    def to_the_end(self) -> Record:
        """From the checkpoint, where there is one, or from the start; FloatingPointError where training diverges."""
        if found := self._checkpoint and self._checkpoint.latest():
            self._put(*found)
        if here := [name for name in [processor()] if name not in self._processors[-1:]]:
            self._processors += here
        self._clock.phase("training", self._on)
        self._tell(self._share)
        record = self._generations.run()
        if self._supernets:
            self._supernets.keep(self._design, self._trial, self._kept, self._parts.strategy)
        self._tell(1.0)
        return record

    @property
    def _share(self) -> float:
        """Of the whole trial, in [0, 1], that is done."""
        return (1 - SCORING_SHARE) * min(1.0, self._generations.steps / self._steps)

    def _after_step(self, done: int, total: int) -> None:
        pool = self._arm.study.pool
        due = {round(total * point / pool.checkpoints) for point in range(1, pool.checkpoints + 1)}
        if done not in due or not self._curve_paths:
            return
        way = parts_of_name(self._arm.score)[1]
        self._clock.phase(scoring_phase(way), self._on)
        scores = self._scores(self._parts.supernet, self._curve_paths, way)[self._arm.score]
        self._clock.phase("training", self._on)
        derived = self._parts.strategy.derive()
        point = {"fraction": done / total, "scores": _rounded(scores)}
        self._tell(self._share, {"scores": _rounded(scores)})
        self.curve.append(point if derived is None else {**point, "derived": derived})

    def _score_leaf(self, supernet: SuperNet, part: Choosable) -> None:
        if self._supernets:
            averages = self._generations.averages
            self._kept.append(self._supernets.keep_part(self._trial, supernet, part, len(self._kept), averages))
        for way in self._arm.study.scoring.ways:
            self._fill(way, supernet, part, self._generations.averages.total)
        self._clock.phase(scoring_phase(""), self._on)
        if self._design.study.pool.activations and sees_all_alike(self._arm, self._parts):
            seen = {"pool": self.groups[""], "landmarks": self.groups["landmark_"]}
            self.seen["activations"] = activations(self._design, self._parts, seen)
        self._clock.phase("training", self._on)

    def _on_leaf_step(self, supernet: SuperNet, part: Choosable, done: int, total: int) -> None:
        """Ways of scoring that are means over points of training have the points before its end here."""
        for way, settings in self._arm.study.scoring.ways.items():
            if done < total and done in last_points(total, settings.checkpoints):
                self._fill(way, supernet, part, total)
                self._clock.phase("training", self._on)

    def _fill(self, way: str, supernet: SuperNet, part: Choosable, total: int) -> None:
        self._clock.phase(scoring_phase(way), self._on)
        points = len(last_points(total, self._arm.study.scoring.ways[way].checkpoints))
        for group in self.groups.values():
            group.fill(part, lambda paths: self._scores(supernet, paths, way), way, points)

    def _scores(self, supernet: SuperNet, paths: Sequence[HardPath], way: str) -> Scores:
        return score(self._arm, self._parts, supernet, paths, way, self._generations.averages)

    def _on_step(self) -> None:
        """All that changes is kept now and then, and when `progress` says that the trial is to go on elsewhere."""
        try:
            self._tell(self._share, {"step": self._generations.steps, "steps": self._steps})
        except Released:
            self._keep()
            raise
        if self._checkpoint and self._checkpoint.due:
            self._keep()

    def _keep(self) -> None:
        """Where there is no room for a checkpoint, training goes on without one."""
        if self._checkpoint is None:
            return
        tensors: dict[str, torch.Tensor] = {}
        try:
            self._checkpoint.keep(self._take(tensors), tensors, self._generations.steps)
        except OSError as reason:
            self._checkpoint.wait()
            warnings.warn(f"{self._trial.name} goes on without a checkpoint: {reason}", stacklevel=2)

    def _take(self, tensors: Tensors) -> Plain:
        self._clock.phase("training", self._on)
        return {"generations": self._generations.take(tensors), "trial": take(self, tensors, "trial")}

    def _put(self, plain: Plain, tensors: Mapping[str, torch.Tensor]) -> None:
        self._generations.put(plain["generations"], tensors)
        put(self, plain["trial"], tensors)


def _search_by_angle(parts: Parts, seed: int) -> list[int]:
    """What evolution finds [Zhang2021]; it looks at 2,000 architectures, whose angles cost next to nothing."""
    return list(
        evolve(
            parts.strategy.space,
            lambda paths: angles(parts.supernet, parts.initial, paths),
            generator(seed, Purpose.SEARCH),
        )
    )


def _rows(record: Record) -> list[dict[str, float]]:
    return [{name: round(value, 6) for name, value in row.items()} for row in record.rows]


def _rounded(values: npt.NDArray[np.float64]) -> list[float]:
    """Six decimals: an accuracy over a few thousand images keeps its order, and a loss its meaning."""
    return [round(float(value), 6) for value in values]
