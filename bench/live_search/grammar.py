"""The grammar of live searches: who searches a space by training networks, how these are trained, and what is claimed.

kind = "live"
title = "Policy gradient for segmentation"
space = "dense_unet"
runs = 5
evaluations = 60

[training]
data = "brain-template"
epochs = 16
training_images = 40
test_images = 40

[searchers.policy]
searcher = "policy_steps"

[searchers.random]
searcher = "random"

[claims.policy]
says = "The policy finds better networks than random search [Mortazi2018]"
searcher = "policy"
against = "random"
at_least = 0.5
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.studies.searchers import ChosenSearcher
from nasrank.bench.studies.sections import Count, Section, Words, mistake
from nasrank.bench.tabulation.metrics import Metric, metrics_of
from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.spaces import Enumerated, get_enumerated

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_+-]*$", max_length=60)]

AGAIN_FROM = 1000
"""The first of the seeds with which what was found is trained anew; searches train with their own numbers."""

MOST_RUNS = AGAIN_FROM

FORMAT = 2
"""Of what is stored of a search: one of another is played anew, with the networks that are there."""

QUICK_RUNS, QUICK_EVALUATIONS = 2, 6


class TrainingSection(Section):
    """How every network is trained and measured, as `nasrank tabulate` does."""

    data: str
    """What it is trained on."""

    epochs: Count
    """Passes over what trains."""

    training_images: Count
    """How many samples train."""

    test_images: Count
    """How many others measure."""

    padding: int = 0
    """Largest shift of an image, in pixels."""

    noise: float = 0.0
    """Standard deviation of the noise on images, in units of normalized pixels."""

    batch_size: Count = 32
    """Samples of a step."""

    learning_rate: float = 0.05
    """At the start, or after the warm-up; it falls to zero along a cosine."""

    optimizer: str = "sgd"
    """How weights are updated."""

    momentum: float = 0.9
    """Of SGD, Nesterov's; the first decay rate of Adam and AdamW."""

    weight_decay: float = 5e-4
    """Each optimizer says how it is applied."""

    warm_up: float = 0.0
    """First fraction of training in which the learning rate rises from zero."""

    clip: float = 5.0
    """Greatest norm of the gradient of all weights."""

    network: dict[str, Any] = Field(default_factory=dict)
    """What the networks of the space are built with, as `nasrank tabulate --network` takes it."""


class ClaimSection(Section):
    """That what one searcher finds is better than what another does, once it is trained anew."""

    says: Annotated[Words, Field(min_length=1)]
    """The claim in words, and whose it is."""

    searcher: Name
    """The searcher that it is about."""

    against: Name
    """The one that it is compared with."""

    at_least: float
    """By how much the mean over runs is to be better, in percentage points or the unit of the metric: the claim holds
    where the whole interval is no smaller. Where all of that is smaller it does not hold, and else it is open."""


class LiveStudy(Section):
    """A whole live search."""

    title: Words
    """What the report is called."""

    space: str
    """What is searched."""

    metric: str = ""
    """What networks are searched by; the first metric of the task where none is named."""

    runs: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 5
    """Searches of each searcher. All networks of a search are trained with its number as their seed."""

    evaluations: Count = 60
    """Networks that a search trains; one that is asked for again is not trained again."""

    again: Count = 3
    """With how many other seeds the best network of a search is trained anew. Their mean is what it is worth: what was
    told to the searcher is the best of many, and too good."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval."""

    training: TrainingSection
    """How networks are trained."""

    searchers: Annotated[dict[Name, ChosenSearcher], Field(min_length=1)]
    """Who searches."""

    claims: dict[Name, ClaimSection] = Field(default_factory=dict)
    """What the study was made to check."""

    @field_validator("space")
    @classmethod
    def _enumerated(cls, name: str) -> str:
        get_enumerated(name)
        return name

    @model_validator(mode="after")
    def _can_be_done(self) -> LiveStudy:
        try:
            training = self.standalone
        except ValueError as error:
            raise mistake(f"{error}", "training") from None
        names = [one.name for one in metrics_of(training.task)]
        if self.metric and self.metric not in names:
            raise ValueError(
                f"metric = {self.metric!r} is not measured of {self.training.data}: {', '.join(names)} are"
            )
        for name, row in self.searchers.items():
            self._refuse_unable(name, row)
        labels = [row.named for row in self.searchers.values()]
        if twice := next((label for label in labels if labels.count(label) > 1), None):
            raise ValueError(f"two searchers are called {twice!r}: give them labels")
        for name, claim in self.claims.items():
            for searcher in (claim.searcher, claim.against):
                if searcher not in self.searchers:
                    known_ones = ", ".join(self.searchers)
                    raise ValueError(f"claims.{name}: there is no searcher {searcher!r}; there are {known_ones}")
            if claim.searcher == claim.against:
                raise ValueError(f"claims.{name}: it compares {claim.searcher} with itself")
        return self

    def _refuse_unable(self, name: str, row: ChosenSearcher) -> None:
        """Raise ValueError where a searcher cannot search here."""
        try:
            made = row.kind(self.searched, generator(0, Purpose.SEARCH_RUN), row.chosen())
        except ValueError as error:
            raise ValueError(f"searchers.{name}: {error}") from None
        if made.schedule != (None,):
            raise ValueError(
                f"searchers.{name}: {row.searcher} asks for networks that are trained for a part of the schedule, and "
                "here all are trained to its end"
            )

    @property
    def searched(self) -> Enumerated[Any]:
        """The space."""
        return get_enumerated(self.space)

    @property
    def standalone(self) -> StandaloneTraining:
        """How networks are trained; ValueError where they cannot be."""
        given = self.training.model_dump(exclude={"network"})
        return StandaloneTraining(space=self.space, network=network_of(self.space, self.training.network), **given)

    def seed_anew(self, run: int, number: int) -> int:
        """With which the network that a search found is trained anew; no two searches have one in common."""
        return AGAIN_FROM + run * self.again + number

    @property
    def measured(self) -> Metric:
        """What is searched by."""
        every = metrics_of(self.standalone.task)
        return next((one for one in every if one.name == self.metric), every[0])

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        return self.measured.quantity.direction == "higher"

    @property
    def in_percent(self) -> bool:
        """Whether numbers are percent, and differences points."""
        return self.measured.quantity.unit == "percent"

    def quick(self) -> LiveStudy:
        """A look at the study: two short searches of each, an epoch a network."""
        training = self.training.model_copy(update={"epochs": 1})
        small = {
            "runs": min(self.runs, QUICK_RUNS),
            "evaluations": min(self.evaluations, QUICK_EVALUATIONS),
            "again": 1,
        }
        return self.model_copy(update={**small, "training": training})

    def fingerprint(self, searcher: str) -> str:
        """Of all that the file says which decides the searches of a searcher: 16 hexadecimal digits."""
        row = self.searchers[searcher]
        content = {
            "space": self.space,
            "metric": self.measured.name,
            "lengths": [self.evaluations, self.again],
            "training": self.training.model_dump(mode="json"),
            "row": [searcher, row.searcher, row.chosen().model_dump(mode="json")],
            "revision": row.kind.revision,
            "format": FORMAT,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
