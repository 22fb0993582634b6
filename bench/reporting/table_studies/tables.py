"""The tables of a table study: its claims, its groups, and where the variance of a single run lies."""

from __future__ import annotations

from nasrank.bench.analysis.table_summary import ClaimRow, GroupRow, TableSummary
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import MISSING, number, percent


def claims_table(summary: TableSummary) -> Table:
    """A line a claim."""
    lines = []
    for found in summary.claims:
        claim = summary.study.claims[found.name]
        share = bool(claim.share)
        stated = f"at least {percent(claim.at_least) if share else _points(claim.at_least, signed=True)}"
        about = compared(summary, found.name)
        lines.append((claim.says, (found.status, claimed(found, share=share), stated, f"{found.units}", about)))
    head = ("the claim", "found", "stated", "units", "what")
    return Table("claims", "Claims, stated beforehand", head, tuple(lines), where=())


def compared(summary: TableSummary, name: str) -> str:
    """What a claim is about, and what its interval is over."""
    claim, labels = summary.study.claims[name], {key: group.label for key, group in summary.study.groups.items()}
    if claim.share:
        return f"share of the variance between {claim.share}, {labels[claim.group]}"
    found = next(one for one in summary.claims if one.name == name)
    over = "seeds" if claim.over == "seeds" else "architectures"
    return f"{labels[claim.group]} minus {labels[claim.against]}, {'paired ' if found.paired else ''}over {over}"


def claimed(found: ClaimRow, *, share: bool) -> str:
    """The value of a claim with its interval."""
    shown = percent if share else _points
    value = percent(found.value) if share else _points(found.value, signed=True)
    return value if found.low != found.low else f"{value} [{shown(found.low)}, {shown(found.high)}]"


def groups_table(summary: TableSummary) -> Table:
    """A line a group."""
    lines = tuple((summary.study.groups[row.name].label, _cells(row)) for row in summary.rows)
    head = ("architectures", "seeds", "accuracy, %", "deviation", "tau-b of two seeds")
    return Table("groups", "Groups", head, lines, where=())


def _cells(row: GroupRow) -> tuple[str, ...]:
    count = f"{row.architectures:,}" + (f" (and {row.left_out} that diverged)" if row.left_out else "")
    mean = _with_interval(_points(row.mean), _points(row.low), _points(row.high), known=row.low == row.low)
    tau = _with_interval(number(row.tau), number(row.tau_low), number(row.tau_high), known=row.tau_low == row.tau_low)
    return count, f"{row.seeds}", mean, _points(row.deviation), tau


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
    value, low, high = map(percent, share)
    return f"{value} [{low}, {high}]"


def _points(value: float, *, signed: bool = False) -> str:
    if value != value:
        return MISSING
    return f"{value:{'+' if signed else ''}.2f}".replace("-", "−")


def _with_interval(value: str, low: str, high: str, *, known: bool) -> str:
    return f"{value} [{low}, {high}]" if known else value
