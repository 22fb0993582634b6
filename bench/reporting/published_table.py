"""Figures of others beside a study's own."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nasrank.bench.analysis.analyse import NATURAL
from nasrank.bench.analysis.search import DERIVED, FOUND, HIGHEST
from nasrank.bench.analysis.summary import Published, Summary
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import words
from nasrank.bench.reporting.search_table import shown
from nasrank.bench.reporting.tables import Line, Table, both

_TAUS = ("tau", "tau_after")
_ACCURACIES = ("validation", "test")
_IN_PERCENT = ", %"
"""Ends quantities of others that are in percent."""


def published_table(summary: Summary) -> Table:
    """A line for all figures of the same runs: what others found, and what this study did."""
    runs: dict[tuple[str, str, str, str, str], list[Published]] = {}
    for one in summary.published:
        runs.setdefault((one.row, one.what, one.score, one.protocol, one.source), []).append(one)
    lines = tuple(_line(summary, figures) for figures in runs.values())
    return Table("published", "Figures that others print", ("published", "this study"), lines, where=())


def _line(summary: Summary, figures: Sequence[Published]) -> Line:
    first = figures[0]
    return f"{summary.pair(first.row).label}, {first.what}", (_theirs(figures), _ours(summary, figures))


def _theirs(figures: Sequence[Published]) -> str:
    taus = [_spread(one, 3) for one in figures if one.quantity in _TAUS]
    parts = [f"tau {' → '.join(taus)}"] if taus else []
    for one in figures:
        if one.quantity in _ACCURACIES:
            parts.append(f"{one.quantity} {_spread(one, 2)} %")
        elif one.quantity.endswith(_IN_PERCENT):
            parts.append(f"{one.quantity.removesuffix(_IN_PERCENT)} {_spread(one, 2)} %")
        elif one.quantity not in _TAUS:
            parts.append(f"{words.HEADS.get(one.quantity, one.quantity)} {_spread(one, 4).rstrip('0')}")
    return ", ".join(parts)


def _spread(one: Published, decimals: int) -> str:
    mean = f"{one.value:.{decimals}f}".replace("-", "−")
    return mean if math.isnan(one.deviation) else f"{mean} ± {one.deviation:.{decimals}f}"


def _ours(summary: Summary, figures: Sequence[Published]) -> str:
    """The same by the same score; of a search, what the row derives, if it does. Empty where that was not measured.

    What a row that ranks by angle derives was found by angle, and says nothing of a search by accuracy.
    """
    first = figures[0]
    pair = summary.pair(first.row)
    if first.quantity in _TAUS:
        found = []
        for name, part in (("tau", ""), ("on the natural pool", NATURAL)):
            if summary.level(pair, True, score=first.score, part=part).status != "not measured":
                found.append(f"{name} {both(score=first.score, part=part)(summary, pair)}")
        return ", ".join(found)
    if first.score != pair.score:
        return ""
    if first.quantity == "surpass_random10" or first.quantity in _ACCURACIES:
        way = next(
            way for way in (DERIVED, HIGHEST) if summary.level(pair, True, FOUND[0], part=way).status != "not measured"
        )
        sides = [shown(summary, [summary.level(pair, one, name, part=way) for name in FOUND]) for one in (False, True)]
        place = 3 if first.quantity == "surpass_random10" else 0
        return f"{way}: {sides[0][place]} → {sides[1][place]}"
    named = {METRICS[name].label: name for name in summary.metrics}
    alike = [one.quantity for one in figures if one.quantity in named]
    return ", ".join(f"{label} {both(named[label])(summary, pair)}" for label in alike)
