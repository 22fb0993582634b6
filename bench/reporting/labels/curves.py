"""Tau and tau in the top tenth against the number of labels, a column for each part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from nasrank.bench.analysis.compared_rows import ComparedRow
from nasrank.bench.analysis.label_summary import LabelSummary
from nasrank.bench.label_studies.grammar import ALONE
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, FAINT, INK, QUIET
from nasrank.bench.reporting.figures.svg_text import svg
from nasrank.bench.reporting.words import metric_head, short

METRICS_DRAWN = ("tau", "tau_top10")
PANEL = 2.5  # inches
COLUMNS = 3  # of the legend
APART = 1.035  # ratio of labels: between intervals that would lie on each other

PINK, YELLOW, SKY = "#cc79a7", "#e69f00", "#56b4e9"  # not of the theme: readable on both papers
LOOKS: tuple[tuple[str, str, Any], ...] = (
    (INK, "o", "-"),
    (AFTER, "s", "-"),
    (BASELINE, "D", "-"),
    (PINK, "^", "-"),
    (YELLOW, "v", "-"),
    (SKY, "P", "-"),
    (QUIET, "X", "-"),
    (AFTER, "o", (0, (4, 2))),
    (BASELINE, "o", (0, (4, 2))),
    (PINK, "o", (0, (4, 2))),
)
"""Of the drawn rows in their order, the reference first; an eleventh looks like the first."""


def draw(summary: LabelSummary) -> str:
    """SVG text."""
    parts = [name for name, part in summary.study.parts.items() if part.in_figure]
    looks = dict(zip(summary.drawn, cycle(LOOKS), strict=False))
    legend_lines = math.ceil(len(looks) / COLUMNS)
    subtitle = (
        f"{summary.study.draws} draws of labels; intervals of {summary.study.confidence:.0%} over these or super-nets"
    )
    top = style.head(subtitle) + 0.06
    below = top + 0.2 * legend_lines + 0.45
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, PANEL * len(METRICS_DRAWN) + below + 0.75))
        grid = figure.subplots(len(METRICS_DRAWN), len(parts), squeeze=False, sharey="row")
        figure.subplots_adjust(
            **style.inches(figure, left=0.75, right=0.15, bottom=0.55, top=below), wspace=0.07, hspace=0.16
        )
        for line, metric in zip(grid, METRICS_DRAWN, strict=True):
            for axes, part in zip(line, parts, strict=True):
                _panel(axes, summary, part, metric, looks)
            line[0].set_ylabel(metric_head(metric))
        for axes, part in zip(grid[0], parts, strict=True):
            axes.set_title(summary.study.parts[part].label.replace(", ", ",\n"), fontsize=8)
        figure.supxlabel("labelled architectures", fontsize=9.5, y=0.06 / figure.get_figheight(), va="bottom")
        _legend(figure, summary, looks, top)
        style.heading(figure, "What are N labels worth?", subtitle)
        return svg(figure, "Rank correlation against the number of labels", _describe(summary))


def _panel(axes: Axes, summary: LabelSummary, part: str, metric: str, looks: dict[str, Any]) -> None:
    truth = next(iter(summary.study.parts[part].truths))
    counts = summary.study.counts_of(part)
    axes.axhline(0, color=FAINT, linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(0.75 * counts[0], 1.33 * counts[-1])
    axes.set_xticks(counts, map(str, counts), fontsize=7.5)
    axes.xaxis.set_minor_locator(NullLocator())
    if metric != METRICS_DRAWN[-1]:
        axes.tick_params(labelbottom=False)
    for place, (name, look) in enumerate(looks.items()):
        found = [one for count in counts if (one := summary.find(part, truth, name, count, metric)) and one.known]
        if found:
            free = summary.study.rows[name].predictor == ALONE
            _line(axes, found, look, APART ** (place - len(looks) / 2), free=free)


def _line(axes: Axes, rows: Sequence[ComparedRow], look: tuple[str, str, Any], shift: float, *, free: bool) -> None:
    colour, mark, dashes = look
    labels, values = np.array([one.labels for one in rows]) * shift, [one.mean for one in rows]
    if free:  # it knows no label, so that its line is flat
        axes.plot(labels, values, color=colour, linewidth=1.2, linestyle=(0, (1, 1.5)))
        return
    lengths = np.array([_lengths(one) for one in rows]).T
    axes.errorbar(labels, values, lengths, fmt="none", ecolor=colour, elinewidth=1, alpha=0.45)
    axes.plot(labels, values, color=colour, marker=mark, markersize=3.8, linewidth=1.5, ls=dashes)


def _lengths(one: ComparedRow) -> tuple[float, float]:
    if math.isnan(one.ci_low):
        return 0.0, 0.0
    return max(one.mean - one.ci_low, 0.0), max(one.ci_high - one.mean, 0.0)


def _legend(figure: Figure, summary: LabelSummary, looks: dict[str, Any], top: float) -> None:
    marks = []
    for name, (colour, mark, dashes) in looks.items():
        free = summary.study.rows[name].predictor == ALONE
        marks.append(
            Line2D(
                [],
                [],
                label=summary.label(name),
                color=colour,
                marker="" if free else mark,
                markersize=4,
                linewidth=1.5,
                ls=(0, (1, 1.5)) if free else dashes,
            )
        )
    style.legend(figure, marks, top, COLUMNS)


def _describe(summary: LabelSummary) -> str:
    """Which row is best where, in words."""
    said = []
    for part, section in summary.study.parts.items():
        truth, counts = next(iter(section.truths)), summary.study.counts_of(part)
        best = summary.best(part, truth, counts[-1])
        if best:
            said.append(f"{section.label}, {counts[-1]} labels: {summary.label(best.predictor)} {short(best.mean)}")
    return f"The highest tau-b of those that fit labels. {'; '.join(said)}."
