"""The grammar of search studies: who searches where, for what, until when, and what is reported.

    kind = "search"
    title = "Search on NAS-Bench-201"
    runs = 500

    [parts.nb201]
    label = "NAS-Bench-201, 12,000 s"
    space = "nb201"
    seconds = 12000

    [parts.nb201.objectives.validation]
    table = { ... }

    [parts.nb201.price]
    oracle = ...

    [parts.nb201.reported.test]
    table = { ... }

    [searchers.rea]
    searcher = "rea"
    settings = { population = 10, sample = 3 }

A searcher is told the first objective of a part unless it names others.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from nasrank.bench.search.searcher import SEARCHERS, Searcher, Settings
from nasrank.bench.search_studies.values import LimitSection, PriceSection, ValueSection
from nasrank.bench.studies.sections import Count, Section, Words, known
from nasrank.spaces import get_enumerated

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


class SearcherSection(Section):
    """One searcher with its settings."""

    searcher: str
    """Its registered name."""

    label: Words = ""
    """What tables and figures call it; by default as it calls itself."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """What is chosen of it; the published values where nothing is."""

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

    @field_validator("searcher")
    @classmethod
    def _known_searcher(cls, name: str) -> str:
        return known(name, SEARCHERS, "searcher")

    @model_validator(mode="after")
    def _known_settings(self) -> SearcherSection:
        try:
            self.chosen()
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            keys = ", ".join(self.kind.settings_type.model_fields) or "none"
            raise ValueError(f"settings.{where}: {first['msg']}; {self.searcher} has {keys}") from None
        return self

    @property
    def kind(self) -> type[Searcher]:
        """The class of the searcher."""
        return SEARCHERS[self.searcher]

    def chosen(self) -> Settings:
        """Its settings."""
        return self.kind.settings_type.model_validate(self.settings)

    @property
    def named(self) -> str:
        """What it is called."""
        return self.label or self.kind.label


class SearchStudy(Section):
    """A whole search study."""

    title: Words
    """What the report is called."""

    runs: Count = 100
    """Of every searcher on every part, each with a seed of its own."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of every interval."""

    parts: dict[Name, PartSection]
    """Where is searched."""

    searchers: dict[Name, SearcherSection]
    """Who searches."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> SearchStudy:
        for name, row in self.searchers.items():
            for part in row.parts:
                if part not in self.parts:
                    raise ValueError(f"searchers.{name}: there is no part {part!r}; parts are {', '.join(self.parts)}")
            if not any(self.searches(name, part) for part in self.parts):
                keys = ", ".join(dict.fromkeys(key for part in self.parts.values() for key in part.objectives))
                raise ValueError(
                    f"searchers.{name}: no part has its objectives {', '.join(self.wanted(row))}; there are {keys}"
                )
            for part in row.parts:
                if not self.searches(name, part):
                    lacks = [key for key in self.wanted(row) if key not in self.parts[part].objectives]
                    raise ValueError(f"searchers.{name}: the part {part} has no objective {', '.join(lacks)}")
        return self

    @staticmethod
    def wanted(row: SearcherSection) -> tuple[str, ...]:
        """Objectives that a part must have for a searcher to search it."""
        named = (row.guide.scores if row.guide else None, row.landmarks)
        return (*row.objectives, *(one for one in named if one), *row.known)

    def searches(self, searcher: str, part: str) -> bool:
        """Whether a searcher searches a part."""
        row = self.searchers[searcher]
        return (not row.parts or part in row.parts) and all(
            key in self.parts[part].objectives for key in self.wanted(row)
        )

    def told(self, searcher: str, part: str) -> tuple[str, ...]:
        """Which objectives a searcher is told on a part, at least one."""
        return self.searchers[searcher].objectives or (next(iter(self.parts[part].objectives)),)

    def supernets_of(self, searcher: str, part: str) -> str | None:
        """An objective by whose super-nets a searcher is guided, if it is by any: its runs share their few seeds."""
        used = (*self.wanted(self.searchers[searcher]), *self.told(searcher, part))
        return next((key for key in used if self.parts[part].objectives[key].supernet), None)

    def runs_of(self, searcher: str, part: str) -> int:
        """How often a searcher searches a part."""
        given = (self.searchers[searcher].runs, self.parts[part].runs)
        return min([self.runs, *(runs for runs in given if runs is not None)])

    def with_oracle(self, name: str) -> SearchStudy:
        """The same study with this table in place of all that it names."""

        def renamed(content: Any) -> Any:
            if isinstance(content, dict):
                return {key: name if key == "oracle" else renamed(value) for key, value in content.items()}
            return content

        return SearchStudy.model_validate(renamed(self.model_dump(mode="json")))

    def quick(self) -> SearchStudy:
        """A look at the study: a few runs."""
        return self.model_copy(update={"runs": min(self.runs, 5)})

    def fingerprint(self, part: str, searcher: str) -> str:
        """Of all that the file says which decides the runs of a searcher on a part: 16 hexadecimal digits."""
        row = self.searchers[searcher]
        words = {"label", "protocol", "notes", "runs", "reported"}
        content = {
            "part": [part, self.parts[part].model_dump(mode="json", exclude=words)],
            "reported": {
                key: value.model_dump(mode="json", exclude={"label"})
                for key, value in self.parts[part].reported.items()
            },
            "row": [searcher, row.model_dump(mode="json", exclude={"label", "parts", "runs"})],
            "settings": row.chosen().model_dump(mode="json"),
            "revision": row.kind.revision,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
