"""Which change helps, which hurts: every variant of a study against the arm that is its base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import Change, Value
from nasrank.bench.analysis.scores import Side
from nasrank.bench.runner.arms import Row
from nasrank.bench.runner.design import Design

Effect = Literal["helps", "hurts", "undecided", "no value"]


def changes(design: Design, sides: Mapping[str, tuple[Side, Side]], compare: Comparison) -> tuple[Change, ...]:
    """Paired differences of tau, the greatest with landmarks first.

    Args:
        sides: without and with landmarks, by arm.
    """
    found = []
    for name, row in design.rows.items():
        base = design.rows[row.base]
        if row is base:
            continue
        before, after = (compare.values(*pair)[2] for pair in zip(sides[base.name], sides[name], strict=True))
        shared = row.before == base.before
        found.append(Change(name, base.name, differing(row, base), None if shared else before, after))
    return tuple(sorted(found, key=lambda change: (change.after.value != change.after.value, -change.after.value)))


def differing(row: Row, base: Row) -> tuple[str, ...]:
    """In what the settings of two rows differ: "strategy", "switches" or names of sections of the study, sorted."""
    ours, theirs = row.settings, base.settings
    return tuple(sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)))


def effect(difference: Value) -> Effect:
    """What a difference of tau means: its interval has to exclude 0."""
    if not difference.low <= difference.high:  # NaN
        return "no value"
    return "helps" if difference.low > 0 else "hurts" if difference.high < 0 else "undecided"
