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
from typing import Annotated, Any

from pydantic import Field, model_validator

from nasrank.bench.search_studies.claims import ClaimSection
from nasrank.bench.search_studies.sections import Name, PartSection, SearcherSection
from nasrank.bench.search_studies.values import ValueSection
from nasrank.bench.studies.sections import Count, Section, Words

_DECISIVE = {"space", "options", "seconds", "queries", "reuse", "price"}
"""Keys of a part that decide every run there; objectives and limits are added as far as they are used."""


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

    claims: dict[Name, ClaimSection] = Field(default_factory=dict, exclude_if=lambda claims: not claims)
    """What the study was made to check."""

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
            for part, section in self.parts.items():
                if self.searches(name, part):
                    self._refuse_unserved(name, row, part, section)
        for part in self.parts:
            if not any(self.searches(name, part) for name in self.searchers):
                raise ValueError(f"parts.{part}: no searcher searches it")
        for name, claim in self.claims.items():
            self._refuse_unanswerable(name, claim)
        return self

    def _refuse_unanswerable(self, name: str, claim: ClaimSection) -> None:
        """Raise ValueError where a claim is about what the study does not measure, or about nothing."""
        if claim.part not in self.parts:
            raise ValueError(f"claims.{name}: there is no part {claim.part!r}; parts are {', '.join(self.parts)}")
        there = [one for one in self.searchers if self.searches(one, claim.part)]
        for searcher in (claim.searcher, claim.against):
            if searcher not in there:
                raise ValueError(f"claims.{name}: {searcher!r} does not search {claim.part}; {', '.join(there)} do")
        if claim.searcher == claim.against:
            raise ValueError(f"claims.{name}: it compares {claim.searcher} with itself")
        reported = self.parts[claim.part].reported
        if claim.figure and claim.figure not in reported:
            raise ValueError(f"claims.{name}: {claim.part} reports no {claim.figure!r}; it has {', '.join(reported)}")

    def figure_of(self, claim: ClaimSection) -> str:
        """What is reported that a claim is about."""
        return claim.figure or next(iter(self.parts[claim.part].reported))

    def _refuse_unserved(self, name: str, row: SearcherSection, part: str, section: PartSection) -> None:
        """Raise ValueError where a part cannot give what a searcher needs, or would never end its search."""
        if row.landmarks and not section.objectives[row.landmarks].supernet:
            raise ValueError(f"searchers.{name}.landmarks: {row.landmarks} is no score of super-nets on {part}")
        if row.epochs_charged and section.price is None:
            raise ValueError(f"searchers.{name}.epochs_charged: the part {part} has no price")
        told = self.told(name, part)
        if section.queries is None and not any(section.objectives[key].table for key in told):
            raise ValueError(
                f"searchers.{name}: {', '.join(told)} cost no seconds, so that {part} needs a budget in queries"
            )

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

    def sources_of(self, searcher: str, part: str) -> set[str]:
        """Names of the tables, files and studies that decide the runs of a searcher on a part."""
        section = self.parts[part]
        used = {*self.told(searcher, part), *self.wanted(self.searchers[searcher])}
        found = {one.source for one in (*(section.objectives[key] for key in used), *section.limits.values())}
        return {one for one in (*found, section.price and section.price.oracle) if one}

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
                named = (key for key, value in content.items() if key == "oracle" and isinstance(value, str))
                return {key: renamed(value) for key, value in content.items()} | dict.fromkeys(named, name)
            return content

        return SearchStudy.model_validate(renamed(self.model_dump(mode="json")))

    def quick(self) -> SearchStudy:
        """A look at the study: a few runs."""
        return self.model_copy(update={"runs": min(self.runs, 5)})

    def fingerprint(self, part: str, searcher: str) -> str:
        """Of all that the file says which decides the runs of a searcher on a part: 16 hexadecimal digits.

        What tables call something does not, nor what is reported, which is looked up when all runs are there.
        """
        row, section = self.searchers[searcher], self.parts[part]

        def plain(one: ValueSection) -> dict[str, Any]:
            return one.model_dump(mode="json", exclude={"label"})

        content = {
            "part": [part, section.model_dump(mode="json", include=_DECISIVE)],
            "told": [[name, plain(section.objectives[name])] for name in self.told(searcher, part)],
            "known": {name: plain(section.objectives[name]) for name in self.wanted(row)},
            "limits": {name: plain(limit) for name, limit in section.limits.items()},
            "row": [searcher, row.model_dump(mode="json", exclude={"label", "parts", "runs", "objectives"})],
            "settings": row.chosen().model_dump(mode="json"),
            "revision": row.kind.revision,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
