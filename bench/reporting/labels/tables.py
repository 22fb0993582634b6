"""The tables of a label study: a column for each number of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nasrank.bench.analysis.compared_rows import ComparedRow
from nasrank.bench.analysis.label_summary import Answer, LabelSummary
from nasrank.bench.label_studies.grammar import ALONE
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.tables import Line, Table
from nasrank.bench.reporting.words import MARKS, MISSING, metric_label, number


def part_tables(summary: LabelSummary, metrics: Sequence[str]) -> Iterator[Table]:
    """For each part, truth and metric, a line a row: its mean with its interval, marked where it is decided."""
    for part, section in summary.study.parts.items():
        for truth in section.truths:
            for metric in metrics:
                table = _part_table(summary, part, truth, metric)
                if table.lines or table.references:
                    yield table


def _part_table(summary: LabelSummary, part: str, truth: str, metric: str) -> Table:
    counts = summary.study.counts_of(part)
    fitted: list[Line] = []
    free: list[Line] = []
    for name, row in summary.study.rows.items():
        cells = [summary.find(part, truth, name, count, metric) for count in counts]
        if any(cells):
            line = row.label, tuple(_level(one) for one in cells)
            (free if row.predictor == ALONE else fitted).append(line)
    section = summary.study.parts[part]
    truths = f", {truth}" if len(section.truths) > 1 else ""
    return Table(
        f"{part}-{truth}-{metric}".replace("_", "-"),
        f"{section.label}{truths}: {metric_label(metric)}",
        tuple(f"{count} labels" for count in counts),
        tuple(fitted),
        references=tuple(free),
        where=(),
    )


def question_table(summary: LabelSummary, answer: Answer, metric: str, place: int) -> Table:
    """A line for each part and truth: the gain, paired by draw, with its interval, marked where it is decided."""
    found: dict[tuple[str, str], dict[int, ComparedRow]] = {}
    for one in answer.of(metric):
        found.setdefault((one.space, one.truth), {})[one.labels] = one
    counts = sorted({one.labels for one in answer.of(metric)})
    lines = tuple(
        (
            f"{summary.study.parts[part].label}, {truth}",
            tuple(_gain(by_count[count]) if count in by_count else "" for count in counts),
        )
        for (part, truth), by_count in found.items()
    )
    title = f"{answer.ask} {metric_label(metric)}"
    head = tuple(f"{count} labels" for count in counts)
    return Table(f"question-{place}-{metric}".replace("_", "-"), title, head, lines, where=())


def seconds_table(summary: LabelSummary) -> Table:
    """What a fit and a ranking take, on one core, in the part where they take longest."""
    lines = []
    counts = summary.study.counts
    for name, row in summary.study.rows.items():
        seconds = _largest_seconds(summary, name)
        if seconds:
            lines.append((row.label, tuple(_seconds(seconds.get(count)) for count in counts)))
    head = tuple(f"{count} labels" for count in counts)
    return Table("seconds", "Seconds to fit and to rank, on one core", head, tuple(lines), where=())


def _largest_seconds(summary: LabelSummary, row: str) -> dict[int, float]:
    """By number of labels, of the part where it takes longest."""
    found: dict[int, float] = {}
    for one in summary.rows:
        if one.predictor == row:
            found[one.labels] = max(one.seconds, found.get(one.labels, 0.0))
    return found


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _level(one: ComparedRow | None) -> str:
    if one is None:
        return ""
    return f"{_with_interval(one, one.mean, one.ci_low, one.ci_high)} {MARKS.get(one.status, '')}".strip()


def _gain(one: ComparedRow) -> str:
    text = _with_interval(one, one.gain, one.gain_low, one.gain_high, signed=True)
    return f"{text} {MARKS.get(one.status, '')}".strip()


def _with_interval(one: ComparedRow, value: float, low: float, high: float, *, signed: bool = False) -> str:
    if value != value:
        return MISSING
    metric = METRICS[one.metric]
    shown = number(value, metric, signed=signed)
    return shown if low != low else f"{shown} [{number(low, metric)}, {number(high, metric)}]"
