"""The tables of a report, without a format: table.md, table.tex and the page print the same cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.summary import MAIN_METRIC, MetricRow, Summary
from nasrank.bench.analysis.wording import interval, number, percent, with_interval
from nasrank.bench.ranking import METRICS
from nasrank.bench.studies.compared import RIDGE

_TAU = METRICS[MAIN_METRIC]


@dataclass(frozen=True)
class Entry:
    """Its text, and whether it is a guided super-net's value that a baseline beats."""

    text: str = ""
    below: bool = False


@dataclass(frozen=True)
class PrintedTable:
    """A line is its label and its cells; `references` are what the lines above them are read against."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Entry, ...]], ...]
    references: tuple[tuple[str, tuple[Entry, ...]], ...] = ()


def main_table(summary: Summary) -> PrintedTable:
    """Tau of every arm before and after guidance; the baselines and the ceiling.

    Where arms have labels of their own, there is a column for the ridge that each is held against.
    """
    lines = [(summary.labels[name], _main_line(summary.row(name, MAIN_METRIC), summary)) for name in summary.strategies]
    references = []
    empty = [""] * bool(summary.own_baselines)
    for name, baseline in summary.baselines.items():
        value = baseline.metrics[MAIN_METRIC]
        shown = with_interval(_TAU, value.value, value.low, value.high)
        references.append((wording.baseline_label(summary, name), cells("", shown, "", "", *empty)))
    for ceiling in summary.ceilings:
        shown = number(_TAU, ceiling.metrics[MAIN_METRIC])
        references.append((f"noise ceiling: {ceiling.second}", cells("", shown, "", "", *empty)))
    head = ("before", "after", "difference", "stays below", *([wording.OWN_RIDGE] if summary.own_baselines else []))
    return PrintedTable(head, tuple(lines), tuple(references))


def _main_line(row: MetricRow, summary: Summary) -> tuple[Entry, ...]:
    return (
        Entry(with_interval(_TAU, row.before, row.before_low, row.before_high)),
        Entry(with_interval(_TAU, row.after, row.after_low, row.after_high), below=bool(row.below_baseline)),
        Entry(with_interval(_TAU, row.delta, row.ci_low, row.ci_high, signed=True)),
        Entry(wording.stays_below(row, summary)),
        *([Entry(_own_ridge(row.strategy, summary))] if summary.own_baselines else []),
    )


def _own_ridge(arm: str, summary: Summary) -> str:
    """Tau of the label-matched baseline of an arm, and how many labels it has."""
    ridge = summary.own_baselines.get(arm, summary.baselines[RIDGE])
    return f"{number(_TAU, ridge.metrics[MAIN_METRIC].value)} ({ridge.labels})"


def metrics_table(summary: Summary) -> PrintedTable:
    """One line an arm: every metric before and after guidance, and how much is tied; then baselines and ceiling."""
    lines = []
    for name, label in summary.labels.items():
        ties = f"{percent(summary.ties[name]['before'], 1)} → {percent(summary.ties[name]['after'], 1)}"
        lines.append((label, (*(before_after(summary.row(name, metric)) for metric in summary.metrics), Entry(ties))))
    references = [
        (
            one.label,
            cells(*(number(METRICS[name], one.metrics[name].value) for name in summary.metrics), percent(one.ties, 1)),
        )
        for one in summary.baselines.values()
    ]
    if summary.ceilings:
        best = summary.ceilings[0].metrics
        shown = (number(METRICS[name], best[name]) if name in best else "" for name in summary.metrics)
        references.append(("noise ceiling", cells(*shown, "")))
    head = (*map(wording.metric_head, summary.metrics), "tied pairs")
    return PrintedTable(head, tuple(lines), tuple(references))


def before_after(row: MetricRow) -> Entry:
    """The metric of an arm without and with landmarks."""
    metric = METRICS[row.metric]
    return Entry(f"{number(metric, row.before)} → {number(metric, row.after)}")


def landmarks_table(summary: Summary) -> PrintedTable:
    """What the term added and found during training, and how each super-net orders its own landmarks after it."""
    by_loss = all(summary.score(row.strategy) == "negative_loss" for row in summary.landmarks)
    lines = []
    for row in summary.landmarks:
        other = [] if by_loss else [f"{number(_TAU, row.before)} → {number(_TAU, row.after)}"]
        shown = (
            f"{row.steps:,}",
            f"+{percent(row.added, 0)}",
            f"{percent(row.violated_first, 1)} → {percent(row.violated_last, 1)}",
            f"{number(_TAU, row.loss_before)} → {number(_TAU, row.loss_after)}",
            *other,
            f"{percent(row.wrong_before, 1)} → {percent(row.wrong_after, 1)}",
        )
        lines.append((summary.labels[row.strategy], cells(*shown)))
    head = (
        "training steps",
        "added by the term",
        "violated pairs, first → last",
        "tau by minus the loss",
        *([] if by_loss else ["tau by what it ranks by"]),
        f"landmark pairs in the wrong order{'' if by_loss else ' by that'}, or tied",
    )
    return PrintedTable(head, tuple(lines))


def parts_table(summary: Summary) -> PrintedTable:
    """Tau over all pairs of the pool and over those that the same super-net scored."""
    lines = [
        (
            summary.labels[row.strategy],
            cells(
                f"{row.supernets_before:.3g} → {row.supernets_after:.3g}",
                f"{number(_TAU, whole_pool.before)} → {number(_TAU, whole_pool.after)}",
                f"{number(_TAU, row.within_before)} → {number(_TAU, row.within_after)}",
                f"{number(_TAU, row.whole_before)} → {number(_TAU, row.whole_after)}",
            ),
        )
        for row in summary.parts
        for whole_pool in [summary.row(row.strategy, MAIN_METRIC)]
    ]
    by_first = f"the same pairs by {summary.labels[summary.strategies[0]]}"
    return PrintedTable(
        ("super-nets that score some of the pool", "all pairs", "pairs within a super-net", by_first), tuple(lines)
    )


def groups_table(summary: Summary) -> PrintedTable:
    """Tau within each part of the pool: one line an arm, then the baselines. Parts too small to rank are empty."""
    head = tuple(f"{group.trait}: {group.value} ({group.architectures:,})" for group in summary.groups)
    if not head:
        return PrintedTable((), ())
    lines = []
    for place, label in enumerate(summary.labels.values()):
        lines.append((label, tuple(_gain(group.rows[place]) if group.rows else Entry() for group in summary.groups)))
    references = []
    for name, baseline in summary.baselines.items():
        values = [
            group.baselines[name].metrics[MAIN_METRIC].value if group.baselines else None for group in summary.groups
        ]
        shown = ("" if value is None else number(_TAU, value) for value in values)
        references.append((baseline.label, cells(*shown)))
    return PrintedTable(head, tuple(lines), tuple(references))


def _gain(row: MetricRow) -> Entry:
    """Before and after, and the interval of the difference."""
    both = before_after(row)
    return replace(both, text=f"{both.text} {interval(_TAU, row.ci_low, row.ci_high)}".strip())


def cells(*texts: str) -> tuple[Entry, ...]:
    return tuple(map(Entry, texts))
