"""What a trained super-net can be ranked by: one file a way, each of which a super-net may or may not offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from nasrank.bench.foundation.registry import Registry
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.tasks import Score, Task
from nasrank.bench.training.step import Batch
from nasrank.bench.training.strategies import Strategy
from nasrank.spaces.supernet import HardPath, SuperNet

View = Callable[[Tensor], Tensor]
"""Shows a batch of inputs in another way, see `nasrank.bench.data.Dataset.views`."""

Scores = dict[str, FloatArray]
"""By name, `(paths,)` each, higher is better."""


@dataclass(frozen=True)
class Trained:
    """A super-net at some point of its training, and what scores may look at.

    Attributes:
        initial: its weights at the start, by name.
        batch: the scoring images and their targets.
        calibration: batches of the images that train, to calibrate running statistics on; None where the super-net is
            scored with those that it has.
        strategy: that trains it, with parameters of its own where it has some.
        views: of the scoring images, over which outputs are averaged; none for the images as they are.
    """

    supernet: SuperNet
    initial: Mapping[str, Tensor]
    task: Task
    batch: Batch
    calibration: Sequence[Tensor] | None
    strategy: Strategy
    views: Sequence[View] = ()


@dataclass(frozen=True)
class Way:
    """One way to rank by a super-net.

    Attributes:
        compute: its scores of paths; none where this super-net does not offer them. NaN is what has no value.
        scores: what these mean, each one of which higher is better. What the task says of its own is not repeated.

    Raises:
        ValueError: lower is better by one of the scores.
    """

    name: str
    compute: Callable[[Trained, Sequence[HardPath]], Scores]
    scores: tuple[Score, ...]

    def __post_init__(self) -> None:
        for score in self.scores:
            if not score.higher_is_better:
                raise ValueError(f"{self.name} must give {score.name!r} so that higher is better, as {score.column!r}")


WAYS: Registry[Way] = Registry("way to rank by a super-net", "nasrank.bench.scores")
"""By name. To add one: a file here that registers it, or a plugin that does."""


def every_score(trained: Trained, paths: Sequence[HardPath]) -> Scores:
    """All scores that the super-net offers.

    Raises:
        ValueError: two ways give a score of one name, or one gives what it does not declare.
    """
    found: Scores = {}
    for way in WAYS.values():
        scores = way.compute(trained, paths)
        if unknown := scores.keys() - {score.name for score in way.scores} - set(trained.task.score_names):
            raise ValueError(f"{way.name} gives the score {min(unknown)!r}, which it does not declare")
        if twice := found.keys() & scores.keys():
            raise ValueError(f"{way.name} gives the score {min(twice)!r}, which another way gives, too")
        found |= scores
    return found
