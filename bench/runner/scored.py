"""What a trial scores with its super-net, as a whole or part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.parts import Parts, paths_of
from nasrank.bench.scores import further_name, parts_of_name
from nasrank.bench.scores.activations import REFERENCES, Activations
from nasrank.bench.scores.score import Scores, Trained, every_score
from nasrank.bench.scores.shared_weights import scores_of_the_task
from nasrank.bench.training.averaging import Averages
from nasrank.spaces import get_enumerated
from nasrank.spaces.subspace import Choosable, owns
from nasrank.spaces.supernet import HardPath, SuperNet


class Scored:
    """Scores of some paths, filled in part by part, and which part each is of.

    Attributes:
        columns: by the name of the score, `(paths,)`.
        parts: of each path, the number of the super-net that it was scored by.
    """

    changing = ("columns", "parts", "_filled", "_points")

    def __init__(self, paths: list[HardPath]) -> None:
        self.paths = paths
        self.columns: Scores = {}
        self.parts = [0] * len(paths)
        self._filled = 0
        self._points: dict[str, list[Scores]] = {}

    def fill(self, part: Choosable, score: Callable[[Sequence[HardPath]], Scores], way: str = "", of: int = 1) -> None:
        """Score those paths that this part of the space owns; what is kept are means over points of training.

        Args:
            way: name of the way of scoring; the study's own, without one, also says which part each path is of.
            of: how many points there are; the last of them ends the part.
        """
        places = [place for place, path in enumerate(self.paths) if owns(part, path)]
        points = self._points.setdefault(way, [])
        points.append(score([self.paths[place] for place in places]) if places else {})
        if len(points) < of:
            return
        for name, values in points[-1].items():
            mean = np.mean([point[name] for point in points], axis=0) if of > 1 else values
            self.columns.setdefault(name, np.full(len(self.paths), np.nan))[places] = mean
        del self._points[way]
        if not way:
            for place in places:
                self.parts[place] = self._filled
            self._filled += 1


LAST_PART = 0.1
"""Of training, over which scores may be averaged."""


def last_points(total: int, count: int) -> list[int]:
    """So many of `total` steps, evenly spaced over the last tenth and with the last of all; fewer where these are."""
    return sorted({total - round(LAST_PART * total * place / count) for place in range(count)})


def score(
    arm: Arm,
    parts: Parts,
    supernet: SuperNet,
    paths: Sequence[HardPath],
    way: str = "",
    averages: Averages | None = None,
) -> Scores:
    """Scores by name, `(paths,)` each: every one by the study's own way of scoring, those of the task by a further one.

    Args:
        way: name of the way; the study's own has none.
        averages: of the super-net's weights, for ways that score by one.

    Raises:
        ValueError: the super-net offers none of those that the arm ranks by, or an average of its weights is not kept.
        FloatingPointError: an architecture has none of those that the arm ranks by; a ranking of the others would hide
            that.
    """
    study = arm.study
    settings, count = study.scoring.ways[way], study.scoring.images_of(way, study.images)
    batch = parts.scoring[0][:count], parts.scoring[1][:count]
    calibration = parts.calibration if study.supernet.statistics == "recalibrated" else None
    views = parts.views[: settings.views]
    trained = Trained(supernet, parts.initial, parts.task, batch, calibration, parts.strategy, views)
    with (averages or Averages(supernet)).in_place(settings.average):
        if way:
            scores = {further_name(name, way): values for name, values in scores_of_the_task(trained, paths).items()}
        else:
            scores = every_score(trained, paths)
    if parts_of_name(arm.score)[1] != way:
        return scores
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
    seen = parts.scoring[0][: study.images.scoring]
    sight = Activations(parts.supernet, seen, paths_of(design, drawn), study.pool.activations)
    return {name: sight.coordinates(group.paths).round(4).tolist() for name, group in groups.items()}
