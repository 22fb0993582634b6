"""The tables of a report on zero-cost proxies, as data that Markdown and the page print alike."""

from __future__ import annotations

import math

from nasrank.bench.analysis.proxies_published import MARKS
from nasrank.bench.analysis.proxies_summary import RHO, SEED_TO_SEED, TAU, TOP10, TOP50, PartOfReport, ProxySummary
from nasrank.bench.reporting.proxies.say import Column, ProxySay, bracketed, digits
from nasrank.bench.reporting.tables import Line, Table

FLIPPED = "sign flips"
"""Marks a predictor whose sign differs between spaces, by its own intervals."""


def main_table(summary: ProxySummary) -> Table:
    """Tau of every predictor with every truth, the best of the first above."""
    say = ProxySay(summary)
    flips = {flip.label for flip in say.flips}
    head = [say.head(column) for column in say.columns]
    lines = []
    for one in say.order():
        cells = [bracketed(say.row(column, one.name)) for column in say.columns]
        seconds = [row.seconds for column in say.firsts if (row := say.row(column, one.name)) is not None]
        label = f"{one.label} (aggregate)" if one.parts else one.label
        label = f"{label}, {FLIPPED}" if one.label in flips else label
        lines.append((label, (*cells, f"{seconds[0]:.3f}" if seconds else "")))
    return Table("tau", "Kendall's tau-b of every proxy", (*head, "seconds"), tuple(lines), figure="tau")


def part_table(summary: ProxySummary, part: PartOfReport) -> Table:
    """Of one part: the top of each truth, rho, the proxy's own ceiling and what it takes."""
    say = ProxySay(summary)
    columns = [Column(part, truth) for truth in part.truths]
    metrics = ((TOP50, "top 50 %"), (TOP10, "top 10 %"), (RHO, "rho"))
    head = [f"{truth.label}, {words}" for truth in part.truths for _, words in metrics]
    lines: list[Line] = []
    for one in say.order():
        rows = [say.row(column, one.name, metric) for column in columns for metric, _ in metrics]
        known = next((row for row in rows if row is not None), None)
        if known is None:
            continue
        again = summary.row(part, one.name, SEED_TO_SEED)
        missing = [f"{lack.count:,} of {lack.of:,}" for lack in summary.missing if _is_of(lack, part, one.name)]
        own = (bracketed(again), f"{known.seconds:.3f}", ", ".join(missing))
        lines.append((one.label, (*map(bracketed, rows), *own)))
    title = f"{part.name}: {part.words}"
    heads = (*head, "between seeds", "seconds", "without a value")
    return Table(f"part-{part.name}", title, heads, tuple(lines))


def _is_of(lack: object, part: PartOfReport, predictor: str) -> bool:
    return (getattr(lack, "part", ""), getattr(lack, "predictor", "")) == (part.name, predictor)


def published_table(summary: ProxySummary) -> Table | None:
    """Published figures with their set-ups beside ours; None where there is none."""
    if not summary.published:
        return None
    lines = tuple(
        (
            summary.label(one.predictor),
            (
                one.space,
                one.truth,
                "rho" if one.metric == RHO else "tau-b",
                digits(one.value),
                one.mark,
                "" if math.isnan(one.ours) else digits(one.ours),
                "" if math.isnan(one.ours) or one.metric != TAU else ("yes" if one.close else "no"),
                one.part,
                one.set_up,
                one.source,
            ),
        )
        for one in summary.published
    )
    head = ("space", "truth", "metric", "published", "mark", "ours", "within .05", "of our", "their set-up", "source")
    return Table("published", "Published figures", head, lines)


def marks_in_words() -> str:
    """What the marks of published figures say."""
    return "; ".join(f"{mark}: {words}" for mark, words in MARKS.items())


def change_table(summary: ProxySummary) -> Table | None:
    """Tau in every changed set-up, and of its scores with those of the part; None where nothing was changed."""
    if not summary.changes:
        return None
    say, lines = ProxySay(summary), []
    for one in say.order():
        cells = []
        for change in summary.changes:
            after, before, agreement = say.changed(change, one.name)
            if after is None or before is None:
                cells.append("")
                continue
            same = digits(agreement.mean) if agreement is not None else ""
            cells.append(f"{digits(before.mean)} → {digits(after.mean)} ({same})")
        lines.append((one.label, tuple(cells)))
    head = tuple(f"{change.label} ({change.part}, {change.architectures:,})" for change in summary.changes)
    return Table("changes", "What the scores are sensitive to", head, tuple(lines), figure="changes")


def sections(summary: ProxySummary) -> list[Table]:
    """All tables but the main one."""
    found = [*(part_table(summary, part) for part in summary.parts), change_table(summary), published_table(summary)]
    return [table for table in found if table is not None]
