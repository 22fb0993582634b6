"""What sentences about a search study ask of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from nasrank.bench.analysis.search_rows import BesidePublished, FinalRow
from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.search.tables import digits, figure_label

RANDOM = "random"

FEW = 4
"""Names that a sentence lists; tables have the others."""


class Best(NamedTuple):
    """Who ends best on a part.

    Attributes:
        others: how many others searched there.
        equals: labels of those from whom the best is not told apart, by Holm's test.
        random: what random search ends with; None where it did not search there, or is the best itself.
    """

    part: str
    figure: str
    row: FinalRow
    others: int
    equals: list[str]
    random: FinalRow | None


class SearchSay:
    """Questions that templates ask; each answer is a value, and the words are theirs."""

    def __init__(self, summary: SearchSummary) -> None:
        self.summary = summary

    def best(self) -> Iterator[Best]:
        """Of each part, by the first figure that was measured, hypervolume where there are fronts."""
        for part in self.summary.study.parts:
            figures = self.summary.figures(part)
            if not figures:
                continue
            figure = "hypervolume" if "hypervolume" in figures else figures[0]
            first, *others = self.summary.ranked(part, figure)
            equals = [one.searcher for one in others if not self._decided(part, figure, first.searcher, one.searcher)]
            random = next((one for one in others if self.kind(one.searcher) == RANDOM), None)
            yield Best(part, figure, first, len(others), [self.summary.label(one) for one in equals], random)

    @property
    def first(self) -> Best | None:
        """The best of the first part."""
        return next(self.best(), None)

    @property
    def wins(self) -> list[tuple[str, int]]:
        """Who ends best on how many parts, the most first."""
        counted = Counter(self.summary.label(one.row.searcher) for one in self.best())
        return counted.most_common()

    def kind(self, searcher: str) -> str:
        """The registered name of a searcher."""
        return self.summary.study.searchers[searcher].searcher

    def _decided(self, part: str, figure: str, one: str, other: str) -> bool:
        found = self.summary.compared(part, figure, one, other)
        return found is not None and found.decided

    def number(self, figure: str, value: float) -> str:
        """As tables write it."""
        return digits(figure, value)

    def several(self, names: list[str]) -> str:
        """A few names, or how many there are."""
        return ", ".join(names) if len(names) <= FEW else f"{len(names)} others"

    def signed(self, value: float) -> str:
        """A difference, with its sign."""
        return digits("", value, signed=True)

    def figure(self, part: str, figure: str) -> str:
        """What a figure is called."""
        return figure_label(self.summary, part, figure)

    def title(self, part: str) -> str:
        """What a part is called."""
        return self.summary.study.parts[part].label

    @property
    def outside(self) -> list[BesidePublished]:
        """Published figures that differ decidedly from ours."""
        return [one for one in self.summary.published if not one.agrees]

    @property
    def farthest(self) -> BesidePublished:
        """The one of these whose difference is the greatest."""
        return max(self.outside, key=lambda one: abs(one.difference))

    def agreements(self) -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
        """Of each part with published figures, how many of how many agree with ours, by the label of the searcher."""
        for part in self.summary.study.parts:
            counted: dict[str, list[bool]] = {}
            for one in self.summary.published:
                if one.part == part:
                    counted.setdefault(self.summary.label(one.searcher), []).append(one.agrees)
            if counted:
                yield self.title(part), [(label, sum(agree), len(agree)) for label, agree in counted.items()]

    @property
    def recalled(self) -> int:
        """How many published figures were not checked against the paper."""
        return sum(one.published.mark == "R" for one in self.summary.published)

    def told_what_is_reported(self) -> list[str]:
        """Labels of parts where a searcher is told a figure that is reported: optimistic, and to be said."""
        found = []
        for section in self.summary.study.parts.values():
            reported = [one.table for one in section.reported.values() if one.table]
            if any(one.table in reported for one in section.objectives.values() if one.table):
                found.append(section.label)
        return found
