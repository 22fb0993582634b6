"""The tables of a live search: its claims, what each searcher finds, and the networks themselves."""

from __future__ import annotations

from nasrank.bench.analysis.live_summary import LiveSummary, SearcherRow
from nasrank.bench.foundation.durations import duration
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import MISSING, bracketed, percent, points


def claims_table(summary: LiveSummary) -> Table:
    """A line a claim."""
    lines = []
    for found in summary.claims:
        claim = summary.study.claims[found.name]
        stated = f"at least {points(claim.at_least, signed=True)}"
        about = compared(summary, found.name)
        lines.append((claim.says, (found.status, claimed(summary, found.name), stated, f"{found.searches}", about)))
    head = ("the claim", "found", "stated", "searches", "what")
    return Table("claims", "Claims, stated beforehand", head, tuple(lines), where=())


def compared(summary: LiveSummary, name: str) -> str:
    """What a claim is about."""
    claim, study = summary.study.claims[name], summary.study
    first, second = (claim.searcher, claim.against)[:: 1 if study.higher_is_better else -1]
    return f"{study.searchers[first].named} minus {study.searchers[second].named}, networks trained anew"


def claimed(summary: LiveSummary, name: str) -> str:
    """The value of a claim with its interval."""
    found = summary.claim(name)
    return bracketed(points(found.value, signed=True), points(found.low), points(found.high))


def searchers_table(summary: LiveSummary) -> Table:
    """A line a searcher, the best first."""
    lines = tuple((summary.study.searchers[row.name].named, _cells(row)) for row in summary.ranked)
    head = ("searches", heading(summary), "as it was told", "networks", "diverged", "processor time")
    return Table("searchers", "What each searcher finds", head, lines, where=())


def _cells(row: SearcherRow) -> tuple[str, ...]:
    searches = f"{row.searches}" + (f" (and {row.failed} without a value)" if row.failed else "")
    worth = bracketed(points(row.mean), points(row.low), points(row.high))
    networks = f"{row.networks:,.{0 if row.networks == round(row.networks) else 1}f}"
    return searches, worth, points(row.told), networks, percent(row.diverged), duration(row.seconds)


def networks_table(summary: LiveSummary) -> Table:
    """A line a search: what it found, and what that is worth."""
    lines = []
    for row in summary.ranked:
        for run, (worth, network) in enumerate(zip(row.found, row.architectures, strict=True)):
            label = f"{summary.study.searchers[row.name].named}, search {run}"
            lines.append((label, (points(worth), network or MISSING)))
    return Table("networks", "The networks found", (heading(summary), "network"), tuple(lines), where=())


def heading(summary: LiveSummary) -> str:
    """What was measured, at the head of a column and under an axis."""
    metric = summary.study.measured
    name = f"{metric.quantity.label}, %" if summary.study.in_percent else metric.quantity.label
    return name if summary.study.higher_is_better else f"{name} (lower is better)"


def unit_of(summary: LiveSummary) -> str:
    """What stands behind a difference in a sentence, with a space before it."""
    return " points" if summary.study.in_percent else f" of {summary.study.measured.quantity.label}"
