"""The cells of a report's tables, and how its numbers were made. Its sentences are in `sentences`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nasrank.bench.judging.report import Judged, MetricValue, RankReport
from nasrank.bench.judging.sentences import MAIN

MISSING = "–"

HEADS = {
    "tau": "tau-b",
    "spearman": "rho",
    "sparse_tau": "sparse",
    "sparse_tau_rounded": "rounded",
    "tau_top50": "top 50 %",
    "tau_top10": "top 10 %",
    "precision_top10": "P@10 %",
    "best_rank_at10": "rank@10",
    "regret_at10": "regret@10",
}
"""Short heads for a terminal; `legend` says what they mean."""

LONGEST_LABEL = 32
"""Characters of a label in a terminal."""

SHOWN_DIFFERENCES = 12
"""In the terminal and in table.md; all of them are in table.csv and summary.json."""


@dataclass(frozen=True)
class TextTable:
    """Texts, the first column to the left and the others to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def main_table(report: RankReport) -> TextTable:
    """A row a column or baseline: tau with its interval, the other metrics, ties."""
    metrics = report.metrics
    head = ("", *(_head(one) for one in metrics.values()), "ties")
    rows = [_row(report, one) for one in report.columns]
    if report.ceiling is not None:
        known = report.ceiling.metrics
        cells = [f"{known[name]:.3f}" if name in known else "" for name in metrics]
        rows.append(("noise ceiling", *cells, ""))
    return TextTable(head, tuple(rows))


def _head(one: MetricValue) -> str:
    notes = ["points"] * (one.unit == "points") + ["lower is better"] * (not one.higher_is_better)
    return f"{one.label} ({', '.join(notes)})" if notes else one.label


def _row(report: RankReport, one: Judged) -> tuple[str, ...]:
    cells = []
    for metric in report.metrics:
        value = report.value(one.name, metric)
        cells.append(_cell(value))
    return (f"{one.label}, baseline" if one.baseline else one.label, *cells, f"{100 * one.ties:.1f} %")


def _cell(one: MetricValue) -> str:
    words, interval = _number(one), _interval(one)
    return f"{words} ({interval})" if interval else words


def _number(one: MetricValue) -> str:
    return MISSING if math.isnan(one.value) else f"{one.value:.{_decimals(one)}f}"


def _decimals(one: MetricValue) -> int:
    return {"rank": 1, "points": 2}.get(one.unit, 3)


def short_table(report: RankReport, longest: int = LONGEST_LABEL) -> TextTable:
    """The same in little room: short heads, labels of `longest` characters, and the interval of tau alone."""
    metrics = [name for name in report.metrics if name in HEADS]
    rows = []
    for one in report.columns:
        values = [report.value(one.name, name) for name in metrics]
        cells = [_cell(value) if value.metric == MAIN else _number(value) for value in values]
        rows.append((shortened(one.label, longest), *cells, f"{100 * one.ties:.1f} %"))
    if report.ceiling is not None:
        known = report.ceiling.metrics
        rows.append(("noise ceiling", *(f"{known[name]:.3f}" if name in known else "" for name in metrics), ""))
    return TextTable(("", *(HEADS[name] for name in metrics), "ties"), tuple(rows))


def shortened(label: str, longest: int = LONGEST_LABEL) -> str:
    """A label of at most so many characters."""
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def metric_table(report: RankReport, longest: int) -> TextTable:
    """Every metric of every column in a row of its own, so that none is too wide for a phone."""
    head = ("metric", "of", "value", "interval", "resamples")
    rows = []
    for metric, one in report.metrics.items():
        for column in report.columns:
            value = report.value(column.name, metric)
            interval = value.reason or _interval(value)
            cells = (_number(value), interval, f"{value.draws:,}, {value.way}")
            rows.append((_head(one), shortened(column.label, longest), *cells))
    return TextTable(head, tuple(rows))


def _interval(one: MetricValue) -> str:
    decimals = _decimals(one)
    return "" if math.isnan(one.low) else f"{one.low:.{decimals}f} to {one.high:.{decimals}f}"


def difference_table(
    report: RankReport, most: int | None = SHOWN_DIFFERENCES, longest: int = LONGEST_LABEL
) -> TextTable:
    """Paired differences in tau, the largest first, with their uncorrected interval and the corrected decision."""
    ordered = sorted(report.differences, key=lambda one: -abs(one.value))[:most]
    rows = []
    for one in ordered:
        first, second = (shortened(name, longest) for name in (one.first, report.column(one.second).label))
        verdict = "decided" if one.decided else "undecided"
        if one.decided_alone and not one.decided:
            verdict = "undecided, decided alone"
        rows.append((f"{first} − {second}", f"{one.value:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", verdict))
    return TextTable(("difference in tau-b", "value", "its own interval", "with Holm's correction"), tuple(rows))


def method(report: RankReport) -> str:
    """How the intervals were made."""
    ways: dict[str, list[str]] = {}
    for one in report.metrics.values():
        ways.setdefault(f"{one.way}, {one.draws:,} draws", []).append(one.label)
    words = "; ".join(f"{way}: {_some(labels)}" for way, labels in ways.items())
    seeds = max(one.seeds for one in report.columns)
    over = f"architectures and {seeds} seeds" if seeds > 1 else "architectures"
    return f"intervals of {report.header['confidence']:.0%} over {over} ({words})"


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels) if len(labels) < 4 else f"{len(labels)} metrics"


def legend(report: RankReport) -> str:
    """What the short heads mean."""
    return "; ".join(f"{HEADS[name]}: {_head(one)}" for name, one in report.metrics.items() if name in HEADS)


def ceiling_words(report: RankReport) -> str:
    """What the noise ceiling is."""
    found = report.ceiling
    if found is None:
        return "noise ceiling: nothing is recorded of this truth, and too few of its architectures have several seeds"
    return f"noise ceiling ({found.source}, {found.architectures:,} architectures): {found.second}"
