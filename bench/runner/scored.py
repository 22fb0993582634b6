"""What a trial scores with its super-net, as a whole or part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import Parts, paths_of
from nasrank.bench.scores.activations import REFERENCES, Activations
from nasrank.bench.scores.score import Scores, Trained, every_score
from nasrank.spaces import get_enumerated
from nasrank.spaces.subspace import Choosable, owns
from nasrank.spaces.supernet import HardPath, SuperNet


class Scored:
    """Scores of some paths, filled in part by part, and which part each is of.

    Attributes:
        columns: by the name of the score, `(paths,)`.
        parts: of each path, the number of the super-net that it was scored by.
    """

    changing = ("columns", "parts", "_filled")

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


def sees_all_alike(arm: Arm, parts: Parts) -> bool:
    """Whether one super-net computes along every path by the same statistics, so that what it computes compares."""
    return len(parts.strategy.generations) == 1 and arm.study.supernet.statistics != "recalibrated"


def activations(design: Design, parts: Parts, groups: Mapping[str, Scored]) -> dict[str, list[list[float]]]:
    """Coordinates of the paths of each group by what the trained super-net computes for scoring images.

    Their directions are those of random architectures of the space, the same ones in every trial of the study.
    """
    study = design.study
    space = get_enumerated(study.space)
    drawn = space.sample(generator(study.common_seed, Purpose.POOL, "activations"), min(REFERENCES, len(space)))
    sight = Activations(parts.supernet, parts.scoring[0], paths_of(design, drawn), study.pool.activations)
    return {name: sight.coordinates(group.paths).round(4).tolist() for name, group in groups.items()}
