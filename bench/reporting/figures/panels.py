"""Small multiples: a panel an arm or row, in bands of as many columns as leave the fewest places empty."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from nasrank.bench.reporting.figures import style

MOST = 20
"""Panels; more could not be told apart, and each takes its space in the page."""

LEFT, RIGHT, GAP = 0.85, 0.15, 0.16  # inches
LINE = 0.15  # of a title
NUMBERS = 0.24  # below a band
BETWEEN = 0.12  # axes of the same panel
BELOW = 0.25  # the name of the abscissa
FEW, MANY = 3, 5  # columns
MOST_MARKED = 12
"""Points of a curve that have dots; more would be a chain of them."""


def left_out(panels: int, what: str = "rows") -> str:
    """What a subtitle says where not all have a panel."""
    return f"; the first {MOST} of {panels} {what}" if panels > MOST else ""


def columns_of(panels: int) -> int:
    """Columns for so many panels: few bands, few empty places."""
    if panels <= FEW:
        return panels
    return min(range(FEW, MANY + 1), key=lambda columns: -panels % columns + 1.5 * math.ceil(panels / columns))


@dataclass(frozen=True)
class Layout:
    """Where everything stands, in inches.

    Attributes:
        heights: of the axes of a panel, from above, by what they show.
        extra: above the axes of every panel, below its title.
    """

    titles: Sequence[str]
    columns: int
    width: float
    heights: Mapping[str, float]
    extra: float = 0.0

    @classmethod
    def of(
        cls,
        titles: Sequence[str],
        shares: Mapping[str, float],
        tallest: float = 2.0,
        *,
        columns: int = 0,
        extra: float = 0.0,
    ) -> Layout:
        """Panels that fill the width; heights are `shares` of the width, or of `tallest` where that is less."""
        columns = columns or columns_of(len(titles))
        width = (style.WIDTH - LEFT - RIGHT - GAP * (columns - 1)) / columns
        heights = {name: share * min(width, tallest) for name, share in shares.items()}
        return cls(titles, columns, width, heights, extra)

    def lines(self, place: int) -> list[str]:
        """Of a title, which does not run into the next one; cut where three do not suffice."""
        most = int(self.width / 0.092 / style.ROOM)
        return wrap(self.titles[place], most, max_lines=3, placeholder=" …", break_on_hyphens=False)

    def above(self, band: int) -> float:
        """Inches of the titles of a band."""
        places = range(band * self.columns, min((band + 1) * self.columns, len(self.titles)))
        return 0.08 + LINE * max(len(self.lines(place)) for place in places) + self.extra

    @property
    def tall(self) -> float:
        """Of the axes of a band, with what is between them and the numbers below."""
        return sum(self.heights.values()) + BETWEEN * (len(self.heights) - 1) + NUMBERS

    @property
    def bands(self) -> int:
        """How many there are."""
        return math.ceil(len(self.titles) / self.columns)


def small_multiples(
    layout: Layout, title: str, subtitle: str, abscissa: str, ordinates: Mapping[str, str], marks: Sequence[Line2D] = ()
) -> tuple[Figure, list[dict[str, Axes]]]:
    """A figure with a panel a title.

    Args:
        ordinates: names of what is drawn, by the keys of the layout's heights.
        marks: for the legend below the heading; none where there are none.

    Returns:
        The figure, and the axes of each panel.
    """
    top = style.head(subtitle) + (0.28 if marks else 0.02)
    height = top + sum(layout.above(band) + layout.tall for band in range(layout.bands)) + BELOW
    figure = Figure(figsize=(style.WIDTH, height))
    panels: list[dict[str, Axes]] = []
    first: dict[str, Axes] = {}
    for place in range(len(layout.titles)):
        band, column = divmod(place, layout.columns)
        if not column:
            top += layout.above(band) + (layout.tall if band else 0)
        panel, y = {}, top
        for name, tall in layout.heights.items():
            box = (LEFT + column * (layout.width + GAP), height - y - tall, layout.width, tall)
            axes = figure.add_axes(
                (box[0] / style.WIDTH, box[1] / height, box[2] / style.WIDTH, box[3] / height),
                sharey=first.get(name),
            )
            axes.patch.set_visible(False)
            lowest = name == list(layout.heights)[-1]
            axes.tick_params(left=not column, labelleft=not column, bottom=lowest, labelbottom=lowest)
            if not column:
                axes.set_ylabel(ordinates[name])
                axes.yaxis.set_label_coords(-0.5 / layout.width, 0.5)
            first.setdefault(name, axes)
            panel[name] = axes
            y += tall + BETWEEN
        panels.append(panel)
        _title(figure, layout, place, box[0], height - top)
    figure.supxlabel(abscissa, fontsize=9.5, y=0.06 / height, va="bottom")
    style.heading(figure, title, subtitle)
    if marks:
        style.legend(figure, marks, style.head(subtitle) + 0.06)
    return figure, panels


def dots(axes: Axes, x: npt.ArrayLike, y: npt.ArrayLike, colour: str, size: float, alpha: float = 1.0) -> None:
    """Points as one path of strokes without length: a tenth of the bytes of as many markers."""
    places = np.column_stack([x, y]).astype(np.float64)
    places = places[~np.isnan(places).any(axis=1)]
    path = Path(np.repeat(places, 2, axis=0), np.tile([Path.MOVETO, Path.LINETO], len(places)))
    look: Any = {"linewidth": size, "capstyle": "round", "alpha": alpha, "snap": False}
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=colour, zorder=2, **look))


def fractions(axes: Axes) -> None:
    """An abscissa of fractions of training."""
    axes.set_xlim(0, 1.03)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])


def _title(figure: Figure, layout: Layout, place: int, left: float, bottom: float) -> None:
    """On lines of their own, the last just above the panel."""
    lines = layout.lines(place)
    for line, text in enumerate(reversed(lines)):
        y = bottom + layout.extra + 0.07 + LINE * line
        figure.text(left / style.WIDTH, y / figure.get_figheight(), text, fontsize=9, fontweight="bold", va="baseline")
