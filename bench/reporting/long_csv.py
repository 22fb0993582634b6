"""table.csv: one value a line, for other programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from nasrank.bench.analysis.summary import DECIMALS, MAIN_METRIC, Baseline, MetricRow, Summary
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.ranking import METRICS

COLUMNS = (
    "kind",
    "name",
    "metric",
    "unit",
    "higher_is_better",
    "side",
    "value",
    "low",
    "high",
    "n_seeds",
    "pool_size",
    "below_baseline",
    "reason",
)


def long_csv(summary: Summary) -> str:
    """One line a value: `kind` is super-net, baseline, ceiling, change or search; `side` before, after, delta or empty.

    Of a part of the pool, `kind` says in brackets which, of another score by which, and of a search what was found.
    A change is that of tau, on the side that `side` names. `low` and `high` bound the interval; a value that could not
    be computed is empty and has a `reason`.
    """
    return csv_text(COLUMNS, (_row(line, summary) for line in _lines(summary)))


def _row(line: _Line, summary: Summary) -> list[str | int]:
    kind, name, metric, side, values, *rest = line
    cells = ["" if math.isnan(value) else f"{value:.{DECIMALS}f}" for value in values]
    unit, higher = _described(metric, summary)
    return [kind, name, metric, unit, str(higher).lower(), side, *cells, *rest]


def _described(metric: str, summary: Summary) -> tuple[str, bool]:
    """Unit, and whether higher is better."""
    if metric in METRICS:
        return METRICS[metric].unit, METRICS[metric].higher_is_better
    unit = "percent" if summary.header["truth"]["metric"] == "accuracy" else ""
    units = {"accuracy": unit, "regret": "points" if unit else "", "rank": "rank", "surpasses": "probability"}
    return units[metric], metric in ("accuracy", "surpasses")


_Line = tuple[str, str, str, str, tuple[float, float, float], int | str, int, str, str]


def _lines(summary: Summary) -> Iterator[_Line]:
    nothing = float("nan")
    yield from _ranked(summary.rows, summary.baselines, summary.header["n"]["pool"], "")
    for group in summary.groups:
        yield from _ranked(group.rows, group.baselines, group.architectures, f" ({group.trait}: {group.value})")
    yield from _of_arms(summary)
    for ceiling in summary.ceilings:
        for metric, agreement in ceiling.metrics.items():
            values = (agreement, nothing, nothing)
            yield "ceiling", ceiling.second_column, metric, "", values, "", ceiling.architectures, "", ""


def _ranked(rows: Sequence[MetricRow], baselines: Mapping[str, Baseline], pool: int, part: str) -> Iterator[_Line]:
    for row in rows:
        for side, values in (
            ("before", (row.before, row.before_low, row.before_high)),
            ("after", (row.after, row.after_low, row.after_high)),
            ("delta", (row.delta, row.ci_low, row.ci_high)),
        ):
            below = " ".join(row.below_baseline) if side == "after" else ""
            reason = row.reason if math.isnan(values[0]) else ""
            yield f"super-net{part}", row.strategy, row.metric, side, values, row.n_seeds, pool, below, reason
    for name, baseline in baselines.items():
        for metric, value in baseline.metrics.items():
            values = (value.value, value.low, value.high)
            yield f"baseline{part}", name, metric, "", values, baseline.seeds, pool, "", ""


def _of_arms(summary: Summary) -> Iterator[_Line]:
    """Other scores, changes, parts and what was found."""
    n, nothing = summary.header["n"], float("nan")
    sides_of_scores = ("before", "after", "delta", "gain_before", "gain_after")
    by_score = [(f"super-net by {one.score}", one.strategy, one, sides_of_scores) for one in summary.estimators]
    changed = [("change", one.variant, one, ("before", "after")) for one in summary.changes]
    for kind, name, one, sides in (*by_score, *changed):
        for side in sides:
            value = getattr(one, side)
            if value is not None:
                yield kind, name, MAIN_METRIC, side, (value.value, value.low, value.high), n["seeds"], n["pool"], "", ""
    for one in summary.natural:
        for side in sides_of_scores[:3]:
            value, kind = getattr(one, side), f"super-net on the natural pool by {one.score}"
            values = (value.value, value.low, value.high)
            yield kind, one.strategy, MAIN_METRIC, side, values, n["seeds"], n["natural_pool"], "", ""
    for part in summary.parts:
        for kind, name in (
            ("super-net (within parts)", "within"),
            ("first row's super-net (within those parts)", "whole"),
        ):
            for side in ("before", "after"):
                values = (getattr(part, f"{name}_{side}"), nothing, nothing)
                yield kind, part.strategy, MAIN_METRIC, side, values, n["seeds"], n["pool"], "", ""
    for row in summary.search:
        for side, found in (("before", row.before), ("after", row.after)):
            for metric in ("accuracy", "regret", "rank", "surpasses"):
                values = (getattr(found, metric), nothing, nothing)
                yield (
                    f"search ({row.way})",
                    row.strategy,
                    metric,
                    side,
                    values,
                    n["seeds"],
                    n["pool"],
                    "",
                    found.missing,
                )
