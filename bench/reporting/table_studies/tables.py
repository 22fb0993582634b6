"""The tables of a table study: its claims, its groups, and where the variance of a single run lies."""

from __future__ import annotations

from nasrank.bench.analysis.table_summary import GroupRow, TableSummary
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import MISSING, bracketed, number, percent, points, stated
from nasrank.bench.table_studies.grammar import ClaimSection


def claims_table(summary: TableSummary) -> Table:
    """A line a claim."""
    lines = []
    for found in summary.claims:
        claim = summary.study.claims[found.name]
        about = compared(summary, found.name)
        lines.append(
            (claim.says, (found.status, claimed(summary, found.name), _stated(claim), f"{found.units}", about))
        )
    head = ("the claim", "found", "stated", "units", "what")
    return Table("claims", f"Claims, {stated(summary.study.claims_after)}", head, tuple(lines), where=())


def compared(summary: TableSummary, name: str) -> str:
    """What a claim is about, and what its interval is over."""
    claim, labels = summary.study.claims[name], {key: group.label for key, group in summary.study.groups.items()}
    if claim.share:
        return f"share of the variance between {claim.share}, {labels[claim.group]}"
    if claim.bound is not None:
        return f"{summary.study.measured.label} of every run, {labels[claim.group]}"
    if claim.by == "tau":
        return f"Kendall's tau-b between {labels[claim.group]} and {labels[claim.against]}, over architectures"
    over = "seeds" if claim.over == "seeds" else "architectures"
    first, second = (claim.group, claim.against)[:: 1 if summary.study.higher_is_better else -1]
    return f"{labels[first]} minus {labels[second]}, {'paired ' if summary.claim(name).paired else ''}over {over}"


def claimed(summary: TableSummary, name: str) -> str:
    """The value of a claim with its interval; of every run, from the least to the greatest."""
    claim, found = summary.study.claims[name], summary.claim(name)
    if claim.bound is not None:
        return MISSING if found.low != found.low else f"{points(found.low)} to {points(found.high)}"
    shown = percent if claim.share else number if claim.by == "tau" else points
    value = points(found.value, signed=True) if shown is points else shown(found.value)
    return bracketed(value, shown(found.low), shown(found.high))


def unit_of(summary: TableSummary, name: str) -> str:
    """What stands behind the value of a claim in a sentence, with a space before it."""
    claim = summary.study.claims[name]
    if claim.share:
        return ""
    if claim.by == "tau":
        return " of tau-b"
    unit = "points" if summary.study.in_percent else f"of {summary.study.measured.label}"
    return f" {unit} between these very networks" if claim.over == "seeds" else f" {unit}"


def heading(summary: TableSummary) -> str:
    """What was measured, at the head of a column and under an axis."""
    measured = summary.study.measured
    name = f"{measured.label}, %" if summary.study.in_percent else measured.label
    return name if measured.direction == "higher" else f"{name} (lower is better)"


def _stated(claim: ClaimSection) -> str:
    if claim.at_least is None:
        bound = claim.bound if claim.bound is not None else float("nan")
        return f"every run {'above' if claim.every_run_above is not None else 'below'} {points(bound)}"
    if claim.by == "tau":
        return f"at least {number(claim.at_least)}"
    return f"at least {percent(claim.at_least) if claim.share else points(claim.at_least, signed=True)}"


def groups_table(summary: TableSummary) -> Table:
    """A line a group."""
    lines = tuple((summary.study.groups[row.name].label, _cells(row)) for row in summary.rows)
    head = ("architectures", "seeds", heading(summary), "deviation", "tau-b of two seeds")
    return Table("groups", "Groups", head, lines, where=())


def _cells(row: GroupRow) -> tuple[str, ...]:
    count = f"{row.architectures:,}" + (f" (and {row.left_out} that diverged)" if row.left_out else "")
    mean = bracketed(points(row.mean), points(row.low), points(row.high))
    tau = bracketed(number(row.tau), number(row.tau_low), number(row.tau_high))
    return count, f"{row.seeds}", mean, points(row.deviation), tau


def shares_table(summary: TableSummary) -> Table | None:
    """A line for each group and for what its variance lies between; None where it is not known of any."""
    lines = tuple(
        (f"{summary.study.groups[row.name].label}: between {name}", (_of_share(share),))
        for row in summary.rows
        for name, share in row.shares.items()
    )
    if not lines:
        return None
    return Table("variance", "Where the variance of a single run lies", ("share",), lines, where=())


def _of_share(share: tuple[float, float, float]) -> str:
    return bracketed(*map(percent, share))
