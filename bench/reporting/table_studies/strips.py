"""Every group as a strip: a point for each architecture, of a lone one for each run, and the mean with its interval."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis.table_summary import GroupRow, TableSummary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, INK, PAPER
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.table_studies.tables import heading as measure

ROW = 0.5  # inches
MOST_CHARACTERS = 34
SPREAD = 0.26
"""Of the points of a group to either side of its line, in rows."""

FEW = 3
"""Points that are drawn in a line of their own above the mean's interval, which would hide them."""

RUN: dict[str, Any] = {"color": BEFORE, "marker": "o", "markersize": 4, "markerfacecolor": PAPER}


def draw(summary: TableSummary) -> str:
    """SVG text."""
    lines = [textwrap.wrap(summary.study.groups[row.name].label, MOST_CHARACTERS) for row in summary.rows]
    left = max(1.2, 0.3 + 0.072 * max(len(line) for some in lines for line in some))
    confidence = f"{summary.study.confidence:.0%}"
    runs = any(row.runs for row in summary.rows)
    point = "an architecture, mean over its seeds" + ", or a run of the only one" * runs
    subtitle = f"Each point is {point}; intervals of {confidence} are of the mean"
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + 0.3 + ROW * len(lines) + 0.6))
        axes = figure.subplots()
        figure.subplots_adjust(**style.inches(figure, left, 0.25, 0.55, top + 0.3))
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_yticks(range(len(lines)), ["\n".join(some) for some in lines], fontsize=8.5, color=INK)
        axes.tick_params(axis="y", left=False)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        for place, row in enumerate(summary.rows):
            _strip(axes, place, row)
        axes.set_xlabel(measure(summary))
        marks = [
            Line2D([], [], color=BEFORE, marker="o", markersize=4, alpha=0.5, linewidth=0, label="an architecture"),
            Line2D([], [], color=AFTER, marker="D", markersize=5, linewidth=1.6, label="mean of the group"),
        ]
        if runs:
            marks.insert(1, Line2D([], [], linewidth=0, label="a training run of the only one", **RUN))
        style.legend(figure, marks, top)
        question = "How accurate is each group?" if summary.study.metric == "accuracy" else "How good is each group?"
        style.heading(figure, question, subtitle)
        return svg(figure, title(summary), _describe(summary))


def _strip(axes: Axes, place: int, row: GroupRow) -> None:
    """Points are moved apart by their order alone, so that the same ones look the same."""
    shown = row.runs or row.means
    order = np.argsort(np.argsort(shown, kind="stable"), kind="stable")
    apart = SPREAD * (((0.618034 * order) % 1) * 2 - 1) if len(shown) > FEW else np.full(len(shown), -SPREAD)
    if row.runs:
        axes.plot(shown, place + apart, linewidth=0, **RUN)
    else:
        axes.plot(shown, place + apart, "o", color=BEFORE, markersize=3.6, alpha=0.45, markeredgewidth=0)
    if row.low == row.low:
        axes.plot([row.low, row.high], [place, place], color=AFTER, linewidth=2)
    axes.plot([row.mean], [place], "D", color=AFTER, markersize=5.5)


def title(summary: TableSummary) -> str:
    """What the figure is of."""
    return f"Groups of architectures, by {summary.study.measured.label}"


def _describe(summary: TableSummary) -> str:
    unit = " %" if summary.study.in_percent else ""
    return "; ".join(f"{summary.study.groups[row.name].label}: {row.mean:.2f}{unit}" for row in summary.rows)
