"""Tau of every strategy before and after guidance, with the baselines and the ceiling drawn through them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.summary import MAIN_METRIC, Baseline, MetricRow, Summary
from nasrank.bench.analysis.wording import BELOW, number, stays_below, with_interval
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, INK, QUIET, WARNING, beside

ROW = 0.44  # inches
APART = 0.13  # of a row: half the distance between before and after
CHANGE = 98  # points from the axes to the column of differences
_DASHED: Any = {"linewidth": 1, "linestyle": (0, (4, 2))}
_TAU = METRICS[MAIN_METRIC]


def draw(summary: Summary) -> str:
    """SVG text: strategies above, baselines below, what is printed in the table at the right."""
    rows = [summary.row(strategy, MAIN_METRIC) for strategy in summary.strategies]
    names = [*summary.labels.values(), *(one.label for one in summary.baselines.values())]
    count = len(names)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, ROW * count + 1.75))
        axes = figure.add_subplot()
        figure.subplots_adjust(**style.inches(figure, left=style.label_width(names), right=3.0, bottom=0.55, top=1.05))
        axes.set_xlim(*_limits(rows, summary))
        axes.set_ylim(count - 0.4, -0.6)
        _references(axes, summary, len(rows))
        for place, row in enumerate(rows):
            _strategy(axes, place, row, summary)
        beside(axes, -0.75, "before → after", QUIET)
        beside(axes, -0.75, "difference", QUIET, CHANGE)
        for place, baseline in enumerate(summary.baselines.values(), start=len(rows)):
            _baseline(axes, place, baseline)
        axes.axhline(len(rows) - 0.5, color=FAINT, linewidth=0.8)
        style.name_rows(axes, names)
        style.bare(axes)
        axes.set_xlabel(f"{_TAU.label} with the truth")
        n, confidence = summary.header["n"], 100 * summary.header["confidence"]
        _legend(figure, rows, summary)
        style.heading(
            figure,
            f"{summary.header['title']}: does landmark guidance repair the ranking?",
            f"{n['pool']:,} architectures, {wording.seeds(n['seeds'])} (ticks), {confidence:g} % intervals; "
            f"super-nets see {summary.header['images']['name']}, the truth is of {summary.header['truth']['dataset']}",
        )
        return style.svg(figure, f"{_TAU.label} before and after landmark guidance", " ".join(summary.verdict))


def _limits(rows: list[MetricRow], summary: Summary) -> tuple[float, float]:
    values = [
        value for row in rows for value in (row.before_low, row.after_low, *row.before_by_seed, *row.after_by_seed)
    ]
    values += [baseline.metrics[MAIN_METRIC].low for baseline in summary.baselines.values()]
    lowest = min((value for value in values if not math.isnan(value)), default=0.0)
    return min(0.0, lowest) - 0.02, 1.0


def _references(axes: Axes, summary: Summary, strategies: int) -> None:
    axes.axvline(0, color=FAINT, linewidth=1)
    for baseline in summary.baselines.values():
        value = baseline.metrics[MAIN_METRIC]
        axes.fill_betweenx((-0.6, strategies - 0.5), value.low, value.high, color=BASELINE, alpha=0.10, linewidth=0)
        axes.plot((value.value,) * 2, (-0.6, strategies - 0.5), color=BASELINE, **_DASHED)
    for ceiling in summary.ceilings:
        axes.axvline(ceiling.metrics[MAIN_METRIC], color=INK, linewidth=1)


def _legend(figure: Figure, rows: list[MetricRow], summary: Summary) -> None:
    """What marks and lines are, on a line of its own: names beside them would lie on others where values are close."""
    handles = [Line2D([], [], label="before", **_mark(BEFORE, style.PAPER))]
    if not all(row.below_baseline for row in rows):
        handles.append(Line2D([], [], label="after", **_mark(AFTER, AFTER)))
    if any(row.below_baseline for row in rows):
        handles.append(Line2D([], [], label="after, a baseline is better", **_mark(WARNING, WARNING)))
    if summary.baselines:
        name = "baselines, labels of the first row" if summary.own_baselines else "baselines"
        handles.append(Line2D([], [], label=name, color=BASELINE, marker="D", markersize=5, **_DASHED))
    if summary.ceilings:
        best = summary.ceilings[0].metrics[MAIN_METRIC]
        handles.append(Line2D([], [], label=f"noise ceiling {number(_TAU, best)}", color=INK, linewidth=1))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.012, 1 - 0.62 / figure.get_figheight()),
        borderaxespad=0,
        borderpad=0,
        ncols=len(handles),
        frameon=False,
        fontsize=8.5,
        labelcolor=[str(handle.get_color()) for handle in handles],
        handletextpad=0.5,
        columnspacing=1.8,
    )


def _mark(edge: str, filling: str) -> dict[str, Any]:
    """Keywords of a mean with its interval."""
    return {
        "color": edge,
        "linewidth": 1.6,
        "marker": "o",
        "markersize": 7,
        "markerfacecolor": filling,
        "markeredgewidth": 1.6,
    }


def _strategy(axes: Axes, place: int, row: MetricRow, summary: Summary) -> None:
    below = bool(row.below_baseline)
    colour = WARNING if below else AFTER
    for offset, side, shade, filled in ((-APART, "before", BEFORE, False), (APART, "after", colour, True)):
        value, low, high = (getattr(row, f"{side}{end}") for end in ("", "_low", "_high"))
        y = place + offset
        axes.plot((low, high), (y, y), color=shade, linewidth=1.6)
        seeds = getattr(row, f"{side}_by_seed")
        axes.plot(seeds, np.full(len(seeds), y), "|", color=shade, markersize=7, markeredgewidth=0.9)
        axes.plot(value, y, **_mark(shade, shade if filled else style.PAPER))
    if row.reason:
        beside(axes, place, "no value, see the table", WARNING)
        return
    axes.plot((row.before, row.after), (place - APART, place + APART), color=FAINT, linewidth=1.2, zorder=0)
    beside(axes, place - 0.17, f"{number(_TAU, row.before)} → {number(_TAU, row.after)}", INK, weight="bold")
    beside(axes, place - 0.17, with_interval(_TAU, row.delta, row.ci_low, row.ci_high, signed=True), INK, CHANGE)
    if below:
        beside(axes, place + 0.2, f"{BELOW} below {stays_below(row, summary)}", WARNING)


def _baseline(axes: Axes, place: int, baseline: Baseline) -> None:
    value = baseline.metrics[MAIN_METRIC]
    axes.plot((value.low, value.high), (place, place), color=BASELINE, linewidth=1.6)
    axes.plot(value.value, place, "D", color=BASELINE, markersize=5.5)
    beside(axes, place, with_interval(_TAU, value.value, value.low, value.high), QUIET)
