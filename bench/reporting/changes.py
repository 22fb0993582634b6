"""Which change helps, which hurts: every variant of a study against the strategy that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bench.reporting.comparison import Comparison
from bench.reporting.findings import Change, Value
from bench.reporting.scores import Side
from bench.runner.design import Design

Effect = Literal["helps", "hurts", "undecided", "no value"]


def changes(design: Design, sides: Mapping[str, tuple[Side, Side]], compare: Comparison) -> tuple[Change, ...]:
    """Paired differences of tau, the greatest with landmarks first; of variants whose strategy is an arm, too.

    Args:
        sides: without and with landmarks, by arm.
    """
    found = []
    for name, arm in design.arms.items():
        base = arm.strategy.name
        if name == base or base not in sides:
            continue
        before, after = (compare.values(*pair)[2] for pair in zip(sides[base], sides[name], strict=True))
        shared = arm.plain == base
        found.append(Change(name, base, tuple(sorted(arm.changed)), None if shared else before, after))
    return tuple(sorted(found, key=lambda change: (change.after.value != change.after.value, -change.after.value)))


def effect(difference: Value) -> Effect:
    """What a difference of tau means: its interval has to exclude 0."""
    if not difference.low <= difference.high:  # NaN
        return "no value"
    return "helps" if difference.low > 0 else "hurts" if difference.high < 0 else "undecided"
