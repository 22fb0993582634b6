"""The sections of a search study: where is searched until when, and who searches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from nasrank.bench.search_studies.values import LimitSection, PriceSection, ValueSection
from nasrank.bench.studies.searchers import ChosenSearcher
from nasrank.bench.studies.sections import Count, Section, Words
from nasrank.spaces import get_enumerated
from nasrank.spaces.subspace import left_by, places_of_options

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_+-]*$", max_length=60)]
Positive = Annotated[float, Field(gt=0)]


class FrontSection(Section):
    """What fronts of several objectives are measured by: figures that are reported, error and cost both in [0, 1]."""

    accuracy: Name
    """The reported accuracy, in percent; the front is of the error."""

    cost: Name
    """The reported cost, scaled from the least of the space to its greatest."""

    reference: tuple[Positive, Positive] = (1.05, 1.05)
    """The point up to which the hypervolume is counted."""


class PartSection(Section):
    """A table, a budget, and what is told and reported."""

    label: Words
    """What tables and figures call it."""

    protocol: str = ""
    """The published protocol that it is part of; its own name where none is given."""

    space: str
    """What is searched."""

    seconds: Positive | None = None
    """The budget in simulated seconds; an answer that would exceed it is not given."""

    queries: Count | None = None
    """The budget in answers of the table."""

    reuse: Literal["nothing", "answers"] = "nothing"
    """What is not paid for twice: nothing, as in NATS-Bench, or an answer that was given before."""

    objectives: dict[Name, ValueSection]
    """What searchers may be told."""

    price: PriceSection | None = None
    """What an answer costs in simulated seconds."""

    reported: dict[Name, ValueSection]
    """What is looked up of what was found. No searcher is told it, unless an objective is the same number."""

    options: Annotated[dict[str, list[str]], Field(exclude_if=lambda options: not options)] = Field(
        default_factory=dict
    )
    """By the name of a decision those of its options that are searched, such as those of which a table has all
    combinations; all options of decisions that are not named. A decision that makes no difference counts as its first
    option."""

    limits: dict[Name, LimitSection] = Field(default_factory=dict)
    """What an architecture has to keep."""

    front: FrontSection | None = None
    """How fronts are measured, where several objectives are searched for."""

    runs: Count | None = None
    """Of every searcher, where there are fewer than the study has."""

    notes: tuple[Words, ...] = ()
    """How the set-up differs from the published one, a sentence each."""

    @field_validator("space")
    @classmethod
    def _enumerated(cls, name: str) -> str:
        get_enumerated(name)
        return name

    @field_validator("options")
    @classmethod
    def _options_are_there(cls, options: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        if space := info.data.get("space"):
            places_of_options(get_enumerated(space), options)
        return options

    @model_validator(mode="after")
    def _can_be_listed(self) -> PartSection:
        space = get_enumerated(self.space)
        space.refuse_listing(left_by(space, self.options))
        return self

    @model_validator(mode="after")
    def _means_are_over_decisions(self) -> PartSection:
        for key, section in [*self.objectives.items(), *self.reported.items(), *self.limits.items()]:
            names = [decision.name for decision in get_enumerated(self.space).decisions]
            if section.mean_over and section.mean_over not in names:
                raise ValueError(f"{key}: mean_over = {section.mean_over!r} is none of {', '.join(names)}")
            if section.mean_over and section.supernet:
                raise ValueError(f"{key}: scores of super-nets have no mean_over")
        return self

    @model_validator(mode="after")
    def _has_a_budget(self) -> PartSection:
        if self.seconds is None and self.queries is None:
            raise ValueError("a search has a budget: seconds, queries or both")
        if self.seconds is not None and self.price is None:
            raise ValueError("a budget in seconds needs a price")
        if not self.objectives or not self.reported:
            raise ValueError("a search needs an objective and a reported figure")
        for key in (self.front.accuracy, self.front.cost) if self.front else ():
            if key not in self.reported:
                raise ValueError(f"front: {key!r} is not reported; reported are {', '.join(self.reported)}")
        return self


class GuideSection(Section):
    """Scores that cost nothing once they are there, by which the table is asked for finalists only."""

    scores: Name
    """The objective that is searched for first."""

    evaluations: Count = 2000
    """Architectures that the searcher looks at."""


class SearcherSection(ChosenSearcher):
    """One searcher with its settings, and what it is told."""

    objectives: tuple[Name, ...] = ()
    """What it is told; the first objective of a part where none is named."""

    guide: GuideSection | None = None
    """Scores that it searches by, while the table is asked for finalists only."""

    known: tuple[Name, ...] = ()
    """Objectives that its predictor knows besides the labels."""

    landmarks: Name | None = None
    """The objective whose super-nets' landmarks the table is asked for, and the searcher told of, before all else."""

    epochs_charged: Annotated[float, Field(ge=0)] = 0.0
    """Epochs charged before all else, such as for training a super-net, each at the mean of the space's."""

    parts: tuple[Name, ...] = ()
    """Those that it searches; all that have its objectives where none is named."""

    runs: Count | None = None
    """Where it has fewer than the study, because it takes long."""
