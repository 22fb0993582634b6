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

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.labels import LabelUses, Stacked, Use
from nasrank.bench.analysis.summary import MAIN_METRIC
from nasrank.bench.analysis.wording import number
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, QUIET, WARNING

HEIGHT = 5.6  # inches
APART = 1.045  # ratio of labels: between intervals that would lie on each other

PANELS: dict[Stacked, str] = {
    "": "labels alone",
    "plain": "+ plain super-net",
    "guided": "+ landmark super-net",
}


class Look(NamedTuple):
    """How a line is drawn and called."""

    name: str
    colour: str
    mark: str
    dashes: Any


PINK, ORANGE, SKY = "#cc79a7", "#e69f00", "#56b4e9"  # not of the theme: readable on both papers
SUPERNET = Look("landmark super-net", AFTER, "o", "-")
STYLES: tuple[tuple[str, str, Any], ...] = (
    (BASELINE, "D", "-"),
    (WARNING, "s", (0, (5, 1.5))),
    (PINK, "^", (0, (1.5, 1.5))),
    (ORANGE, "v", "-"),
    (SKY, "P", (0, (5, 1.5))),
    (QUIET, "X", (0, (1.5, 1.5))),
)
"""Of the predictors in the order of the study; a seventh looks like the first."""


def predictor_looks(uses: LabelUses) -> dict[str, Look]:
    """Of every predictor that is compared, by name."""
    alone = [use for use in uses.uses if use.predictor and not use.stacked]
    return {use.predictor: Look(use.label, *look) for use, look in zip(alone, cycle(STYLES), strict=False)}


def draw(uses: LabelUses, pool: int, seeds: int) -> str:
    """SVG text: a panel for what the predictors know beside the labels; the super-nets are in each.

    Args:
        pool: architectures, `seeds` trials that each point is over.
    """
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, HEIGHT))
        grid = figure.subplots(1, len(PANELS), sharex=True, sharey=True)
        figure.subplots_adjust(**style.inches(figure, left=0.75, right=1.25, bottom=0.6, top=1.25), wspace=0.06)
        low, high = _limits(uses)
        looks = {"": SUPERNET, **predictor_looks(uses)}
        for axes, (stacked, title) in zip(grid, PANELS.items(), strict=True):
            axes.set_xscale("log")
            axes.set_xlim(0.8 * uses.labels[0], 1.25 * uses.labels[-1])
            axes.set_xticks(uses.labels, map(str, uses.labels), fontsize=7.5)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_ylim(low, high)
            axes.set_title(title)
            _references(axes, uses, named=axes is grid[-1])
            shown = [use for use in uses.uses if not use.predictor or use.stacked == stacked]
            for use in shown:
                _line(axes, use, uses.labels, looks)
        grid[0].set_ylabel(f"{METRICS[MAIN_METRIC].label} with the truth")
        figure.supxlabel("labelled architectures", fontsize=9.5, y=0.12 / figure.get_figheight())
        _legend(figure, list(looks.values()))
        cut = any(point.tau.low < low for use in uses.uses for point in use.points)
        style.heading(
            figure,
            "For the same labels, what is the best use of them?",
            f"{uses.strategy}; {pool:,} architectures, {wording.seeds(seeds)}, with intervals"
            + ("; some go on below" if cut else ""),
        )
        description = "Lines, a panel for what predictors know beside the labels; the numbers are in labels.csv."
        return style.svg(figure, "Kendall's tau-b against the number of labels", description)


def _limits(uses: LabelUses) -> tuple[float, float]:
    """Of the axis of tau: all means, and 1; intervals may go on below."""
    values = [uses.without.value, uses.parameters.value]
    values += [point.tau.value for use in uses.uses for point in use.points]
    return min(value for value in values if not math.isnan(value)) - 0.08, 1.0


def _legend(figure: Figure, looks: Sequence[Look]) -> None:
    """What the lines are, above the panels."""
    handles = [
        Line2D([], [], color=look.colour, marker=look.mark, markersize=4.5, linewidth=1.6, ls=look.dashes)
        for look in looks
    ]
    figure.legend(
        handles,
        [look.name for look in looks],
        loc="upper left",
        bbox_to_anchor=(0.06, 1 - 0.66 / figure.get_figheight()),
        borderaxespad=0,
        ncols=len(looks),
        frameon=False,
        fontsize=8.5,
        labelcolor=[look.colour for look in looks],
    )


def _references(axes: Axes, uses: LabelUses, *, named: bool) -> None:
    """Lines for what does not depend on the number of labels, with their names at the right where wanted."""
    axes.axhline(0, color=FAINT, linewidth=1)
    lines = (
        (uses.ceiling, "noise ceiling", INK, "-"),
        (uses.parameters.value, "parameter count", QUIET, (0, (4, 2))),
        (uses.without.value, "super-net,\nno labels", BEFORE, "-"),
    )
    for value, name, colour, dashes in lines:
        if math.isnan(value):
            continue
        axes.axhline(value, color=colour, linewidth=1.2, linestyle=dashes)
        if named:
            axes.annotate(
                f"{name}\n{number(METRICS[MAIN_METRIC], value)}",
                (1, value),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=8.5,
            )


def _line(axes: Axes, use: Use, labels: tuple[int, ...], looks: Mapping[str, Look]) -> None:
    look, taus = looks[use.predictor], [point.tau for point in use.points]
    values, lengths = [tau.value for tau in taus], np.array([_lengths(tau) for tau in taus]).T
    shifted = np.array(labels) * APART ** (list(looks).index(use.predictor) - (len(looks) - 1) / 2)
    axes.errorbar(shifted, values, lengths, fmt="none", ecolor=look.colour, elinewidth=1, alpha=0.45)
    width = 1.6 if use.predictor else 2.2
    axes.plot(shifted, values, color=look.colour, marker=look.mark, markersize=4.5, linewidth=width, ls=look.dashes)


def _lengths(tau: Value) -> tuple[float, float]:
    """Of the interval below and above its mean, which need not lie within a bootstrap interval."""
    return max(tau.value - tau.low, 0.0), max(tau.high - tau.value, 0.0)
