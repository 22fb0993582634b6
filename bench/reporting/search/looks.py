"""How the lines of searchers look, the same in every figure of a report."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import Any, NamedTuple

from matplotlib.lines import Line2D

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.figures.style import AFTER, BASELINE, BEFORE, INK

LONG = 28  # characters of a name, of which four do not fit beside each other

PINK, YELLOW, SKY = "#cc79a7", "#e69f00", "#56b4e9"  # not of the theme: readable on both papers


class Look(NamedTuple):
    """Colour, mark and dashes of a line."""

    colour: str
    mark: str
    dashes: Any


_DASHED = (0, (4, 2))
_LOOKS = (
    Look(BEFORE, "o", "-"),
    Look(AFTER, "s", "-"),
    Look(BASELINE, "D", "-"),
    Look(PINK, "^", "-"),
    Look(YELLOW, "v", "-"),
    Look(SKY, "P", "-"),
    Look(INK, "X", "-"),
    Look(BEFORE, "o", _DASHED),
    Look(AFTER, "s", _DASHED),
    Look(BASELINE, "D", _DASHED),
    Look(PINK, "^", _DASHED),
    Look(YELLOW, "v", _DASHED),
    Look(SKY, "P", _DASHED),
    Look(INK, "X", _DASHED),
)


def looks(searchers: Iterable[str]) -> dict[str, Look]:
    """Of searchers in the order of the study; a fifteenth looks like the first."""
    return dict(zip(searchers, cycle(_LOOKS), strict=False))


def columns(summary: SearchSummary, shown: Iterable[str]) -> int:
    """Of the legend: as many as long names have room for."""
    return 4 if max(len(summary.label(name)) for name in shown) <= LONG else 3


def marks(summary: SearchSummary, shown: dict[str, Look]) -> list[Line2D]:
    """For the legend."""
    return [
        Line2D([], [], label=summary.label(name), color=look.colour, marker=look.mark, markersize=4, ls=look.dashes)
        for name, look in shown.items()
    ]
