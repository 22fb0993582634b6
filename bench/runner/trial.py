"""One trial: train a super-net, score the pool, and return everything worth keeping as plain values.

References:
    [Zhang2021] Zhang et al., "Neural Architecture Search with Random Labels", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasrank.bench.execution import telling
from nasrank.bench.foundation.clock import Clock
from nasrank.bench.foundation.environment import environment, processor
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import Parts, assemble, paths_of
from nasrank.bench.runner.stored_design import FORMAT
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.scores.activations import REFERENCES, Activations
from nasrank.bench.scores.angle import ANGLE, angles
from nasrank.bench.scores.score import Scores, Trained, every_score
from nasrank.bench.search.evolution import evolve
from nasrank.bench.training.generations import train_generations
from nasrank.bench.training.trainer import Record
from nasrank.spaces import get_enumerated
from nasrank.spaces.subspace import Choosable, owns
from nasrank.spaces.supernet import HardPath, SuperNet

SCORING_SHARE = 0.3
"""Roughly how much of a trial is scoring, for the progress display."""


def run_trial(
    design: Design,
    trial: Trial,
    labels: npt.NDArray[np.float64],
    data_root: Path | None = None,
    progress: Callable[..., None] = lambda share: None,
) -> dict[str, Any]:
    """Train and score one super-net. The result depends on the arguments alone, and holds no stand-alone accuracy.

    But for the `seconds`, that is: those of preparing, training and scoring.

    Args:
        progress: called with the share of the work that is done, in [0, 1], and, where it is a `Progress`, with the
            `loss` of the last tenth of training, and at checkpoints with the `scores` of the first pool architectures.

    Returns a dictionary of plain values: `settings`, those of `Design.settings`; `processor` and `versions` of this
    machine; `scores` of the pool, `landmark_scores` and `lookalike_scores`, by name; `curve`, during training the
    scores of the first pool architectures and what the strategy derives; `derived`, that at the end, or what a search
    by angle found, as choices or None; `parts`, of strategies that divide the space, by which super-net each of the
    pool was scored; `record`, how training went; and `failure`, None or the reason why there are no scores. Where the
    study asks for them, `activations`, too: coordinates of the `pool` and of the `landmarks`, a list for each.
    """
    arm, study = design.arms[trial.arm], design.study
    empty: dict[str, Any] = {
        "format": FORMAT,
        "trial": trial.name,
        "settings": design.settings(trial),
        "processor": processor(),
        "versions": environment(),
        "seconds": {},
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
    clock.phase("training")
    curve: list[dict[str, Any]] = []
    curve_paths = paths_of(design, design.pool[: study.pool.curve])
    scored = {"": design.pool, "landmark_": design.scored_landmarks(trial), "lookalike_": design.lookalikes}
    groups = {name: _Scored(paths_of(design, some)) for name, some in scored.items()}
    seen: dict[str, Any] = {}

    share, tell = 0.0, telling(progress)

    def after_step(done: int, total: int) -> None:
        nonlocal share
        share = (1 - SCORING_SHARE) * done / total
        tell(share)
        due = {round(total * point / study.pool.checkpoints) for point in range(1, study.pool.checkpoints + 1)}
        if done in due and curve_paths:
            clock.phase("scoring")
            scores = score(arm, parts, parts.supernet, curve_paths)[arm.score]
            clock.phase("training")
            derived = parts.strategy.derive()
            point = {"fraction": done / total, "scores": _rounded(scores)}
            tell(share, {"scores": _rounded(scores)})
            curve.append(point if derived is None else {**point, "derived": derived})

    def on_leaf(supernet: SuperNet, part: Choosable) -> None:
        clock.phase("scoring")
        for group in groups.values():
            group.fill(part, lambda paths: score(arm, parts, supernet, paths))
        if study.pool.activations and _sees_all_alike(arm, parts):
            seen["activations"] = activations(design, parts, {"pool": groups[""], "landmarks": groups["landmark_"]})
        clock.phase("training")

    try:
        record = train_generations(
            parts.supernet,
            parts.task,
            parts.strategy,
            parts.terms,
            arm.study.training.optimization(),
            parts.batches,
            parts.held_out,
            on_leaf=on_leaf,
            after_step=after_step,
            on_row=lambda row: tell(share, {"loss": row["loss"]}),
        )
        derived = _search_by_angle(parts, trial.seed) if arm.score == ANGLE else parts.strategy.derive()
    except FloatingPointError as error:
        return {**empty, "failure": str(error), "seconds": clock.seconds}
    tell(1.0)
    return {
        **empty,
        "seconds": clock.seconds,
        "steps": record.steps,
        "record": _rows(record),
        **{
            f"{name}scores": {score: _rounded(values) for score, values in group.columns.items()}
            for name, group in groups.items()
        },
        "curve": curve,
        "derived": derived,
        "parts": groups[""].parts if len(parts.strategy.generations) > 1 else None,
        **seen,
    }


class _Scored:
    """Scores of some paths, filled in part by part, and which part each is of."""

    def __init__(self, paths: list[HardPath]) -> None:
        self.paths = paths
        self.columns: Scores = {}
        self.parts = [0] * len(paths)
        self._filled = 0

    def fill(self, part: Choosable, score: Callable[[Sequence[HardPath]], Scores]) -> None:
        """Score those paths that this part of the space owns."""
        places = [place for place, path in enumerate(self.paths) if owns(part, path)]
        for place in places:
            self.parts[place] = self._filled
        self._filled += 1
        if not places:
            return
        for name, values in score([self.paths[place] for place in places]).items():
            self.columns.setdefault(name, np.full(len(self.paths), np.nan))[places] = values


def score(arm: Arm, parts: Parts, supernet: SuperNet, paths: Sequence[HardPath]) -> Scores:
    """Every score by name, `(paths,)` each.

    Raises:
        ValueError: the super-net offers none of those that the arm ranks by.
        FloatingPointError: an architecture has none of those that the arm ranks by; a ranking of the others would hide
            that.
    """
    calibration = parts.calibration if arm.study.supernet.statistics == "recalibrated" else None
    trained = Trained(supernet, parts.initial, parts.task, parts.scoring, calibration, parts.strategy)
    scores = every_score(trained, paths)
    if arm.score not in scores:
        raise ValueError(f"{arm.label} ranks by {arm.score}, but its super-net offers {', '.join(scores)}")
    lost = np.isnan(scores[arm.score]).sum()
    if lost:
        raise FloatingPointError(f"the outputs of {lost} of {len(paths)} scored architectures are not finite")
    return scores


def _sees_all_alike(arm: Arm, parts: Parts) -> bool:
    """Whether one super-net computes along every path by the same statistics, so that what it computes compares."""
    return len(parts.strategy.generations) == 1 and arm.study.supernet.statistics != "recalibrated"


def activations(design: Design, parts: Parts, groups: Mapping[str, _Scored]) -> dict[str, list[list[float]]]:
    """Coordinates of the paths of each group by what the trained super-net computes for scoring images.

    Their directions are those of random architectures of the space, the same ones in every trial of the study.
    """
    study = design.study
    space = get_enumerated(study.space)
    drawn = space.sample(generator(study.common_seed, Purpose.POOL, "activations"), min(REFERENCES, len(space)))
    sight = Activations(parts.supernet, parts.scoring[0], paths_of(design, drawn), study.pool.activations)
    return {name: sight.coordinates(group.paths).round(4).tolist() for name, group in groups.items()}


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
