"""What each arm would derive during training: its stand-alone truth, and how many skip connections it has.

The collapse of DARTS is a curve that falls to an architecture of skip connections alone [Zela2020].

References:
    [Zela2020] Zela et al., "Understanding and Robustifying Differentiable Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.reporting import wording
from bench.reporting.figures import panels, style
from bench.reporting.figures.style import AFTER, BEFORE, QUIET, WARNING
from bench.reporting.findings import Derivation
from bench.reporting.summary import Summary

TALL, SHORT, GAP = 1.9, 0.95, 0.6  # inches
APART = 0.06  # of a skip connection, between curves that would lie on each other


def draw(summary: Summary) -> str:
    """SVG text: a column an arm that derives; the truth above, the number of skip connections below."""
    deriving = list(dict.fromkeys(one.strategy for one in summary.derivations))
    arms = panels.shown(deriving)
    bands, columns = panels.bands_and_columns(len(arms))
    heights = [TALL, SHORT] if any(one.skips for one in summary.derivations) else [TALL]
    kinds = len(heights)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.2 + bands * (sum(heights) + GAP)))
        grid = figure.subplots(
            kinds * bands, columns, squeeze=False, sharex=True, sharey="row", height_ratios=heights * bands
        )
        margins = style.inches(figure, left=0.85, right=0.2, bottom=0.6, top=0.95)
        figure.subplots_adjust(**margins, wspace=0.12, hspace=0.25 if bands == 1 else 0.45)
        for place in range(bands * columns):
            column = grid[kinds * (place // columns) :, place % columns][:kinds]
            if place < len(arms):
                _column(list(column), arms[place], summary)
            else:
                for axes in column:
                    axes.set_visible(False)
        for band in range(bands):
            grid[kinds * band, 0].set_ylabel(wording.truth_heading(summary))
            if kinds > 1:
                grid[kinds * band + 1, 0].set_ylabel("skip\nconnections")
        figure.supxlabel("fraction of training", fontsize=9.5, y=0.12 / figure.get_figheight())
        style.heading(
            figure,
            "What would be derived during training",
            f"a line a seed, before (grey) and after (blue) guidance{panels.left_out(deriving)}",
        )
        title = "Truth of the derived architecture during training"
        return style.svg(figure, title, "Small multiples, one column a strategy; the numbers are in summary.json.")


def _column(column: Sequence[Axes], arm: str, summary: Summary) -> None:
    curves = [one for one in summary.derivations if one.strategy == arm]
    column[0].set_title(panels.title(summary, arm))
    for axes in column:
        axes.set_xlim(0, 1.02)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    for curve in curves:
        _lines(column[0], curve.fractions, curve.accuracy, curve)
        if curve.skips:
            _lines(column[1], curve.fractions, curve.skips, curve)
            column[1].yaxis.set_major_locator(MaxNLocator(4, integer=True))
            column[1].set_ylim(-0.2, 0.4 + max(np.nanmax(one.skips) for one in summary.derivations))
    column[0].margins(y=0.12)
    _unknown(column[0], curves)
    _others(column[0], arm, summary)


def _unknown(axes: Axes, curves: Sequence[Derivation]) -> None:
    """Of how many the truth is known, where it is not of all: the others have no point."""
    known, derived = (
        np.count_nonzero(~np.isnan([value for rows in every for row in rows for value in row]))
        for every in ([curve.accuracy for curve in curves], [curve.skips or curve.accuracy for curve in curves])
    )
    if known < derived:
        text = f"truth known of {known} of {derived}"
        axes.text(0.99, 0.96, text, transform=axes.transAxes, ha="right", va="top", color=QUIET, fontsize=8)


def _lines(axes: Axes, fractions: tuple[float, ...], rows: tuple[tuple[float, ...], ...], curve: Derivation) -> None:
    """A line a seed, apart by a little, as numbers of connections coincide."""
    colour = AFTER if curve.guided else BEFORE
    for place, row in enumerate(rows):
        lift = APART * (place + (0.5 if curve.guided else 0)) if rows is curve.skips else 0.0
        axes.plot(fractions, np.array(row) + lift, "o-", color=colour, linewidth=1.4, markersize=3, alpha=0.8)


def _others(axes: Axes, arm: str, summary: Summary) -> None:
    """What others found with this strategy, where the truth is of test images as theirs."""
    if not summary.header["truth"]["split"].startswith("test"):
        return
    found = [one.test for one in summary.published if one.strategy == arm and one.test]
    for spread in found[:1]:
        axes.axhline(spread.mean, color=WARNING, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            f"published {spread.mean:.2f}",
            (0.02, spread.mean),
            (0, 2),
            textcoords="offset points",
            color=WARNING,
            fontsize=8,
            va="bottom",
        )
