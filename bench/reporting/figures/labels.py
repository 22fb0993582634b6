"""Tau against the number of labels, for every use of them: predictors alone, and stacked on super-nets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.label_table import by_labels, use
from nasrank.bench.reporting.words import TAU, number, short, size

PANEL = 3.3  # inches
APART = 1.045  # ratio of labels: between intervals that would lie on each other
ALONE = "labels alone"
PANELS = {ALONE: "", "+ plain super-net": "before", "+ landmark super-net": "after"}
"""What predictors know, and what they are stacked on, see `use`."""


class Look(NamedTuple):
    """How a line is drawn and called."""

    name: str
    colour: str
    mark: str
    dashes: Any


PINK, YELLOW, SKY = "#cc79a7", "#e69f00", "#56b4e9"  # not of the theme: readable on both papers
SUPERNET = Look("landmark super-net", AFTER, "o", "-")
STYLES: tuple[tuple[str, str, Any], ...] = (
    (BASELINE, "D", "-"),
    (PINK, "s", (0, (5, 1.5))),
    (YELLOW, "^", (0, (1.5, 1.5))),
    (SKY, "v", "-"),
    (QUIET, "X", (0, (5, 1.5))),
)
"""Of the predictors in the order of the study; a sixth looks like the first."""


class Line(NamedTuple):
    """Tau of one use of labels, by rising number of labels."""

    look: Look
    taus: tuple[Finding, ...]


def suits(summary: Summary) -> bool:
    """Whether the study compares uses of labels."""
    return bool(summary.uses)


def lines(summary: Summary) -> dict[str, list[Line]]:
    """Of every panel; the super-nets, which are in each, are the first."""
    pairs, panels = by_labels(summary).values(), {}
    looks = [Look(one.label, *look) for one, look in zip(summary.uses, cycle(STYLES), strict=False)]
    guided = Line(SUPERNET, tuple(summary.level(pair, True) for pair in pairs))
    for panel, stacked in PANELS.items():
        panels[panel] = [guided]
        for one, look in zip(summary.uses, looks, strict=True):
            panels[panel].append(Line(look, tuple(use(summary, pair, one.name, stacked) for pair in pairs)))
    return panels


def draw(summary: Summary) -> str:
    """SVG text: a panel for what the predictors know beside the labels; the super-nets are in each."""
    panels = lines(summary)
    every = [line for some in panels.values() for line in some]
    labels = list(by_labels(summary))
    low, high = _limits(summary, every)
    cut = any(tau.low < low for line in every for tau in line.taus)
    subtitle = f"{summary.pairs[0].label}; {size(summary)}" + ("; some intervals go on below" if cut else "")
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, PANEL + top + 1.1))
        grid = figure.subplots(1, len(panels), sharex=True, sharey=True)
        figure.subplots_adjust(**style.inches(figure, left=0.75, right=1.3, bottom=0.55, top=top + 0.55), wspace=0.06)
        looks = [line.look for line in panels[ALONE]]
        for axes, (title, some) in zip(grid, panels.items(), strict=True):
            axes.set_xscale("log")
            axes.set_xlim(0.8 * labels[0], 1.25 * labels[-1])
            axes.set_xticks(labels, map(str, labels), fontsize=7.5)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_ylim(low, high)
            axes.set_title(title)
            _references(axes, summary, named=axes is grid[-1])
            for line in some:
                _line(axes, line, labels, looks)
        grid[0].set_ylabel(f"{TAU.label} with the truth")
        figure.supxlabel("labelled architectures", fontsize=9.5, y=0.06 / figure.get_figheight(), va="bottom")
        style.legend(figure, [_handle(look) for look in looks], top)
        style.heading(figure, "For the same labels, what is the best use of them?", subtitle)
        return svg(figure, "Kendall's tau-b against the number of labels", _describe(panels, labels))


def _flat(summary: Summary) -> list[tuple[Finding, str, str, Any]]:
    """What does not depend on the number of labels."""
    first = summary.pairs[0]
    found = [
        (summary.ceiling, "noise\nceiling", INK, "-"),
        (summary.level(first, False), "super-net,\nno labels", BEFORE, "-"),
    ]
    if any(one.name == "parameters" for one in summary.references):
        found.insert(1, (summary.reference("parameters"), "parameter\ncount", QUIET, style.DASHES[1]))
    return [one for one in found if one[0].known]


def _limits(summary: Summary, every: Sequence[Line]) -> tuple[float, float]:
    """Of the axis of tau: all means, and 1; intervals may go on below."""
    values = [one.value for one, *_ in _flat(summary)] + [tau.value for line in every for tau in line.taus]
    return min(value for value in values if not math.isnan(value)) - 0.08, 1.0


def _handle(look: Look) -> Line2D:
    return Line2D(
        [], [], label=look.name, color=look.colour, marker=look.mark, markersize=4.5, linewidth=1.6, ls=look.dashes
    )


def _references(axes: Axes, summary: Summary, *, named: bool) -> None:
    """Lines with their names at the right where wanted."""
    axes.axhline(0, color=FAINT, linewidth=1)
    for finding, name, colour, dashes in _flat(summary):
        axes.axhline(finding.value, color=colour, linewidth=1.2, linestyle=dashes)
        if named:
            axes.annotate(
                f"{name}\n{number(finding.value)}",
                (1, finding.value),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=8.5,
            )


def _line(axes: Axes, line: Line, labels: Sequence[int], looks: Sequence[Look]) -> None:
    look, taus = line.look, line.taus
    values, lengths = [tau.value for tau in taus], np.array([_lengths(tau) for tau in taus]).T
    shifted = np.array(labels) * APART ** (looks.index(look) - (len(looks) - 1) / 2)
    axes.errorbar(shifted, values, lengths, fmt="none", ecolor=look.colour, elinewidth=1, alpha=0.45)
    width = 2.2 if look == SUPERNET else 1.6
    axes.plot(shifted, values, color=look.colour, marker=look.mark, markersize=4.5, linewidth=width, ls=look.dashes)


def _lengths(tau: Finding) -> tuple[float, float]:
    """Of the interval below and above its mean, which need not lie within a bootstrap interval."""
    return max(tau.value - tau.low, 0.0), max(tau.high - tau.value, 0.0)


def _describe(panels: Mapping[str, Sequence[Line]], labels: Sequence[int]) -> str:
    """Which use is the best at both ends."""
    parts = []
    for place in dict.fromkeys((0, len(labels) - 1)):
        ways = [
            (line.taus[place].value, f"{line.look.name} {panel if line.look != SUPERNET else ''}".strip())
            for panel, some in panels.items()
            for line in some
            if line.taus[place].known
        ]
        if ways:
            value, name = max(ways)
            parts.append(f"with {labels[place]} labels it is {name} with {short(value)}")
    best = f" The use with the highest tau: {'; '.join(parts)}." if parts else ""
    return f"Tau-b against the number of labels, a panel for what predictors know beside the labels.{best}"
