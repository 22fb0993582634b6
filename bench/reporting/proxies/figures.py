"""The figures of a report on zero-cost proxies."""

from __future__ import annotations

import numpy as np

from nasrank.bench.analysis.proxies_summary import TAU, ProxySummary
from nasrank.bench.reporting.predictors import forest, heat
from nasrank.bench.reporting.predictors.files import smaller
from nasrank.bench.reporting.predictors.forest import Panel, Point
from nasrank.bench.reporting.proxies.say import Column, ProxySay

CAPTIONS = {
    "tau": "Tau-b of 1 is the truth's order, 0 none, -1 the reverse. Signs are those of the authors.",
    "changes": "Tau-b in the changed set-up minus in that of the part, on the same architectures.",
}

MOST_PANELS = 4

_FULL = 0.3
"""Difference in tau that has the strongest colour."""


def figures(summary: ProxySummary) -> dict[str, str]:
    """SVG texts by name."""
    made = {"tau": _taus(summary)}
    if summary.changes:
        made["changes"] = _changes(summary)
    return {name: smaller(text) for name, text in made.items()}


def _taus(summary: ProxySummary) -> str:
    say = ProxySay(summary)
    order = say.order()
    columns = _chosen(say)
    several = len({column.part.space for column in columns}) > 1
    panels = [_panel(summary, say, column, several) for column in columns]
    counts = {column.part.name: column.part for column in columns}.values()
    sizes = ", ".join(f"{part.architectures:,} architectures of {part.space}, {part.seeds} seed(s)" for part in counts)
    return forest.draw(
        [one.label for one in order],
        panels,
        title="How well does each proxy rank?",
        subtitle=f"{sizes}; intervals of 95 % over architectures and seeds",
        axis="tau-b",
        apart=[one.label for one in order if one.parts],
    )


def _chosen(say: ProxySay) -> list[Column]:
    """At most four: the first truth of every part, then further ones in their order."""
    firsts, others = say.firsts, [one for one in say.columns if one.truth is not one.part.truths[0]]
    wanted = [*firsts[:MOST_PANELS], *others][:MOST_PANELS]
    return [one for one in say.columns if one in wanted]


def _panel(summary: ProxySummary, say: ProxySay, column: Column, several: bool) -> Panel:
    rows = {row.predictor: row for row in say.ranked(column)}
    labels = {one.name: one.label for one in summary.predictors}
    published = {
        labels[one.predictor]: one.value
        for one in reversed(summary.published)  # the first of several is the one that is shown
        if (one.space, one.truth, one.metric, one.mark) == (column.part.space, column.truth.label, TAU, "V")
    }
    return Panel(
        title=f"{column.part.space}, {column.truth.label}" if several else column.truth.label,
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
