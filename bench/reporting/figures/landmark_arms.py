"""Guidance in every arm: tau on the pool and on the landmarks themselves, and what it or the arm changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.landmark_arms import ArmRow
from nasrank.bench.analysis.summary import MAIN_METRIC
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, FAINT, QUIET, WARNING

ROW = 0.27  # inches
LOWER = 0.3  # of a row: landmarks below the pool, on which they would often lie
BESIDE = 10  # points from the axes to the column of violated pairs
_TAU = METRICS[MAIN_METRIC]
MARKS = (
    ("pool, before", "o", style.PAPER, BEFORE, 0.0),
    ("after", "o", AFTER, AFTER, 0.0),
    ("landmarks, before", "D", style.PAPER, BASELINE, LOWER),
    ("after", "D", BASELINE, BASELINE, LOWER),
)
"""Name, form, filling and edge of what is drawn for each arm, and how far below its line."""

_COLOURS = {"helps": AFTER, "hurts": WARNING, "undecided": BEFORE}


def draw(rows: Sequence[ArmRow], pool: int, seeds: int, *, changes: bool) -> str:
    """SVG text: a line an arm.

    Args:
        pool: architectures, `seeds` trials that each mean is over.
        changes: whether to show what guided arms differ by, instead of what guidance gains.
    """
    usual = rows[0].label
    names = [wording.with_base(row.label, row.base, usual) if changes and row.change else row.label for row in rows]
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, ROW * len(rows) + 1.85))
        taus, differences = figure.subplots(1, 2, sharey=True, width_ratios=[1.35, 1])
        figure.subplots_adjust(
            **style.inches(figure, left=style.label_width(names), right=1.2, bottom=0.55, top=1.2), wspace=0.08
        )
        taus.set_ylim(len(rows) - 0.4, -0.6)
        style.name_rows(taus, names, QUIET)
        for axes, title in (
            (taus, "tau"),
            (differences, "change of tau on the pool" if changes else "gain on the pool"),
        ):
            axes.axvline(0, color=FAINT, linewidth=1)
            style.bare(axes)
            axes.set_xlabel(title)
        for place, row in enumerate(rows):
            _taus(taus, place, row)
            difference = row.change if changes else row.gain
            if difference is not None:
                _difference(differences, place, difference)
            violated = f"{_percent(row.violated_first)} → {_percent(row.violated_last)}"
            style.beside(differences, place, violated, QUIET, BESIDE)
            if changes and place and row.setting != rows[place - 1].setting:
                for axes in (taus, differences):
                    axes.axhline(place - 0.5, color=FAINT, linewidth=0.8)
        _legend(taus)
        style.beside(differences, -1.0, "violated pairs,\nfirst → last", QUIET, BESIDE)
        style.heading(
            figure,
            "What the settings of landmark guidance change" if changes else "What landmark guidance did",
            f"{pool:,} architectures, {wording.seeds(seeds)}; intervals of the blue points and of differences"
            + ("; changes are from the first row or the one in brackets" if changes else ""),
        )
        return style.svg(figure, "Landmark guidance, arm by arm", "The numbers are in guidance.csv.")


def _taus(axes: Axes, place: int, row: ArmRow) -> None:
    axes.plot((row.after.low, row.after.high), (place, place), color=AFTER, linewidth=1.6)
    values = (row.before.value, row.after.value, row.landmarks_before, row.landmarks_after)
    for look, value in zip(MARKS, values, strict=True):
        axes.plot(value, place + look[4], **_mark(look))


def _difference(axes: Axes, place: int, change: Value) -> None:
    if math.isnan(change.value):
        return
    colour = _COLOURS[effect(change)]
    axes.plot((change.low, change.high), (place, place), color=colour, linewidth=1.6)
    axes.plot(change.value, place, "o", color=colour, markersize=6)


def _legend(axes: Axes) -> None:
    """What the marks are, above the axes."""
    for look in MARKS:
        axes.plot([], [], label=look[0], **_mark(look))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        borderaxespad=0.2,
        ncols=2,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.1,
        columnspacing=1.0,
    )


def _mark(look: tuple[str, str, str, str, float]) -> dict[str, Any]:
    """Keywords of `plot`."""
    _, form, filling, edge, _ = look
    return {"marker": form, "color": filling, "markeredgecolor": edge, "markersize": 5.5, "linestyle": "none"}


def _percent(fraction: float) -> str:
    return wording.percent(fraction, 0)
