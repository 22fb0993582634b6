"""Small multiples: a panel an arm, in bands of a few columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from nasrank.bench.analysis.summary import Summary

COLUMNS = 4
MOST = 20
"""Panels; more could not be told apart, and each takes its space in the page."""


def shown(arms: Sequence[str]) -> tuple[str, ...]:
    """The first of them, as many as there are panels for."""
    return tuple(arms[:MOST])


def left_out(arms: Sequence[str]) -> str:
    """What a heading says where not all have a panel."""
    return f"; the first {MOST} of {len(arms)}" if len(arms) > MOST else ""


def bands_and_columns(panels: int) -> tuple[int, int]:
    """How these are laid out; one panel alone would be stretched, and gets an empty one beside it."""
    return math.ceil(panels / COLUMNS), min(max(panels, 2), COLUMNS)


def label_lowest(grid: np.ndarray) -> None:
    """Numbers below the lowest panel of each column, which in a last band that is not full is above the figure's foot.

    Args:
        grid: of axes, `(rows, columns)`, with one abscissa for all; those without a panel are not visible.
    """
    for column in grid.T:
        for lowest in [axes for axes in column if axes.get_visible()][-1:]:
            lowest.tick_params(labelbottom=True)


def title(summary: Summary, arm: str, most: int = 22) -> str:
    """The label of an arm, on two lines where it would run into the next panel's, and cut where they do not suffice."""
    return "\n".join(wrap(summary.labels[arm], most, max_lines=2, placeholder=" …", break_on_hyphens=False))
