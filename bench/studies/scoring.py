"""The section of a study file that says how trained super-nets are scored, and in which further ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator

from nasrank.bench.data import DATASETS, OFFICIAL_HALF
from nasrank.bench.scores import further_name
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import Count, ImagesSection, Section, mistake
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.averaging import Average
from nasrank.spaces.options import SuperNetOptions


class WayOfScoring(Section):
    """How a super-net is scored. Each key is written only where it is not at its default."""

    views: Annotated[int, Field(ge=1, le=bounds.MOST_VIEWS, exclude_if=lambda count: count == 1)] = 1
    """Of each scoring image, over which class probabilities are averaged: 1 is the image, 2 the image and its mirror
    image, more have both moved by a pixel. Images that must not be mirrored have five at most."""

    weights: Annotated[Literal["last", "ema", "last_third"], Field(exclude_if=lambda kind: kind == "last")] = "last"
    """Which shared weights: the `last`, or an average of them over the steps of training, `ema` or `last_third`."""

    horizon: Annotated[float, Field(gt=0, le=1, exclude_if=lambda fraction: fraction == 0.1)] = 0.1
    """Of `ema`, as a fraction of training: weights of so long ago count 1/e of the latest. At the start it is shorter,
    see `nasrank.bench.training.averaging`."""

    checkpoints: Annotated[int, Field(ge=1, le=bounds.MOST_LAST_POINTS, exclude_if=lambda count: count == 1)] = 1
    """The score is the mean of the scores at so many last points of training: they are evenly spaced in its last tenth,
    the last of them its end. Of a strategy that divides the space, it is the training of each part's super-net."""

    @property
    def average(self) -> Average | None:
        """Of the shared weights; None for the last ones."""
        match self.weights:
            case "ema":
                return Average("ema", self.horizon)
            case "last_third":
                return Average("last_third")
        return None


class FurtherScoring(WayOfScoring):
    """A further way to score the same super-nets, which costs no further training."""

    images: Annotated[Count | None, Field(exclude_if=lambda count: count is None)] = None
    """How many scoring images; those of `images.scoring` where this is left out. These come first among more of them,
    and fewer are the first of them."""


class ScoringSection(WayOfScoring):
    """How super-nets are scored by what rows are ranked by, and in which further ways.

    A further way has a section `[scoring.also.NAME]`; its scores are called after it, `accuracy@NAME`, and stand beside
    the study's own. `analysis.score` may name one.
    """

    also: Annotated[
        dict[str, FurtherScoring],
        Field(
            default_factory=dict[str, FurtherScoring],
            max_length=bounds.MOST_SCORINGS,
            exclude_if=lambda also: not also,
        ),
    ]
    """Further ways by name, of a-z, 0-9 and '-': tables with `images`, which is a number of scoring images, by default
    that of `images.scoring`, and the keys of this section."""

    @field_validator("also")
    @classmethod
    def _names(cls, also: dict[str, FurtherScoring]) -> dict[str, FurtherScoring]:
        for name in also:
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or len(name) > bounds.LONGEST_NAME:
                raise mistake(f"a name is of a-z, 0-9 and '-', {bounds.LONGEST_NAME} characters at most", name)
        return also

    @classmethod
    def usual(cls) -> Self:
        """As studies score that say nothing about it."""
        return cls.model_validate({})

    @property
    def ways(self) -> dict[str, WayOfScoring]:
        """All by name; the study's own has none and is the first."""
        return {"": self, **self.also}

    @property
    def averages(self) -> tuple[Average, ...]:
        """Of the shared weights, that any way asks for."""
        return tuple(dict.fromkeys(way.average for way in self.ways.values() if way.average))

    def images_of(self, name: str, images: ImagesSection) -> int:
        """How many scoring images a way has."""
        return (self.also[name].images if name else None) or images.scoring

    def most_images(self, images: ImagesSection) -> int:
        """That any way has, the study's own among them."""
        return max(self.images_of(name, images) for name in self.ways)

    def columns(self, task: type[Task]) -> Iterator[str]:
        """Names of the scores of the task by every way, as results have them."""
        for name in self.ways:
            yield from (further_name(score, name) for score in task.score_names)


def refuse_unscorable(scoring: ScoringSection, images: ImagesSection, supernet: SuperNetOptions) -> None:
    """Raises ValidationError at the first key that asks for what data, task or super-net do not have."""
    task, source = TASKS[images.task], DATASETS[images.dataset]
    for name, way in scoring.ways.items():
        at = ("also", name) if name else ()
        if way.views > 1 and (task.averaged is Task.averaged or not source.side):
            raise mistake(
                f"views = {way.views} are of images with classes, which {images.dataset} has not", *at, "views"
            )
        if way.average and supernet.statistics == "tracked":
            raise mistake(
                f"weights = {way.weights!r} have no running statistics of their own: with them, supernet.statistics is "
                "'batch' or 'recalibrated'",
                *at,
                "weights",
            )
    for name in scoring.also:
        count = scoring.images_of(name, images)
        taken = images.weights + images.held_out
        if taken + count > source.count:
            raise mistake(
                f"images = {count}, but beside {images.weights} for weights and {images.held_out} held out "
                f"{images.dataset} has {max(0, source.count - taken)} for scoring",
                *("also", name, "images"),
            )
        if images.split == "official" and images.held_out + count > OFFICIAL_HALF:
            raise mistake(
                f"images = {count} and the {images.held_out} held out are more than the {OFFICIAL_HALF:,} images of a "
                "half of the official split",
                *("also", name, "images"),
            )
