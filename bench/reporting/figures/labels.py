"""Tau against the number of labels, for every use of them: predictors alone, and stacked on super-nets."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import NullLocator

from bench.ranking import METRICS
from bench.reporting import wording
from bench.reporting.figures import style
from bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, PAPER, QUIET, WARNING
from bench.reporting.findings import Value
from bench.reporting.labels import LabelUses, Stacked, Use
from bench.reporting.summary import MAIN_METRIC
from bench.reporting.wording import number

HEIGHT = 5.6  # inches
APART = 0.044  # of the height of the axes: the least distance of two names

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


SUPERNET = Look("landmark\nsuper-net", AFTER, "o", "-")
PREDICTORS = {
    "label_matched": Look("ridge", BASELINE, "D", "-"),
    "gaussian_process": Look("GP", WARNING, "s", (0, (5, 1.5))),
    "random_forest": Look("forest", "#cc79a7", "^", (0, (1.5, 1.5))),  # not of the theme: readable on both papers
}


def draw(uses: LabelUses, pool: int, seeds: int) -> str:
    """SVG text: a panel for what the predictors know beside the labels; the super-nets are in each.

    Args:
        pool: architectures, `seeds` trials that each point is over.
    """
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, HEIGHT))
        grid = figure.subplots(1, len(PANELS), sharex=True, sharey=True)
        figure.subplots_adjust(**style.inches(figure, left=0.75, right=1.25, bottom=0.6, top=0.95), wspace=0.06)
        low, high = _limits(uses)
        for axes, (stacked, title) in zip(grid, PANELS.items(), strict=True):
            axes.set_xscale("log")
            axes.set_xlim(0.8 * uses.labels[0], _room(uses))
            axes.set_xticks(uses.labels, map(str, uses.labels), fontsize=7.5)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_ylim(low, high)
            axes.set_title(title)
            _references(axes, uses, named=axes is grid[-1])
            shown = [use for use in uses.uses if not use.predictor or use.stacked == stacked]
            for use in shown:
                _line(axes, use, uses.labels)
            _name_lines(axes, shown, uses, (low, high))
        grid[0].set_ylabel(f"{METRICS[MAIN_METRIC].label} with the truth")
        figure.supxlabel("labelled architectures", fontsize=9.5, y=0.12 / figure.get_figheight())
        style.heading(
            figure,
            "For the same labels, what is the best use of them?",
            f"{uses.strategy}; {pool:,} architectures, {wording.seeds(seeds)}, with intervals",
        )
        description = "Lines, a panel for what predictors know beside the labels; the numbers are in labels.csv."
        return style.svg(figure, "Kendall's tau-b against the number of labels", description)


def _limits(uses: LabelUses) -> tuple[float, float]:
    """Of the axis of tau: all intervals, and 1."""
    values = [uses.without.low, uses.parameters.low, *(point.tau.low for use in uses.uses for point in use.points)]
    return min(0.0, *(value for value in values if not math.isnan(value))) - 0.02, 1.0


def _room(uses: LabelUses) -> float:
    """Where the axis of labels ends: a third of its width is for the names of lines."""
    span = max(math.log(uses.labels[-1] / uses.labels[0]), math.log(4))
    return float(uses.labels[-1] * math.exp(0.45 * span))


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


def _line(axes: Axes, use: Use, labels: tuple[int, ...]) -> None:
    look, taus = _look(use), [point.tau for point in use.points]
    values, lengths = [tau.value for tau in taus], np.array([_lengths(tau) for tau in taus]).T
    axes.errorbar(labels, values, lengths, fmt="none", ecolor=look.colour, elinewidth=1, alpha=0.45)
    width = 1.6 if use.predictor else 2.2
    axes.plot(labels, values, color=look.colour, marker=look.mark, markersize=4.5, linewidth=width, ls=look.dashes)


def _lengths(tau: Value) -> tuple[float, float]:
    """Of the interval below and above its mean, which need not lie within a bootstrap interval."""
    return max(tau.value - tau.low, 0.0), max(tau.high - tau.value, 0.0)


def _name_lines(axes: Axes, shown: list[Use], uses: LabelUses, limits: tuple[float, float]) -> None:
    """At the right ends, moved apart where they would overlap."""
    ends = [(use, use.points[-1].tau.value) for use in shown if not math.isnan(use.points[-1].tau.value)]
    apart = APART * (limits[1] - limits[0])
    below = math.inf
    for use, value in sorted(ends, key=lambda end: -end[1]):
        below = min(value, below - apart)
        axes.annotate(
            _look(use).name,
            (uses.labels[-1] * 1.12, below),
            va="center",
            color=_look(use).colour,
            fontweight="bold",
            fontsize=8.5,
            linespacing=0.95,
            path_effects=[withStroke(linewidth=2.5, foreground=PAPER)],
        )


def _look(use: Use) -> Look:
    return PREDICTORS[use.predictor] if use.predictor else SUPERNET
