"""Tau of every way to train against the minutes of one core that it takes, without and with landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting import frontier
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, PAPER, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.frontier import Point
from nasrank.bench.reporting.words import TAU, short, size

PANEL = 3.9  # inches
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LINE = 0.17  # inches of a line of names
LONGEST = 60
"""Characters of such a line."""

suits = frontier.asked


def draw(summary: Summary) -> str:
    """SVG text: a panel without the terms and one with them, on the same axes."""
    sides = {after: frontier.points(summary, after) for after in (False, True)}
    every = [one for some in sides.values() for one in some]
    outer = {after: frontier.hull(some) for after, some in sides.items()}
    named = LINE * max(len(_names(some)) for some in outer.values())
    subtitle = f"{size(summary)}; lines are the upper hulls, whose points are named below"
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, PANEL + top + 1.1 + named))
        grid = figure.subplots(1, 2, sharex=True, sharey=True)
        figure.subplots_adjust(
            **style.inches(figure, left=0.75, right=0.25, bottom=0.68 + named, top=top + 0.5), wspace=0.05
        )
        for axes, (after, some) in zip(grid, sides.items(), strict=True):
            axes.set_title("with landmarks" if after else "without landmarks")
            _scale(axes, every)
            _panel(axes, some, outer[after], AFTER if after else BEFORE)
        grid[0].set_ylabel(f"{TAU.label} with the truth")
        figure.supxlabel(
            "minutes of one core, training and scoring",
            fontsize=9.5,
            y=(0.12 + named) / figure.get_figheight(),
            va="bottom",
        )
        marks = [_mark("a row, by the score it is ranked by", QUIET)]
        marks += [_mark("by another score", PAPER)] * any(one.score != one.pair.score for one in every)
        style.legend(figure, marks, top)
        style.heading(figure, "What ranking does a core-minute buy?", subtitle)
        return svg(figure, "Kendall's tau-b against minutes of one core", _describe(sides[False], sides[True]))


def _mark(label: str, face: str) -> Line2D:
    return Line2D([], [], label=label, color=QUIET, marker="o", markerfacecolor=face, linestyle="none")


def _scale(axes: Axes, every: Sequence[Point]) -> None:
    minutes = [one.minutes for one in every] or [1.0]
    low, high = min(minutes) / 1.3, max(minutes) * 1.3
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axhline(0, color=FAINT, linewidth=1)
    axes.axvline(frontier.BUDGET, color=FAINT, linewidth=1)


def _panel(axes: Axes, every: Sequence[Point], outer: Sequence[Point], colour: str) -> None:
    for own, face in ((False, PAPER), (True, colour)):
        some = [one for one in every if (one.score == one.pair.score) == own]
        axes.plot(
            [one.minutes for one in some],
            [one.tau.value for one in some],
            linestyle="none",
            marker="o",
            markersize=5,
            color=colour,
            markerfacecolor=face,
        )
    axes.plot([one.minutes for one in outer], [one.tau.value for one in outer], color=colour, linewidth=1.2)
    look: dict[str, Any] = {"textcoords": "offset points", "color": colour, "fontsize": 8.5}
    for place, one in enumerate(outer, start=1):
        axes.annotate(str(place), (one.minutes, one.tau.value), (-3, 6), ha="right", fontweight="bold", **look)
    for place, line in enumerate(_names(outer)):
        axes.annotate(line, (0, 0), (0, -72 * (0.62 + LINE * place)), xycoords="axes fraction", va="top", **look)


def _names(outer: Sequence[Point]) -> list[str]:
    """The lines below a panel that name the points of its hull."""
    lines = []
    for place, one in enumerate(outer, start=1):
        text = f"{place}  {one.label}: {short(one.tau.value)} at {one.minutes:.1f}"
        lines += wrap(text, LONGEST)
    return lines


def _describe(*sides: Sequence[Point]) -> str:
    texts = []
    for name, some in zip(("without landmarks", "with landmarks"), sides, strict=True):
        found = ", ".join(
            f"{one.label} {short(one.tau.value)} at {one.minutes:.1f} minutes" for one in frontier.hull(some)
        )
        texts.append(f"{name}: {found}")
    return f"Two scatter plots; on their hulls are, {'; '.join(texts)}."
