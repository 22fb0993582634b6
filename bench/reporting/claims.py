"""What became of the claims that a study stated beforehand, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nasrank.bench.analysis.claims import part_of
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting import words
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import number, with_interval


@dataclass(frozen=True)
class Claim:
    """One of them.

    Attributes:
        says: the claim.
        compares: which two rankings.
        at_least: from which difference on it holds.
        found: the difference, with the outcome for its status.
    """

    says: str
    compares: str
    at_least: float
    found: Finding


def claims(summary: Summary) -> Iterator[Claim]:
    """In the order of the study."""
    for one in summary.header.get("claims", ()):
        first = _ranking(summary, one["row"], one["guided"], one["score"])
        second = _ranking(summary, one["against"], one["against_guided"], one["against_score"])
        within = f", mean within thirds by {one['within'].replace('_', '-')}" if one["within"] else ""
        found = summary.frame.find(estimator="", part=part_of(one["name"]))
        yield Claim(one["says"], f"{first} minus {second}{within}", one["at_least"], found)


def _ranking(summary: Summary, name: str, guided: bool, score: str) -> str:
    """What it is called."""
    label = summary.labels.get(name) or next((one.label for one in summary.references if one.name == name), name)
    with_landmarks = " with landmarks" if guided else ""
    return f"{label}{with_landmarks}" + (f" by {words.score_label(score)}" if score else "")


def claims_table(summary: Summary) -> Table:
    """A line a claim."""
    lines = [
        (one.says, (one.compares, _stated(one.at_least), with_interval(one.found, signed=True), one.found.status))
        for one in claims(summary)
    ]
    head = ("tau-b of what", "stated beforehand", "found", "the claim")
    where = tuple(f"part={part_of(one['name'])}" for one in summary.header.get("claims", ()))
    title = f"Claims, {words.stated(summary.header.get('claims_after', ''))}"
    return Table("claims", title, head, tuple(lines), where=where)


def _stated(at_least: float) -> str:
    return f"at least {number(at_least, signed=True)}"
