"""What each arm would derive during training: its stand-alone truth, and how many skip connections it has.

The collapse of DARTS is a curve that falls to an architecture of skip connections alone [Zela2020].

References:
    [Zela2020] Zela et al., "Understanding and Robustifying Differentiable Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.findings import Derivation, Spread
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import panels, style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, QUIET, WARNING

TALL, SHORT, GAP = 1.9, 0.95, 0.6  # inches
FEWEST = 0.1
"""Share of known truths below which none is shown."""

OUTLIERS = 0.05
"""Share of the truths that may lie below the axis."""

APART = 0.06  # of a skip connection, between curves that would lie on each other


def draw(summary: Summary) -> str:
    """SVG text: a column an arm that derives; the truth above, the number of skip connections below."""
    deriving = list(dict.fromkeys(one.strategy for one in summary.derivations))
    arms = panels.shown(deriving)
    bands, columns = panels.bands_and_columns(len(arms))
    rows = _rows(summary)
    heights = [TALL if row == "truth" else SHORT for row in rows]
    kinds = len(heights)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.35 + bands * (sum(heights) + GAP)))
        grid = figure.subplots(
            kinds * bands, columns, squeeze=False, sharex=True, sharey="row", height_ratios=heights * bands
        )
        margins = style.inches(figure, left=0.85, right=0.2, bottom=0.6, top=1.1)
        figure.subplots_adjust(**margins, wspace=0.12, hspace=0.25 if bands == 1 else 0.45)
        for place in range(bands * columns):
            column = grid[kinds * (place // columns) :, place % columns][:kinds]
            if place < len(arms):
                _column(dict(zip(rows, column, strict=True)), arms[place], summary)
            else:
                for axes in column:
                    axes.set_visible(False)
        panels.label_lowest(grid)
        for band in range(bands):
            for axes, row in zip(grid[kinds * band :, 0], rows, strict=False):
                axes.set_ylabel(wording.truth_heading(summary) if row == "truth" else "skip\nconnections")
        figure.supxlabel("fraction of training", fontsize=9.5, y=0.12 / figure.get_figheight())
        style.heading(
            figure,
            "What would be derived during training",
            f"a line a seed, before (grey) and after (blue) guidance{panels.left_out(deriving)}"
            + ("" if "truth" in rows else "; the truth of hardly any is known"),
        )
        title = "Truth of the derived architecture during training"
        return style.svg(figure, title, "Small multiples, one column a strategy; the numbers are in summary.json.")


def _rows(summary: Summary) -> list[str]:
    """What there is to show of each arm: the truth unless of hardly any it is known, and skip connections."""
    known, derived = _counts(summary.derivations)
    skips = any(one.skips for one in summary.derivations)
    return ["truth"] * (not skips or known >= FEWEST * derived) + ["skips"] * skips


def _column(column: dict[str, Axes], arm: str, summary: Summary) -> None:
    curves = [one for one in summary.derivations if one.strategy == arm]
    next(iter(column.values())).set_title(panels.title(summary, arm))
    for axes in column.values():
        axes.set_xlim(0, 1.02)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    if "skips" in column:
        for curve in curves:
            _lines(column["skips"], curve.fractions, curve.skips, curve)
        column["skips"].yaxis.set_major_locator(MaxNLocator(4, integer=True))
        column["skips"].set_ylim(-0.2, 0.4 + max(np.nanmax(one.skips) for one in summary.derivations))
    if "truth" in column:
        for curve in curves:
            _lines(column["truth"], curve.fractions, curve.accuracy, curve)
        _limit(column["truth"], curves, summary)
        _unknown(column["truth"], curves)
        _others(column["truth"], arm, summary)


def _limit(axes: Axes, curves: Sequence[Derivation], summary: Summary) -> None:
    """The same axis for all arms; the few far below the others stand at its foot, with their values."""
    values = _values(summary.derivations)
    values = values[~np.isnan(values)]
    if not len(values):
        return
    shown = [np.quantile(values, OUTLIERS), *(spread.mean for spread in _published(summary).values())]
    low, high = min(shown), values.max()
    margin = 0.08 * (high - low) or 1.0
    axes.set_ylim(low - margin, high + 1.5 * margin)
    for curve in curves:
        below: dict[float, set[str]] = {}
        for row in curve.accuracy:
            for fraction, value in zip(curve.fractions, row, strict=True):
                if value < low - margin:
                    below.setdefault(fraction, set()).add(f"{value:.0f}")
        for fraction, texts in below.items():
            axes.annotate(
                f"{', '.join(sorted(texts))} ↓",
                (fraction, low - margin),
                (0, 2 if curve.after else 11),
                textcoords="offset points",
                ha="right",
                color=AFTER if curve.after else BEFORE,
                fontsize=7.5,
            )


def _values(curves: Sequence[Derivation]) -> FloatArray:
    return np.array([value for curve in curves for row in curve.accuracy for value in row])


def _counts(curves: Sequence[Derivation]) -> tuple[int, int]:
    """Derived architectures whose truth is known, and all."""
    return int(np.count_nonzero(~np.isnan(_values(curves)))), sum(curve.derived for curve in curves)


def _unknown(axes: Axes, curves: Sequence[Derivation]) -> None:
    """Of how many the truth is known, where it is not of all: the others have no point."""
    known, derived = _counts(curves)
    if known < derived:
        text, height = f"truth known of {known} of {derived}", 0.96 if known else 0.5
        axes.text(0.99, height, text, transform=axes.transAxes, ha="right", va="top", color=QUIET, fontsize=8)


def _lines(axes: Axes, fractions: tuple[float, ...], rows: tuple[tuple[float, ...], ...], curve: Derivation) -> None:
    """A line a seed, apart by a little, as numbers of connections coincide."""
    colour, dashes, layer = (AFTER, "-", 2) if curve.after else (BEFORE, (0, (3, 1.5)), 3)
    for place, row in enumerate(rows):
        lift = APART * (place + (0.5 if curve.after else 0)) if rows is curve.skips else 0.0
        look: dict[str, Any] = {"color": colour, "linewidth": 1.4, "ls": dashes, "alpha": 0.85, "zorder": layer}
        axes.plot(fractions, np.array(row) + lift, marker="o", markersize=3, **look)


def _others(axes: Axes, arm: str, summary: Summary) -> None:
    """What others found with this strategy."""
    if spread := _published(summary).get(arm):
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


def _published(summary: Summary) -> dict[str, Spread]:
    """What others found with strategies that derive here, where the truth is of test images, too."""
    if not summary.header["truth"]["split"].startswith("test"):
        return {}
    deriving = {one.strategy for one in summary.derivations}
    found: dict[str, Spread] = {}
    for one in summary.published:
        if one.strategy in deriving and one.test:
            found.setdefault(one.strategy, one.test)
    return found
