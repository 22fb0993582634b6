"""Tau of every column with its interval, the best above; the baselines below it, and the ceiling as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.judging import RankReport, sentences, wording
from nasrank.bench.judging.report import MetricValue
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.rows import beside
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, FAINT, INK, QUIET
from nasrank.bench.reporting.figures.svg_text import svg

WIDTH, ROW = 7.2, 0.3  # inches; narrower than other figures: it is read on a phone
MOST = 15
"""Columns that are drawn, the best; the table has all."""

LONGEST = 44
"""Characters of a name: outlines of letters are most of the file."""


def draw(report: RankReport) -> str:
    """SVG text. A dot is filled where the column decidedly beats every baseline."""
    columns, baselines = (_descending(sentences.taus(report, baseline=kind)) for kind in (False, True))
    shown = [*columns[:MOST], *baselines]
    labels = [wording.shortened(one_line(report.column(one.name).label), LONGEST) for one in shown]
    rows = max(len(shown), 1)
    with style.drawing():
        figure = Figure(figsize=(WIDTH, ROW * rows + 1.67))
        axes = figure.add_subplot()
        margins = style.inches(
            figure, left=max(1.2, 0.3 + 0.08 * max(map(len, labels), default=0)), right=1.75, bottom=0.55, top=0.92
        )
        figure.subplots_adjust(**margins)
        axes.set_xlim(min([0.0, *(one.low for one in shown if not math.isnan(one.low))]) - 0.02, 1.0)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.axvline(0, color=FAINT, linewidth=1)
        if columns and baselines:
            axes.axhline(min(len(columns), MOST) - 0.5, color=FAINT, linewidth=0.8)
        for place, one in enumerate(shown):
            _row(axes, place, one, _look(report, one, beaten=bool(baselines)))
        _legend(figure, axes, report, with_baselines=bool(baselines))
        axes.set_yticks(range(len(labels)), labels, color=INK)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("Kendall's tau-b with the truth")
        left_out = f"; the {MOST} best of {len(columns)} columns" if len(columns) > MOST else ""
        style.heading(
            figure,
            "How well does each column rank?",
            f"{report.counts.ranked:,} architectures of {report.header['space']}, intervals of "
            f"{report.header['confidence']:.0%}{left_out}",
        )
        return svg(figure, "Kendall's tau-b of every column", _description(report, shown))


def _descending(values: Sequence[MetricValue]) -> list[MetricValue]:
    return sorted(values, key=lambda one: -one.value)


def _look(report: RankReport, one: MetricValue, *, beaten: bool) -> dict[str, Any]:
    """Keywords of the mark: a diamond for baselines, a dot for columns."""
    if report.column(one.name).baseline:
        return {"color": BASELINE, "marker": "D", "markersize": 5}
    against = [pair for pair in report.differences if pair.first == one.name and pair.baseline]
    wins = not beaten or all(pair.decided and pair.value > 0 for pair in against)
    return {
        "color": AFTER,
        "marker": "o",
        "markersize": 7,
        "markerfacecolor": AFTER if wins else style.PAPER,
        "markeredgewidth": 1.6,
    }


def _row(axes: Axes, place: int, one: MetricValue, look: dict[str, Any]) -> None:
    axes.plot((one.low, one.high), (place, place), color=look["color"], linewidth=1.6)
    axes.plot(one.value, place, **look)
    number = f"{one.value:.3f}" + ("" if math.isnan(one.low) else f" ({one.low:.2f} to {one.high:.2f})")
    beside(axes, place, number, INK if look["marker"] == "o" else QUIET)


def _legend(figure: Figure, axes: Axes, report: RankReport, *, with_baselines: bool) -> None:
    handles = []
    if with_baselines:
        dot: dict[str, Any] = {"color": AFTER, "marker": "o", "markersize": 6, "markeredgewidth": 1.6, "linestyle": ""}
        handles.append(Line2D([], [], label="beats every baseline", markerfacecolor=AFTER, **dot))
        handles.append(Line2D([], [], label="does not, or undecided", markerfacecolor=style.PAPER, **dot))
        handles.append(Line2D([], [], label="baseline", color=BASELINE, marker="D", markersize=5, linestyle=""))
    if report.ceiling is not None and sentences.MAIN in report.ceiling.metrics:
        ceiling = report.ceiling.metrics[sentences.MAIN]
        axes.axvline(ceiling, color=INK, linewidth=1)
        handles.append(Line2D([], [], label=f"noise ceiling {ceiling:.3f}", color=INK, linewidth=1))
    if handles:
        style.legend(figure, handles, 0.62)


def _description(report: RankReport, shown: Sequence[MetricValue]) -> str:
    """The answer, and the number of every row."""
    numbers = (f"{report.column(one.name).label} {one.value:.3f}" for one in shown)
    return f"{report.answer} In the order of the rows: {'; '.join(numbers)}."
