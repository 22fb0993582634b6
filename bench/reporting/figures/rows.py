"""Figures with a line a row of the study: names at the left, numbers at the right, controls apart at the foot.

What is decided is bold, with an arrow and a colour; what is not, and every control, is grey.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis.frame import BETTER, WORSE, Finding
from nasrank.bench.analysis.summary import Pair
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, INK, PAPER, QUIET, WARNING
from nasrank.bench.reporting.words import MARKS, with_interval

ROW = 0.29  # inches
RULE = 0.9  # rows between the last of them and the first control
FOOT, COLUMN_HEADS, LEGEND = 0.5, 0.36, 0.2  # inches
FIRST, ARROW = 12, 13  # points from the axes to the numbers, and from an arrow to its number
MOST_CHARACTERS = 36
"""In a line of the name of a row."""

VERDICTS = {BETTER: AFTER, WORSE: WARNING}


class Rows(NamedTuple):
    """A figure and where its rows are, from above."""

    figure: Figure
    axes: Sequence[Axes]
    places: Sequence[float]


def row_figure(
    pairs: Sequence[Pair],
    names: Sequence[str],
    title: str,
    subtitle: str,
    legends: Sequence[Sequence[Line2D]],
    right: float,
    width_ratios: Sequence[float] = (1.0,),
) -> Rows:
    """Axes that are named and ruled; controls are the last of the pairs.

    Args:
        legends: lines of marks below the heading.
        right: inches for numbers.
        width_ratios: of axes beside each other.
    """
    places = [place + (RULE if pair.control else 0.0) for place, pair in enumerate(pairs)]
    top = style.head(subtitle) + 0.06
    above = top + LEGEND * len(legends) + COLUMN_HEADS
    lines = [textwrap.wrap(name, MOST_CHARACTERS, break_long_words=False, break_on_hyphens=False) for name in names]
    left = max(1.2, 0.3 + 0.07 * max(len(line) for some in lines for line in some))
    figure = Figure(figsize=(style.WIDTH, above + ROW * (places[-1] + 1.2) + FOOT))
    grid = figure.subplots(1, len(width_ratios), sharey=True, squeeze=False, width_ratios=width_ratios)[0]
    figure.subplots_adjust(**style.inches(figure, left, right, FOOT, above), wspace=0.08)
    grid[0].set_ylim(places[-1] + 0.6, -0.6)
    first_control = next((place for place, pair in zip(places, pairs, strict=True) if pair.control), 0.0)
    for axes in grid:
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", left=False, labelleft=False)
        if first_control > places[0]:
            axes.axhline(first_control - (1 + RULE) / 2, color=QUIET, linewidth=0.6)
    if first_control > places[0]:
        beside(grid[-1], first_control - (1 + RULE) / 2, "controls", QUIET)
    for pair, name, place in zip(pairs, lines, places, strict=True):
        _name(grid[0], place, name, QUIET if pair.control else INK)
    style.heading(figure, title, subtitle)
    for line, marks in enumerate(legends):
        style.legend(figure, marks, top + LEGEND * line)
    return Rows(figure, grid, places)


def _name(axes: Axes, place: float, lines: Sequence[str], colour: str) -> None:
    for line, text in enumerate(lines):
        down = line - (len(lines) - 1) / 2
        beside(axes, place, text, colour, -6, at=0, down=9.5 * down, ha="right")


def beside(axes: Axes, y: float, text: str, colour: str, right: float = FIRST, **look: Any) -> None:
    """Text `right` points to the right of the axes."""
    at, down = look.pop("at", 1), look.pop("down", 0)
    frame: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center_baseline"}
    axes.annotate(text, (at, y), (right, -down), color=colour, fontsize=8.5, **frame, **look)


def head(axes: Axes, text: str, right: float = FIRST, above: float = 0) -> None:
    """Of a column of numbers; `above` is in lines."""
    beside(axes, -0.88, text, QUIET, right, down=-11 * above)


def colour_of(pair: Pair, finding: Finding) -> str:
    """Of a difference: its verdict's, and grey where there is none or the row is a control."""
    return BEFORE if pair.control else VERDICTS.get(finding.status, BEFORE)


def difference(axes: Axes, y: float, pair: Pair, finding: Finding, right: float) -> None:
    """A paired difference as text: bold, with an arrow where it is decided."""
    mark, colour = MARKS.get(finding.status, ""), colour_of(pair, finding)
    colour, weight = (QUIET if colour == BEFORE else colour), ("bold" if mark else "normal")
    if mark:
        beside(axes, y, mark, colour, right, fontweight=weight)
    beside(axes, y, with_interval(finding, signed=True), colour, right + ARROW, fontweight=weight)


def means(
    axes: Axes, findings: Sequence[Finding], places: Sequence[float], colours: Sequence[str], *, filled: bool
) -> None:
    """Points in their intervals; those of a colour are one path."""
    for colour in dict.fromkeys(colours):
        some = [(one, y) for one, y, own in zip(findings, places, colours, strict=True) if own == colour and one.known]
        ends = [end for one, _ in some for end in (one.low, one.high, float("nan"))]
        axes.plot(ends, [y for _, y in some for _ in range(3)], color=colour, linewidth=1.6)
        look = point(colour, colour if filled else PAPER)
        axes.plot([one.value for one, _ in some], [y for _, y in some], linestyle="none", **look)


def point(edge: str, face: str) -> dict[str, Any]:
    """Keywords of `plot`."""
    sizes = {"markersize": 6, "markeredgewidth": 1.5}
    return {"marker": "o", "color": edge, "markeredgecolor": edge, "markerfacecolor": face, **sizes}


def mark(label: str, edge: str, face: str) -> Line2D:
    """A point in its interval, for a legend."""
    return Line2D([], [], label=label, linewidth=1.6, **point(edge, face))


def verdict_marks(findings: Iterable[Finding], what: str, *, undecided: bool = True) -> list[Line2D]:
    """What the colours are, of those that are there; none is for a control."""
    found = {one.status for one in findings}
    marks = [mark(f"{what}{one} {MARKS[one]}", VERDICTS[one], VERDICTS[one]) for one in VERDICTS if one in found]
    if undecided and found - set(VERDICTS):
        marks.append(mark(f"{what}not decided", BEFORE, BEFORE))
    return marks


def decided(findings: Sequence[Finding]) -> str:
    """How many, in words."""
    found = [one.status for one in findings]
    better, worse = found.count(BETTER), found.count(WORSE)
    counts = f"of {len(found)} differences {better} are decidedly better and {worse} decidedly worse"
    return f"{counts}, after correction for the number of comparisons"
