"""How a run is going, in words: times, and what tasks tell of themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nasrank.bench.execution.watch import STEP, STEPS

_COARSE = ((90, 10), (600, 60), (3600, 300))
"""Up to so many seconds, the rest is said in steps of so many; beyond, in quarters of an hour."""


def elapsed_in_words(seconds: float) -> str:
    """As a clock shows it: 0:07, 12:30 or 1:02:30."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def left_in_words(seconds: float | None) -> str:
    """About how long, in steps that a jump of the estimate seldom crosses; empty where it is not known."""
    if seconds is None:
        return ""
    step = next((step for most, step in _COARSE if seconds < most), 900)
    rounded = max(step, round(seconds / step) * step)
    if rounded < 60 or (step == 10 and rounded <= 90):
        return f"left about {rounded} s"
    minutes = rounded // 60
    return f"left about {minutes} min" if minutes < 60 else f"left about {minutes // 60} h {minutes % 60} min"


def figures_in_words(figures: Mapping[str, float]) -> str:
    """How many steps of a task are done, where it tells them, then the others; counts stand before what they count."""
    rest = {name: value for name, value in figures.items() if name not in (STEP, STEPS)}
    words = [
        f"{value:,} {name}" if isinstance(value, int) else f"{name} {number(value)}" for name, value in rest.items()
    ]
    if STEP in figures:
        total = f" of {figures[STEPS]:,.0f}" if STEPS in figures else ""
        words.insert(0, f"step {figures[STEP]:,.0f}{total}")
    return ", ".join(words)


def number(value: float) -> str:
    """A count as it is, another number to two decimals, and none as "n/a"."""
    if isinstance(value, int):
        return f"{value:,}"
    return "n/a" if math.isnan(value) else f"{value:.2f}".replace("-", "−")
