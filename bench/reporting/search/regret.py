"""Regret over the budget: a column for each part, above against simulated seconds, below against queries."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from nasrank.bench.analysis.search_curves import AXES, Curve
from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.search.looks import Look, columns, looks, marks

PANEL = 2.35  # inches
LEAST = 0.02
"""Regret, in points of accuracy, below which lines lie on the bottom: a logarithmic axis has no zero."""

MARKS_ON_LINE = 6

HEADS = {"seconds": "simulated seconds", "queries": "queries"}


def draw(summary: SearchSummary) -> str | None:
    """SVG text; None where no searcher has a single objective."""
    every = [one for one in summary.curves if one.figure != "hypervolume"]
    if not every:
        return None
    parts = [part for part in summary.study.parts if any(one.part == part for one in every)]
    axes_shown = [axis for axis in AXES if any(one.axis == axis for one in every)]
    shown = looks(dict.fromkeys(one.searcher for one in every))
    subtitle = (
        "Median over runs, with quartiles where there are four searchers or fewer, of the best of the space minus what "
        "the incumbent, the best by what a searcher is told, has by the reported figure."
    )
    top = style.head(subtitle) + 0.06
    below = top + 0.2 * math.ceil(len(shown) / columns(summary, shown)) + 0.45
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, PANEL * len(axes_shown) + below + 0.75 + 0.35 * (len(axes_shown) - 1)))
        grid = figure.subplots(len(axes_shown), len(parts), squeeze=False, sharey="col")
        figure.subplots_adjust(
            **style.inches(figure, left=0.75, right=0.15, bottom=0.6, top=below), wspace=0.28, hspace=0.32
        )
        for line, axis in zip(grid, axes_shown, strict=True):
            for axes, part in zip(line, parts, strict=True):
                _panel(axes, [one for one in every if (one.part, one.axis) == (part, axis)], shown, HEADS[axis])
            line[0].set_ylabel("regret, points")
        for axes, part in zip(grid[0], parts, strict=True):
            width = int(104 / len(parts))
            axes.set_title("\n".join(textwrap.wrap(summary.study.parts[part].label, width)), fontsize=8)
        style.legend(figure, marks(summary, shown), top, columns(summary, shown))
        style.heading(figure, "How fast does each searcher find what is good?", subtitle)
        return svg(figure, "Regret over the budget", describe(summary))


def _panel(axes: Axes, curves: Sequence[Curve], shown: dict[str, Look], head: str) -> None:
    if not curves:
        axes.set_axis_off()
        return
    for one in curves:
        look = shown[one.searcher]
        at, median = np.array(one.at), np.maximum(one.median, LEAST)
        if len(curves) <= 4:
            axes.fill_between(
                at, np.maximum(one.low, LEAST), np.maximum(one.high, LEAST), color=look.colour, alpha=0.12, linewidth=0
            )
        axes.plot(
            at,
            median,
            color=look.colour,
            marker=look.mark,
            markersize=3.2,
            markevery=max(len(at) // MARKS_ON_LINE, 1),
            linewidth=1.3,
            ls=look.dashes,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(bottom=LEAST)
    for line in (axes.xaxis, axes.yaxis):
        line.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:,g}" if value < 1e5 else f"{value / 1000:,g}k")
        )
        line.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=7.5)
    axes.set_xlabel(head, fontsize=8.5)


def describe(summary: SearchSummary) -> str:
    """Who ends best where, in words."""
    said = []
    for part, section in summary.study.parts.items():
        if ranked := summary.ranked(part, next(iter(section.reported))):
            said.append(f"{section.label}: {summary.label(ranked[0].searcher)}, regret {ranked[0].regret:.2f}")
    return f"The least regret at the end of the budget. {'; '.join(said)}."
