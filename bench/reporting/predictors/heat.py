"""A table whose cells are the darker the larger they are: many predictors against many conditions, at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.ranking.arrays import FloatArray
from nasrank.bench.reporting.figures import style
from nasrank.bench.reporting.figures.style import AFTER, INK, QUIET, WARNING
from nasrank.bench.reporting.figures.svg_text import svg

ROW = 0.23  # inches
MOST_CHARACTERS = 34
STRONGEST = 0.75
"""Opacity of the strongest cell: numbers are to be read on it."""


def draw(
    names: Sequence[str],
    columns: Sequence[str],
    values: FloatArray,
    *,
    title: str,
    subtitle: str,
    full: float = 1.0,
    signed: bool = False,
) -> str:
    """SVG text.

    Args:
        values: `(names, columns)`, NaN for an empty cell; those below 0 are of the colour of what got worse.
        full: absolute value of the strongest colour.
        signed: whether numbers are differences, written with their signs.
    """
    with style.drawing():
        shown = [_short(name) for name in names]
        left = max(1.0, 0.25 + 0.066 * max(map(len, shown), default=0))
        heads = [_wrapped(one_line(column)) for column in columns]
        top = style.head(subtitle) + 0.1 + 0.16 * max(map(len, heads), default=1)
        figure = Figure(figsize=(style.WIDTH, top + ROW * len(names) + 0.15))
        axes = figure.add_subplot()
        figure.subplots_adjust(**style.inches(figure, left, 0.1, 0.1, top))
        axes.set(xlim=(0, len(columns)), ylim=(len(names), 0))
        axes.set_axis_off()
        for row, name in enumerate(shown):
            axes.annotate(
                name,
                (0, row + 0.5),
                (-5, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                color=INK,
                fontsize=8.5,
            )
            for column in range(len(columns)):
                value = float(values[row, column])
                if math.isnan(value):
                    continue
                strength = STRONGEST * min(1.0, abs(value) / full)
                colour = WARNING if value < 0 else AFTER
                axes.add_patch(
                    Rectangle((column + 0.03, row + 0.06), 0.94, 0.88, facecolor=colour, alpha=strength, linewidth=0)
                )
                text = f"{value:{'+' if signed else ''}.2f}".replace("-", "−")
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=INK, fontsize=8.5)
        for column, lines in enumerate(heads):
            for line, text in enumerate(reversed(lines)):
                axes.annotate(
                    text,
                    (column + 0.5, 0),
                    (0, 4 + 10.5 * line),
                    textcoords="offset points",
                    ha="center",
                    color=QUIET,
                    fontsize=8.5,
                )
        style.heading(figure, title, subtitle)
        return svg(figure, title, _description(names, columns, values))


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 14) or [""]


def _short(name: str) -> str:
    text = one_line(name)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _description(names: Sequence[str], columns: Sequence[str], values: FloatArray) -> str:
    rows = []
    for name, row in zip(names, values, strict=True):
        cells = (f"{column} {value:.2f}" for column, value in zip(columns, row, strict=True) if not math.isnan(value))
        rows.append(f"{name}: {', '.join(cells)}")
    return "; ".join(rows) + "."
