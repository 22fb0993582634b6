"""From a printed number back to the lines of the frame."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import number, percent, truth_value

NUMBER = re.compile(r"(?<![\w.])[+−]?\d[\d,]*(?:\.\d+)?(?: %)?")


def numbers_in(table: Table) -> set[str]:
    """Every number in a cell, as it is printed."""
    cells = [cell for _, lines in table.groups for _, cells in lines for cell in cells]
    return {text for cell in cells for text in NUMBER.findall(cell)}


def numbers_of(summary: Summary, lines: Iterable[Finding]) -> set[str]:
    """Those of lines, in every way in which a report prints them."""
    return {text for line in lines for text in _printed(summary, line)}


def _printed(summary: Summary, line: Finding) -> Iterator[str]:
    metric = METRICS.get(line.metric, METRICS["tau"])
    yield from NUMBER.findall(line.status)
    for value in (line.value, line.low, line.high):
        if not math.isnan(value):
            yield from (number(value, one) for one in (metric, METRICS["best_rank_at10"], METRICS["surpass_random10"]))
            yield number(value, metric, signed=True)
            yield truth_value(summary, value)
            yield from (f"{sign}{percent(value, decimals)}" for decimals in (0, 1) for sign in ("", "+"))
            yield f"{value:,.0f}"
            yield f"{value:.3g}"
