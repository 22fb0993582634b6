"""Groups whose architectures have something in common by twos and threes: how far these differ, and how far within one.

What architectures have in common is their path, say, or their generator; they differ in their cell, or their graph.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis.table_summary import GroupRow, TableSummary
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, INK
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.table_studies.tables import heading as measure
from nasrank.bench.reporting.words import percent

PANEL = 1.9  # inches
GAP = 0.75


def draw(summary: TableSummary) -> str | None:
    """SVG text, a panel for each such group whose variance is known; None where there is none."""
    rows = [row for row in summary.rows if row.level and row.shares]
    if not rows:
        return None
    subtitle = f"{' and '.join(_levels(summary)).capitalize()} side by side, from the worst mean to the best"
    top = style.head(subtitle) + 0.06
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, top + 0.3 + (PANEL + GAP) * len(rows)))
        every = figure.subplots(len(rows), sharey=True, squeeze=False)[:, 0]
        figure.subplots_adjust(
            **style.inches(figure, 0.7, 0.25, 0.45, top + 0.55), hspace=(GAP - 0.05) / PANEL if len(rows) > 1 else 0
        )
        for axes, row in zip(every, rows, strict=True):
            _panel(axes, row, from_high=not summary.study.higher_is_better)
            axes.set_title(f"{summary.study.groups[row.name].label}: {_share(row)}", color=INK)
            axes.set_ylabel(measure(summary))
        marks = [
            Line2D([], [], color=BEFORE, marker="o", markersize=4, alpha=0.5, linewidth=1.2, label="its architectures"),
            Line2D([], [], color=AFTER, marker="D", markersize=5, linewidth=0, label="their mean"),
        ]
        style.legend(figure, marks, top)
        style.heading(figure, question(summary), subtitle)
        return svg(figure, title(summary), "; ".join(f"{row.level}: {_share(row)}" for row in rows))


def _panel(axes: Axes, row: GroupRow, *, from_high: bool) -> None:
    means, units = np.asarray(row.means), np.asarray(row.unit_of_each)
    alike = sorted(
        (means[units == unit] for unit in np.unique(units)), key=lambda values: float(values.mean()), reverse=from_high
    )
    for place, values in enumerate(alike):
        axes.plot([place, place], [values.min(), values.max()], color=BEFORE, linewidth=1.2, alpha=0.5)
        axes.plot(np.full(len(values), place), values, "o", color=BEFORE, markersize=3.6, alpha=0.5, markeredgewidth=0)
    axes.plot(range(len(alike)), [values.mean() for values in alike], "D", color=AFTER, markersize=4, markeredgewidth=0)
    axes.set_xlim(-0.7, len(alike) - 0.3)
    axes.set_xticks([])
    axes.set_xlabel(f"{len(alike)} {row.level}")
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def question(summary: TableSummary) -> str:
    """What the figure answers."""
    level, *others = _levels(summary)
    return f"How far apart are {level if not others else 'groups'}, and how far their members?"


def title(summary: TableSummary) -> str:
    """What the figure is of."""
    return f"{' and '.join(_levels(summary)).capitalize()}, by {summary.study.measured.label}"


def _levels(summary: TableSummary) -> list[str]:
    """What units of several architectures are called, each once."""
    return list(dict.fromkeys(row.level for row in summary.rows if row.level))


def _share(row: GroupRow) -> str:
    """The first, of what lies between the units."""
    name = next(iter(row.shares))
    return f"{percent(row.shares[name][0])} of the variance of a run between {name}"
