"""Values of many predictors with their intervals, a line each, in panels beside each other that share the lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, FAINT, INK, PAPER, QUIET, WARNING
from nasrank.bench.reporting.figures.svg_text import svg

ROW = 0.23  # inches
MOST_CHARACTERS = 34
"""Of the name of a line."""


@dataclass(frozen=True)
class Point:
    """A value in its interval, whose ends may be NaN."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Panel:
    """What one pair of axes shows.

    Attributes:
        points: by the name of the line; a line may lack one.
        published: values of others, by the name of the line.
        ceiling: a line across; NaN for none.
    """

    title: str
    points: Mapping[str, Point]
    published: Mapping[str, float] = field(default_factory=dict)
    ceiling: float = math.nan


TICKS = (-0.5, 0.0, 0.5, 1.0)
"""Of the horizontal axis; panels lie close, so that none is at the left end."""


def draw(
    names: Sequence[str], panels: Sequence[Panel], *, title: str, subtitle: str, axis: str, apart: Sequence[str] = ()
) -> str:
    """SVG text.

    Args:
        names: of the lines, from above.
        axis: what the horizontal axis is.
        apart: names of lines that are drawn in the other colour, such as aggregates.
    """
    with style.drawing():
        top = style.head(subtitle) + 0.06 + 0.2 + 0.42
        figure = Figure(figsize=(style.WIDTH, top + ROW * (len(names) + 0.6) + 0.55))
        grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        shown = [_short(name) for name in names]
        left = max(1.0, 0.25 + 0.066 * max(map(len, shown), default=0))
        figure.subplots_adjust(**style.inches(figure, left, 0.15, 0.5, top), wspace=0.08)
        grid[0].set_ylim(len(names) - 0.4, -0.6)
        low, high = _range(panels)
        for axes, panel in zip(grid, panels, strict=True):
            axes.set_xlim(low, high)
            _panel(axes, names, panel, set(apart))
            axes.set_title(one_line(panel.title).replace(", ", ",\n"), fontsize=8)
            axes.set_xticks([tick for tick in TICKS if low <= tick <= high])
            axes.set_xlabel(axis)
        grid[0].set_yticks(range(len(names)), shown, color=INK)
        style.heading(figure, title, subtitle)
        style.legend(figure, _marks(panels, bool(apart)), style.head(subtitle) + 0.06)
        return svg(figure, title, _description(names, panels))


def _range(panels: Sequence[Panel]) -> tuple[float, float]:
    ends = [0.0]
    for panel in panels:
        ends += [end for one in panel.points.values() for end in (one.value, one.low, one.high)]
        ends += [*panel.published.values(), panel.ceiling]
    known = [end for end in ends if math.isfinite(end)]
    return max(-1.0, min(known) - 0.04), min(1.0, max(known) + 0.04)


def _panel(axes: Axes, names: Sequence[str], panel: Panel, apart: set[str]) -> None:
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=FAINT, linewidth=1)
    if math.isfinite(panel.ceiling):
        axes.axvline(panel.ceiling, color=QUIET, linewidth=1, linestyle=style.DASHES[2])
    for place, name in enumerate(names):
        axes.axhline(place, color=FAINT, linewidth=0.4)
        point, colour = panel.points.get(name), BASELINE if name in apart else AFTER
        if name in panel.published:
            axes.plot(panel.published[name], place, marker="D", markersize=5.5, color=WARNING, markerfacecolor=PAPER)
        if point is None or math.isnan(point.value):
            continue
        axes.plot((point.low, point.high), (place, place), color=colour, linewidth=1.6)
        axes.plot(point.value, place, marker="o", markersize=5, color=colour)


def _marks(panels: Sequence[Panel], apart: bool) -> list[Line2D]:
    marks = [Line2D([], [], label="measured here, with its interval", color=AFTER, marker="o", markersize=5)]
    if apart:
        marks.append(Line2D([], [], label="of several", color=BASELINE, marker="o", markersize=5))
    if any(panel.published for panel in panels):
        look = {"color": WARNING, "marker": "D", "markersize": 5.5, "markerfacecolor": PAPER, "linestyle": ""}
        marks.append(Line2D([], [], label="published", **look))  # type: ignore[arg-type]
    if any(math.isfinite(panel.ceiling) for panel in panels):
        marks.append(Line2D([], [], label="noise ceiling", color=QUIET, linewidth=1, linestyle=style.DASHES[2]))
    return marks


def _short(name: str) -> str:
    text = one_line(name)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _description(names: Sequence[str], panels: Sequence[Panel]) -> str:
    """The numbers of every panel, in the order of the lines."""
    parts = []
    for panel in panels:
        known = (f"{name} {panel.points[name].value:.3f}" for name in names if name in panel.points)
        parts.append(f"{panel.title}: {', '.join(known)}")
    return "; ".join(parts) + "."
