"""Small multiples: a panel an arm, in bands of a few columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap

from bench.reporting.summary import Summary

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


def title(summary: Summary, arm: str, most: int = 22) -> str:
    """The label of an arm, on two lines where it would run into the next panel's, and cut where they do not suffice."""
    return "\n".join(wrap(summary.labels[arm], most, max_lines=2, placeholder=" …", break_on_hyphens=False))
