"""table.csv: one value a line, for other programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence

from bench.ranking import METRICS
from bench.reporting.summary import DECIMALS, Baseline, Row, Summary

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
    """One line a value: `kind` is super-net, baseline or ceiling, `side` before, after, delta or empty.

    Of a part of the pool, `kind` says in brackets which. `low` and `high` bound the interval; a value that could not
    be computed is empty and has a `reason`.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kind, name, metric, side, values, n_seeds, pool_size, below, reason in _lines(summary):
        cells = ["" if math.isnan(value) else f"{value:.{DECIMALS}f}" for value in values]
        described = METRICS[metric]
        higher = str(described.higher_is_better).lower()
        writer.writerow([kind, name, metric, described.unit, higher, side, *cells, n_seeds, pool_size, below, reason])
    return file.getvalue()


_Line = tuple[str, str, str, str, tuple[float, float, float], int | str, int, str, str]


def _lines(summary: Summary) -> Iterator[_Line]:
    nothing = float("nan")
    yield from _ranked(summary.rows, summary.baselines, summary.header["n"]["pool"], "")
    for group in summary.groups:
        yield from _ranked(group.rows, group.baselines, group.architectures, f" ({group.trait}: {group.value})")
    for ceiling in summary.ceilings:
        for metric, agreement in ceiling.metrics.items():
            values = (agreement, nothing, nothing)
            yield "ceiling", ceiling.second_column, metric, "", values, "", ceiling.architectures, "", ""


def _ranked(rows: Sequence[Row], baselines: Mapping[str, Baseline], pool: int, part: str) -> Iterator[_Line]:
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
