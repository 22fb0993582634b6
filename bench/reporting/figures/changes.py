"""What each variant changes of tau, without and with landmarks: one line a variant, the most helpful first."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.summary import MAIN_METRIC, Summary
from nasrank.bench.analysis.wording import with_interval
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BEFORE, FAINT, INK, QUIET, WARNING

ROW = 0.36  # inches
APART = 0.16  # of a row
FIRST, SECOND = 12, 130  # points from the axes to the columns of numbers
_TAU = METRICS[MAIN_METRIC]


def draw(summary: Summary) -> str:
    """SVG text; numbers at the right, those that hurt in the warning colour.

    Where variants change nothing but the landmarks, unguided trials are the same for all, and not drawn.
    """
    names = row_names(summary)
    both = any(change.before is not None for change in summary.changes)
    apart, last = (APART, SECOND) if both else (0.0, FIRST)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, ROW * len(names) + 1.6))
        axes = figure.add_subplot()
        margins = style.inches(
            figure, left=style.label_width(names), right=3.45 if both else 1.8, bottom=0.55, top=0.92
        )
        figure.subplots_adjust(**margins)
        axes.axvline(0, color=QUIET, linewidth=1)
        for place, change in enumerate(summary.changes):
            axes.axhline(place + 0.5, color=FAINT, linewidth=0.5)
            if change.before is not None:
                _difference(axes, place - apart, change.before, BEFORE, filled=False)
                style.beside(axes, place, *_printed(change.before), FIRST)
            elif both:
                style.beside(axes, place, "the same trials", QUIET, FIRST)
            _difference(axes, place + apart, change.after, AFTER, filled=True)
            style.beside(axes, place, *_printed(change.after), last)
        if both:
            style.beside(axes, -0.75, "○ without landmarks", BEFORE, FIRST)
        style.beside(axes, -0.75, "● with landmarks", AFTER, last)
        axes.set_ylim(len(names) - 0.5, -0.6)
        style.name_rows(axes, names)
        style.bare(axes)
        axes.set_xlabel(f"change of {_TAU.label}")
        n, confidence = summary.header["n"], 100 * summary.header["confidence"]
        size = f"{n['pool']:,} architectures, {wording.seeds(n['seeds'])}, {confidence:g} % intervals"
        style.heading(
            figure,
            f"{summary.header['title']}: what does each change do?",
            f"paired differences{_from(summary)}, {size}",
        )
        return style.svg(figure, f"Change of {_TAU.label} by each variant", "The numbers are in summary.json.")


def row_names(summary: Summary) -> list[str]:
    """The variants' labels, each with its base's unless that is the usual one or the label says so itself."""
    usual, labels = _usual_base(summary), summary.labels
    return [wording.with_base(labels[change.variant], labels[change.base], usual) for change in summary.changes]


def _usual_base(summary: Summary) -> str | None:
    """Label of what variants are compared with where nothing else is named, if anything is."""
    bases = {change.base: summary.labels[change.base] for change in summary.changes}
    return bases.get(summary.strategies[0]) if len(bases) > 1 else next(iter(bases.values()), None)


def _from(summary: Summary) -> str:
    usual = _usual_base(summary)
    others = len({change.base for change in summary.changes}) > 1
    return "" if usual is None else f" from {usual}{' or what is in brackets' if others else ''}"


def _difference(axes: Axes, y: float, value: Value, colour: str, *, filled: bool) -> None:
    if math.isnan(value.value):
        return
    axes.plot((value.low, value.high), (y, y), color=colour, linewidth=1.6)
    face = colour if filled else style.PAPER
    axes.plot(value.value, y, "o", color=face, markeredgecolor=colour, markersize=6, markeredgewidth=1.5)


def _printed(value: Value) -> tuple[str, str]:
    """The number and its colour: quiet where nothing is decided."""
    colour = {"helps": INK, "hurts": WARNING}.get(effect(value), QUIET)
    return with_interval(_TAU, value.value, value.low, value.high, signed=True), colour
