"""During training: tau of the first pool architectures before and after guidance, and violated landmark pairs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from nasrank.bench.analysis.summary import Curve, Summary
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, QUIET

TALL, SHORT, GAP = 1.9, 0.95, 0.6  # inches
CHANCE = 0.5


def draw(summary: Summary) -> str:
    """SVG text: a column a strategy; tau above, the share of violated landmark pairs below."""
    arms = panels.shown(summary.strategies)
    bands, columns = panels.bands_and_columns(len(arms))
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.35 + bands * (TALL + SHORT + GAP)))
        grid = figure.subplots(
            2 * bands, columns, squeeze=False, sharex=True, sharey="row", height_ratios=[TALL, SHORT] * bands
        )
        margins = style.inches(figure, left=0.85, right=0.2, bottom=0.6, top=1.1)
        figure.subplots_adjust(**margins, wspace=0.12, hspace=0.25 if bands == 1 else 0.45)
        for place in range(bands * columns):
            top, bottom = grid[2 * (place // columns) :, place % columns][:2]
            if place < len(arms):
                _column(top, bottom, arms[place], summary)
            else:
                top.set_visible(False)
                bottom.set_visible(False)
        panels.label_lowest(grid)
        for band in range(bands):
            grid[2 * band, 0].set_ylabel(f"tau, {summary.header['n']['curve']:,}\narchitectures")
            grid[2 * band + 1, 0].set_ylabel("violated\npairs")
        figure.supxlabel("fraction of training", fontsize=9.5, y=0.12 / figure.get_figheight())
        style.heading(
            figure,
            "During training",
            "tau, and landmark pairs in the wrong order; mean and single seeds; guidance begins at the dotted line"
            f"{panels.left_out(summary.strategies)}",
        )
        title = "Tau and violated landmark pairs during training"
        return style.svg(figure, title, "Small multiples, one column a strategy; the numbers are in summary.json.")


def _column(top: Axes, bottom: Axes, strategy: str, summary: Summary) -> None:
    before, after = (
        next(curve for curve in summary.curves if (curve.strategy, curve.after) == (strategy, after))
        for after in (False, True)
    )
    warm_up = summary.header["landmark_term"].get("warm_up", 0.0)
    for axes in (top, bottom):
        axes.axvline(warm_up, color=QUIET, linewidth=1, linestyle=":")
        axes.set_xlim(0, 1.02)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    top.axhline(0, color=FAINT, linewidth=1, zorder=0)
    top.set_title(panels.title(summary, strategy))
    _lines(top, before.fractions, before.tau, BEFORE)
    _lines(top, after.fractions, after.tau, AFTER)
    if before.fractions and before.fractions[-1] < 1:
        _say_divided(top, before.fractions[-1])
    top.margins(y=0.12)
    top.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if strategy == summary.strategies[0]:
        _name_lines(top, before, after)
    _lines(bottom, after.violated_at, after.violated, AFTER)
    bottom.axhline(CHANCE, color=FAINT, linewidth=1, zorder=0)
    violated = chain.from_iterable(chain.from_iterable(curve.violated for curve in summary.curves))
    bottom.set_ylim(0, 1.05 * np.nanmax([CHANCE, *violated]))
    bottom.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _lines(axes: Axes, fractions: Sequence[float], rows: Sequence[Sequence[float]], colour: str) -> None:
    """Each seed thin, and their mean."""
    if not fractions:
        return
    for row in rows:
        axes.plot(fractions, row, color=colour, linewidth=0.8, alpha=0.4)
    axes.plot(fractions, np.nanmean(rows, axis=0), "o-", color=colour, linewidth=2, markersize=3.5)


def _say_divided(axes: Axes, end: float) -> None:
    """Where the curve ends before training does, the reader is told why: there is no longer one super-net to score."""
    axes.text(
        (end + 1) / 2,
        0.5,
        "several\nsuper-nets",
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="center",
        fontsize=7.5,
        color=QUIET,
    )


def _name_lines(axes: Axes, before: Curve, after: Curve) -> None:
    """At their ends, the higher one's name above all its seeds and the lower one's below."""
    if not (before.fractions and after.fractions):
        return
    ends = {"before": [row[-1] for row in before.tau], "after": [row[-1] for row in after.tau]}
    upper = max(ends, key=lambda name: float(np.mean(ends[name])))
    for name, colour in (("before", BEFORE), ("after", AFTER)):
        above = name == upper
        axes.annotate(
            name,
            (1, max(ends[name]) if above else min(ends[name])),
            (0, 4 if above else -4),
            textcoords="offset points",
            ha="right",
            va="bottom" if above else "top",
            color=colour,
            fontweight="bold",
        )
