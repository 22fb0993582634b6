"""The tables of a report, without a format: table.md, table.tex and the page print the same cells."""

from __future__ import annotations

from dataclasses import dataclass

from bench.ranking import METRICS
from bench.reporting import wording
from bench.reporting.summary import MAIN_METRIC, Row, Summary
from bench.reporting.wording import interval, number, percent, with_interval

_TAU = METRICS[MAIN_METRIC]


@dataclass(frozen=True)
class Cell:
    """Its text, and whether it is a guided super-net's value that a baseline beats."""

    text: str = ""
    below: bool = False


@dataclass(frozen=True)
class Table:
    """A line is its label and its cells; `references` are what the lines above them are read against."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]
    references: tuple[tuple[str, tuple[Cell, ...]], ...] = ()


def main_table(summary: Summary) -> Table:
    """Tau of every strategy before and after guidance; the baselines and the ceiling."""
    lines = [(summary.labels[name], _main_line(summary.row(name, MAIN_METRIC), summary)) for name in summary.strategies]
    references = []
    for name, baseline in summary.baselines.items():
        value = baseline.metrics[MAIN_METRIC]
        shown = with_interval(_TAU, value.value, value.low, value.high)
        references.append((wording.baseline_label(summary, name), _cells("", shown, "", "")))
    for ceiling in summary.ceilings:
        shown = number(_TAU, ceiling.metrics[MAIN_METRIC])
        references.append((f"noise ceiling: {ceiling.second}", _cells("", shown, "", "")))
    return Table(("before", "after", "difference", "stays below"), tuple(lines), tuple(references))


def _main_line(row: Row, summary: Summary) -> tuple[Cell, ...]:
    return (
        Cell(with_interval(_TAU, row.before, row.before_low, row.before_high)),
        Cell(with_interval(_TAU, row.after, row.after_low, row.after_high), below=bool(row.below_baseline)),
        Cell(with_interval(_TAU, row.delta, row.ci_low, row.ci_high, signed=True)),
        Cell(wording.stays_below(row, summary)),
    )


def metrics_table(summary: Summary) -> Table:
    """Every metric, before and after guidance, beside baselines and ceiling; and how much is tied."""
    best = summary.ceilings[0].metrics if summary.ceilings else {}
    lines = []
    for name in summary.metrics:
        metric = METRICS[name]
        cells = [_before_after(summary.row(strategy, name)) for strategy in summary.strategies]
        cells += _cells(*(number(metric, baseline.metrics[name].value) for baseline in summary.baselines.values()))
        cells.append(Cell(number(metric, best[name]) if name in best else ""))
        lines.append((wording.metric_label(metric), tuple(cells)))
    ties = [
        f"{percent(summary.ties[name]['before'], 1)} → {percent(summary.ties[name]['after'], 1)}"
        for name in summary.labels
    ]
    ties += [percent(baseline.ties, 1) for baseline in summary.baselines.values()]
    lines.append((f"tied pairs in the pool (truth: {percent(summary.ties['truth'], 2)})", _cells(*ties, "")))
    baselines = [baseline.label for baseline in summary.baselines.values()]
    return Table((*summary.labels.values(), *baselines, "noise ceiling"), tuple(lines))


def _before_after(row: Row) -> Cell:
    metric = METRICS[row.metric]
    return Cell(f"{number(metric, row.before)} → {number(metric, row.after)}", below=bool(row.below_baseline))


def landmarks_table(summary: Summary) -> Table:
    """How each super-net orders its own landmarks."""
    lines = [
        (
            summary.labels[row.strategy],
            _cells(
                f"{row.steps:,}",
                f"{number(_TAU, row.before)} → {number(_TAU, row.after)}",
                f"{percent(row.wrong_before, 1)} → {percent(row.wrong_after, 1)}",
            ),
        )
        for row in summary.landmarks
    ]
    return Table(("training steps", "tau on the landmarks", "pairs not in the right order"), tuple(lines))


def groups_table(summary: Summary) -> Table:
    """Tau within each part of the pool, before and after guidance, beside the baselines."""
    lines = []
    for group in summary.groups:
        cells = [Cell(f"{group.architectures:,}")]
        for row in group.rows:
            cells += [_before_after(row), Cell(interval(_TAU, row.ci_low, row.ci_high))]
        cells += _cells(*(number(_TAU, baseline.metrics[MAIN_METRIC].value) for baseline in group.baselines.values()))
        missing = 2 * len(summary.labels) + len(summary.baselines) + 1 - len(cells)
        lines.append((f"{group.trait}: {group.value}", (*cells, *_cells(*[""] * missing))))
    strategies = [words for label in summary.labels.values() for words in (label, "gain")]
    baselines = [baseline.label for baseline in summary.baselines.values()]
    return Table(("architectures", *strategies, *baselines), tuple(lines))


def published_table(summary: Summary) -> Table:
    """What others found, and what this study did."""
    lines = []
    for one in summary.published:
        theirs = Cell(f"{number(_TAU, one.before)} → {number(_TAU, one.after)}")
        ours = _before_after(summary.row(one.strategy, MAIN_METRIC))
        lines.append((f"{summary.labels[one.strategy]}, {one.what}", (theirs, ours)))
    return Table(("published", "this study"), tuple(lines))


def _cells(*texts: str) -> tuple[Cell, ...]:
    return tuple(map(Cell, texts))
