"""Everything that the report of a search study shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from nasrank.bench.analysis.json_values import as_json, from_json, head_of, of_this_version
from nasrank.bench.analysis.search_claims import SearchClaim, search_claims
from nasrank.bench.analysis.search_curves import Curve, curves
from nasrank.bench.analysis.search_published import PublishedSearch
from nasrank.bench.analysis.search_rows import (
    FRONT_FIGURES,
    BesidePublished,
    FinalRow,
    SearchComparison,
    beside_published,
    comparisons,
    final_rows,
)
from nasrank.bench.foundation.json_files import is_of_kind, parse
from nasrank.bench.search_studies.grammar import SearchStudy

KIND = "search study"


@dataclass(frozen=True)
class ShownFront:
    """The front of the run whose hypervolume is the median of a searcher's: error and cost, from low error to high."""

    part: str
    searcher: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class SearchSummary:
    """A search study with its figures.

    Attributes:
        rows: what each searcher ends with.
        comparisons: of every two searchers.
        published: published figures beside ours.
        curves: regret or hypervolume over the budget.
        fronts: of one run of each searcher for several objectives.
        true_fronts: by part, error and cost of what nothing surpasses.
        best: of each reported figure by part.
        versions, sources: with which and from which it was made.
    """

    study: SearchStudy
    rows: tuple[FinalRow, ...]
    comparisons: tuple[SearchComparison, ...]
    published: tuple[BesidePublished, ...]
    curves: tuple[Curve, ...]
    fronts: tuple[ShownFront, ...]
    true_fronts: dict[str, list[list[float]]]
    best: dict[str, dict[str, float]]
    versions: dict[str, str]
    sources: dict[str, str]
    claims: tuple[SearchClaim, ...] = ()

    @classmethod
    def of(cls, study: SearchStudy, table: pd.DataFrame, known: dict[str, Any]) -> SearchSummary:
        """From the table of its runs and what is known of its tables; numbers are as summary.json has them."""
        rows = tuple(final_rows(study, table, known["best"]))
        found = cls(
            study,
            rows,
            tuple(comparisons(study, table)),
            tuple(beside_published(study, rows)),
            tuple(curves(study, table, known["best"])),
            tuple(_shown_fronts(study, table)),
            known["fronts"],
            known["best"],
            known["versions"],
            known["sources"],
            tuple(search_claims(study, table)),
        )
        return cls.from_text(found.to_text())

    def to_text(self) -> str:
        """The content of summary.json: what was searched how, and every figure."""
        head = {
            **head_of(KIND, self.study.title, self.study),
            "best": self.best,
            "versions": self.versions,
            "sources": self.sources,
        }
        lists: dict[str, Sequence[Any]] = {
            "rows": self.rows,
            "comparisons": self.comparisons,
            "published": self.published,
            "curves": self.curves,
            "fronts": self.fronts,
            **({"claims": self.claims} if self.claims else {}),
        }
        text = json.dumps(head, indent=1, ensure_ascii=False, allow_nan=False)[:-2]
        for name, found in lists.items():
            lines = ",\n".join(json.dumps(as_json(asdict(one)), ensure_ascii=False, allow_nan=False) for one in found)
            text += f',\n "{name}": [\n{lines}\n ]'
        return f'{text},\n "true_fronts": {json.dumps(as_json(self.true_fronts))}\n}}\n'

    @classmethod
    def from_text(cls, text: str) -> SearchSummary:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            content = parse(text)
            return cls(
                SearchStudy.model_validate(content["study"]),
                tuple(from_json(FinalRow, one) for one in content["rows"]),
                tuple(from_json(SearchComparison, one) for one in content["comparisons"]),
                tuple(
                    from_json(BesidePublished, {**one, "published": PublishedSearch(**one["published"])})
                    for one in content["published"]
                ),
                tuple(from_json(Curve, {**one, **_tuples(one)}) for one in content["curves"]),
                tuple(ShownFront(one["part"], one["searcher"], _pairs(one["points"])) for one in content["fronts"]),
                content["true_fronts"],
                content["best"],
                content["versions"],
                content["sources"],
                tuple(from_json(SearchClaim, one) for one in content.get("claims", ())),
            )

    @staticmethod
    def is_report(text: str) -> bool:
        """Whether this is the summary.json of a search study."""
        return is_of_kind(text, KIND)

    def label(self, searcher: str) -> str:
        """What a searcher is called."""
        return self.study.searchers[searcher].named

    def find(self, part: str, searcher: str, figure: str) -> FinalRow | None:
        """What a searcher ends with; None where it was not measured."""
        return self._by_key.get((part, searcher, figure))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], FinalRow]:
        return {(one.part, one.searcher, one.figure): one for one in self.rows}

    def ranked(self, part: str, figure: str) -> list[FinalRow]:
        """What all searchers of a part end with by a figure, the best first."""
        found = [one for one in self.rows if (one.part, one.figure) == (part, figure)]
        section = self.study.parts[part].reported.get(figure)
        higher = section.higher_is_better if section else FRONT_FIGURES[figure]
        return sorted(found, key=lambda one: -one.mean if higher else one.mean)

    def figures(self, part: str) -> list[str]:
        """Figures that some searcher of a part has, in the order of the study."""
        return list(dict.fromkeys(one.figure for one in self.rows if one.part == part))

    def compared(self, part: str, figure: str, one: str, other: str) -> SearchComparison | None:
        """Two searchers by a figure, the first minus the second; None where they were not compared."""
        for found in self.comparisons:
            if (found.part, found.figure) == (part, figure) and {found.one, found.other} == {one, other}:
                return found if found.one == one else found.turned()
        return None


def _shown_fronts(study: SearchStudy, table: pd.DataFrame) -> list[ShownFront]:
    shown = []
    final = table[table["final"] & (table["front"] != "")]
    for part in study.parts:
        for searcher in study.searchers:
            lines = final[(final["part"] == part) & (final["searcher"] == searcher)]
            if not lines.empty:
                middle = lines.sort_values(["hypervolume", "run"]).iloc[(len(lines) - 1) // 2]
                shown.append(ShownFront(part, searcher, _pairs(sorted(json.loads(middle["front"])))))
    return shown


def _pairs(points: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(error), float(cost)) for error, cost in points)


def _tuples(curve: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(curve[name]) for name in ("at", "low", "median", "high")}
