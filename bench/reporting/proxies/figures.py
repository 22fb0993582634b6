"""The figures of a report on zero-cost proxies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nasrank.bench.analysis.proxies_summary import TAU, ProxySummary
from nasrank.bench.reporting.predictors import forest, heat
from nasrank.bench.reporting.predictors.files import smaller
from nasrank.bench.reporting.predictors.forest import Panel, Point
from nasrank.bench.reporting.proxies.say import Column, ProxySay

CAPTIONS = {
    "tau": "Tau-b of 1 is the truth's order, 0 none, -1 the reverse. Signs are those of the authors.",
    "truths": "The same scores against several truths, on the largest part of each space.",
    "changes": "Tau-b in the changed set-up minus in that of the part, on the same architectures.",
}

MOST_PANELS = 4

_FULL = 0.3
"""Difference in tau that has the strongest colour."""


def figures(summary: ProxySummary) -> dict[str, str]:
    """SVG texts by name: of all truths where each space has one part, else of all parts, and of truths apart."""
    say = ProxySay(summary)
    one_each = len(say.of_spaces) == len(summary.parts)
    made = {"tau": _taus(summary, _chosen(say.firsts, say.columns) if one_each else say.firsts[:MOST_PANELS])}
    if not one_each and any(len(part.truths) > 1 for part in summary.parts):
        of_largest = [column for column in say.columns if column.part in [one.part for one in say.largest]]
        made["truths"] = _taus(summary, _chosen(say.largest, of_largest))
    if summary.changes:
        made["changes"] = _changes(summary)
    return {name: smaller(text) for name, text in made.items()}


def _chosen(firsts: Sequence[Column], columns: Sequence[Column]) -> list[Column]:
    """At most four of the columns, in their order: these first ones, and then further ones."""
    wanted = [*firsts, *(one for one in columns if one not in firsts)][:MOST_PANELS]
    return [one for one in columns if one in wanted]


def _taus(summary: ProxySummary, columns: Sequence[Column]) -> str:
    say = ProxySay(summary)
    shown = {row.predictor for column in columns for row in say.ranked(column)}
    order = [one for one in say.order() if one.name in shown]
    parts = {column.part.name: column.part for column in columns}.values()
    sizes = ", ".join(
        f"{part.name} has {part.architectures:,} architectures and {part.seeds} seed(s)" for part in parts
    )
    return forest.draw(
        [one.label for one in order],
        [_panel(summary, say, column) for column in columns],
        title="How well does each proxy rank?",
        subtitle=f"{sizes}; intervals of 95 % over architectures and seeds",
        axis="tau-b",
        apart=[one.label for one in order if one.parts],
    )


def _panel(summary: ProxySummary, say: ProxySay, column: Column) -> Panel:
    rows = {row.predictor: row for row in say.ranked(column)}
    labels = {one.name: one.label for one in summary.predictors}
    published = {
        labels[one.predictor]: one.value
        for one in reversed(summary.published)  # the first of several is the one that is shown
        if (one.space, one.truth, one.metric, one.mark) == (column.part.space, column.truth.label, TAU, "V")
    }
    return Panel(
        title=say.head(column),
        points={labels[name]: Point(row.mean, row.ci_low, row.ci_high) for name, row in rows.items()},
        published=published,
        ceiling=column.truth.ceiling,
    )


def _changes(summary: ProxySummary) -> str:
    say, order = ProxySay(summary), ProxySay(summary).order()
    values = np.full((len(order), len(summary.changes)), np.nan)
    for row, one in enumerate(order):
        for column, change in enumerate(summary.changes):
            after, before, _ = say.changed(change, one.name)
            if after is not None and before is not None:
                values[row, column] = after.mean - before.mean
    several = len({change.part for change in summary.changes}) > 1
    heads = [f"{change.part}: {change.label}" if several else change.label for change in summary.changes]
    return heat.draw(
        [one.label for one in order],
        heads,
        values,
        title="What is each proxy sensitive to?",
        subtitle="Difference in tau-b with the truth from the set-up of the part, on the same architectures and seeds",
        full=_FULL,
        signed=True,
    )
