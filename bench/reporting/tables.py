"""The tables of a report as data: what a line is, and for each column where in the frame its cells are.

A table is printed from this in Markdown, LaTeX and on the page, with the same cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nasrank.bench.analysis.frame import MAIN_METRIC, Finding
from nasrank.bench.analysis.summary import Pair, Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import words
from nasrank.bench.reporting.words import MARKS, number, percent, with_interval

Cell = Callable[[Summary, Pair], str]
Line = tuple[str, tuple[str, ...]]


CONTROLS = "controls"
"""Name of their group."""


@dataclass(frozen=True)
class Table:
    """A line is its label and its cells.

    Attributes:
        key: what files and anchors call it, and the template that says what it shows, unless `lead` names another.
        controls: lines that are no way to train, and `references` what the lines above are read against.
        figure: name of the one that goes with it.
        where: columns of the frame and their values, by which `nasrank frame` finds the lines that it is made of.
    """

    key: str
    title: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    controls: tuple[Line, ...] = ()
    references: tuple[Line, ...] = ()
    figure: str = ""
    lead: str = ""
    where: tuple[str, ...] = ("metric=tau", "part=")

    @property
    def groups(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """What is printed below each other, each with its name; the first has none."""
        every = (("", self.lines), (CONTROLS, self.controls), ("to read them against", self.references))
        return tuple((name, lines) for name, lines in every if lines)


def of_rows(
    key: str,
    title: str,
    columns: Sequence[tuple[str, Cell]],
    summary: Summary,
    *,
    pairs: Iterable[Pair] | None = None,
    references: Iterable[Line] = (),
    figure: str = "",
    where: tuple[str, ...] = ("metric=tau", "part="),
) -> Table:
    """A line a row of the study, or of those given, and a column for each head and what stands under it."""
    every = summary.pairs if pairs is None else tuple(pairs)

    def lines(control: bool) -> tuple[Line, ...]:
        return tuple(
            (pair.label, tuple(cell(summary, pair) for _, cell in columns))
            for pair in every
            if bool(pair.control) == control
        )

    head = tuple(name for name, _ in columns)
    return Table(key, title, head, lines(False), lines(True), tuple(references), figure, where=where)


def level(after: bool, metric: str = MAIN_METRIC, *, score: str = "", part: str = "") -> Cell:
    """A metric of an arm with its interval."""
    return lambda summary, pair: with_interval(summary.level(pair, after, metric, score=score, part=part))


def both(metric: str = MAIN_METRIC, *, score: str = "", part: str = "") -> Cell:
    """A metric before → after, marked where the difference is decided."""

    def cell(summary: Summary, pair: Pair) -> str:
        values = (summary.level(pair, after, metric, score=score, part=part).value for after in (False, True))
        gain = summary.gain(pair, metric, score=score, part=part)
        shown = " → ".join(number(value, METRICS.get(metric, words.TAU)) for value in values)
        return f"{shown} {MARKS.get(gain.status, '')}".strip()

    return cell


def shares(metric: str, *, part: str = "", decimals: int = 1) -> Cell:
    """A share before → after, in percent."""
    return lambda summary, pair: " → ".join(
        percent(summary.level(pair, after, metric, part=part).value, decimals) for after in (False, True)
    )


def gain(metric: str = MAIN_METRIC, *, score: str = "", part: str = "") -> Cell:
    """With the terms minus without them."""
    return lambda summary, pair: difference(summary.gain(pair, metric, score=score, part=part))


def margin(name: str) -> Cell:
    """With the terms minus an estimator on the same labels; empty for a control, whose labels may be shuffled."""
    return lambda summary, pair: "" if pair.control else difference(summary.margin(pair, name))


def instead(after: bool, score: str) -> Cell:
    """By another score minus by the one that the row is ranked by."""
    return lambda summary, pair: difference(
        summary.frame.find(pair.after if after else pair.before, base=pair.score, score=score)
    )


def change(after: bool) -> Cell:
    """Minus the same arm of the row's base; empty where both are the same trials."""

    def cell(summary: Summary, pair: Pair) -> str:
        found = summary.change(pair, after)
        return "" if found is None else difference(found)

    return cell


def difference(finding: Finding) -> str:
    """With its sign and interval, marked where it is decided."""
    return f"{with_interval(finding, signed=True)} {MARKS.get(finding.status, '')}".strip()
