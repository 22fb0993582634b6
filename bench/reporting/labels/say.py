"""What sentences about a label study ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nasrank.bench.analysis.compared_rows import ComparedRow
from nasrank.bench.analysis.frame import BETTER, WORSE
from nasrank.bench.analysis.label_summary import Answer, LabelSummary
from nasrank.bench.reporting.words import short

SAID = 100
"""The number of labels that the answer speaks of, or the nearest that was measured."""


class Best(NamedTuple):
    """The best row of a part."""

    part: str
    label: str
    labels: int
    row: ComparedRow
    reference: float


class LabelSay:
    """Questions that templates ask; each answer is a value, and the words are theirs."""

    def __init__(self, summary: LabelSummary) -> None:
        self.summary = summary

    @property
    def reference(self) -> str:
        """What the reference is called."""
        return self.summary.label(self.summary.study.reference)

    def best(self, metric: str = "tau") -> list[Best]:
        """Of each part by its first truth, at the number of labels nearest to `SAID`."""
        found = []
        for part, section in self.summary.study.parts.items():
            truth = next(iter(section.truths))
            labels = min(self.summary.study.counts_of(part), key=lambda count: abs(count - SAID))
            row = self.summary.best(part, truth, labels, metric)
            if row is not None:
                reference = self.summary.value(part, truth, self.summary.study.reference, labels, metric)
                found.append(Best(part, self.summary.label(row.predictor), labels, row, reference))
        return found

    @property
    def alone(self) -> list[Best]:
        """Of the parts that the answer speaks of: those of the figure without super-nets, or all."""
        parts = self.summary.study.parts
        every = self.best()
        return [one for one in every if parts[one.part].in_figure and not parts[one.part].supernets] or every

    @property
    def headlines(self) -> list[tuple[str, str, int]]:
        """Questions of the first sentences, with the least and the greatest gain at the number of labels spoken of."""
        found = []
        for answer in self.summary.answers:
            if answer.headline and (rows := answer.of("tau")):
                labels = min({one.labels for one in rows}, key=lambda count: abs(count - SAID))
                near = Answer(
                    answer.ask, answer.row, answer.against, tuple(one for one in rows if one.labels == labels)
                )
                found.append((answer.ask, self.span(near), labels))
        return found

    def decided(self, answer: Answer, metric: str = "tau") -> tuple[int, int, int]:
        """In how many of all cases the gain of a question is decidedly better or worse, and how many there are."""
        rows = [one for one in answer.of(metric) if one.gain == one.gain]
        return sum(one.status == BETTER for one in rows), sum(one.status == WORSE for one in rows), len(rows)

    def span(self, answer: Answer, metric: str = "tau") -> str:
        """From the least gain to the greatest."""
        gains = [one.gain for one in answer.of(metric) if one.gain == one.gain]
        if not gains:
            return "n/a"
        low, high = (f"{'+' if value > 0 else ''}{short(value)}" for value in (min(gains), max(gains)))
        return low if low == high else f"{low} to {high}"

    def title(self, part: str) -> str:
        """What a part is called."""
        return self.summary.study.parts[part].label

    def choices(self) -> Iterator[tuple[str, list[tuple[str, int]]]]:
        """Rows whose predictor chooses, with what they chose and how often."""
        for row, chosen in self.summary.chosen.items():
            yield self.summary.label(row), list(chosen.items())

    def failures(self) -> list[tuple[str, str, int, str]]:
        """Row, part, number of labels and reason of what has no figures."""
        return [
            (self.summary.label(one.predictor), self.title(one.space), one.labels, one.status)
            for one in self.summary.rows
            if one.metric == "tau" and not one.known
        ]
