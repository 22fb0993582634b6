"""The tables of a search study: what searchers end with, every two of them, and what is published."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nasrank.bench.analysis.search_claims import SearchClaim
from nasrank.bench.analysis.search_rows import FRONT_FIGURES, FinalRow
from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import DOWN, UP

FIGURES = {"hypervolume": "hypervolume", "igd": "IGD", "igd_plus": "IGD+"}


def figure_label(summary: SearchSummary, part: str, figure: str) -> str:
    """What a figure of a part is called."""
    return FIGURES[figure] if figure in FIGURES else summary.study.parts[part].reported[figure].named


def digits(figure: str, value: float, *, signed: bool = False) -> str:
    """A number of a figure: percent with two decimals, fronts with four, great costs with none."""
    if math.isnan(value):
        return "n/a"
    text = f"{value:.4f}" if figure in FIGURES else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
    return f"+{text}" if signed and value > 0 else text.replace("-", "−")


def claims_table(summary: SearchSummary) -> Table | None:
    """A line a claim; None where there is none."""
    lines = []
    for found in summary.claims:
        claim = summary.study.claims[found.name]
        figure = figure_label(summary, claim.part, summary.study.figure_of(claim))
        part = summary.study.parts[claim.part].label
        what = f"{summary.label(claim.searcher)} ends better than {summary.label(claim.against)}: {part}, {figure}"
        lines.append(
            (claim.says, (found.status, likely(found), f"at least {claim.at_least:.2f}", f"{found.runs}", what))
        )
    head = ("the claim", "found", "stated", "runs", "chance that")
    return Table("claims", "Claims, stated beforehand", head, tuple(lines), where=()) if lines else None


def likely(found: SearchClaim) -> str:
    """A chance with its interval."""
    if math.isnan(found.chance):
        return "n/a"
    return f"{found.chance:.2f} [{found.low:.2f}, {found.high:.2f}]"


def main_tables(summary: SearchSummary) -> Iterator[Table]:
    """For each part a line a searcher, the best first: mean and standard deviation of every figure."""
    for part, section in summary.study.parts.items():
        figures = summary.figures(part)
        if not figures:
            continue
        several = [one for one in figures if one in FRONT_FIGURES]
        single = [one for one in figures if one not in FRONT_FIGURES]
        for key, shown in ((part, single), (f"{part}-fronts", several)):
            if shown:
                yield _main_table(summary, part, key, shown, section.label)


def _main_table(summary: SearchSummary, part: str, key: str, figures: list[str], label: str) -> Table:
    lines = []
    for first in summary.ranked(part, figures[0]):
        cells = [_spread(summary.find(part, first.searcher, one)) for one in figures]
        seconds = "" if math.isnan(first.seconds) or not first.seconds else f"{first.seconds:,.0f}"
        lines.append((summary.label(first.searcher), (*cells, f"{first.queries:,.0f}", seconds, f"{first.runs}")))
    best = summary.best[part]
    references = []
    if any(one in best for one in figures):
        shown = tuple(digits(one, best[one]) if one in best else "" for one in figures)
        references.append(("the best there is", (*shown, "", "", "")))
    head = (*(figure_label(summary, part, one) for one in figures), "queries", "seconds", "runs")
    title = f"{label}: fronts" if key.endswith("-fronts") else label
    return Table(key.replace("_", "-"), title, head, tuple(lines), references=tuple(references), where=())


def _spread(row: FinalRow | None) -> str:
    if row is None:
        return ""
    return f"{digits(row.figure, row.mean)} ± {digits(row.figure, row.sd)}"


def published_table(summary: SearchSummary) -> Table | None:
    """A line for each published figure beside ours; None where there is none."""
    lines = []
    for one in summary.published:
        theirs, row = one.published, summary.find(one.part, one.searcher, one.figure)
        assert row is not None
        gap = f"{digits('', one.difference, signed=True)} [{digits('', one.low)}, {digits('', one.high)}]"
        lines.append(
            (
                f"{summary.study.parts[one.part].label}, {summary.label(one.searcher)}: "
                f"{figure_label(summary, one.part, one.figure)}",
                (
                    f"{row.mean:.2f} ± {row.sd:.2f}",
                    f"{theirs.mean:.2f} ± {theirs.sd:.2f}",
                    gap,
                    "yes" if one.agrees else "no",
                    theirs.mark,
                ),
            )
        )
    head = ("ours", "theirs", "ours − theirs", "0 within", "known how")
    return Table("published", "Beside published figures", head, tuple(lines), where=()) if lines else None


def pair_tables(summary: SearchSummary) -> Iterator[Table]:
    """For each part and figure, the difference of every two searchers: the line's minus the column's."""
    for part, section in summary.study.parts.items():
        for figure in summary.figures(part):
            ranked = [one.searcher for one in summary.ranked(part, figure) if one.units > 1]
            if len(ranked) < 2:
                continue
            lines = tuple(
                (summary.label(one), tuple(_pair(summary, part, figure, one, o) for o in ranked)) for one in ranked
            )
            title = f"{section.label}: every two by {figure_label(summary, part, figure)}"
            key = f"pairs-{part}-{figure}".replace("_", "-")
            yield Table(key, title, tuple(summary.label(one) for one in ranked), lines, where=())


def _pair(summary: SearchSummary, part: str, figure: str, one: str, other: str) -> str:
    found = summary.compared(part, figure, one, other)
    if found is None:
        return ""
    section = summary.study.parts[part].reported.get(figure)
    higher = section.higher_is_better if section else FRONT_FIGURES[figure]
    mark = (UP if (found.difference > 0) == higher else DOWN) if found.decided else ""
    return f"{digits(figure, found.difference, signed=True)} {mark}".strip()


def every_number(summary: SearchSummary) -> Table:
    """A line for each figure of every searcher, with its interval and the best of all runs."""
    lines = tuple(
        (
            f"{summary.study.parts[row.part].label}, {summary.label(row.searcher)}: "
            f"{figure_label(summary, row.part, row.figure)}",
            (
                digits(row.figure, row.mean),
                digits(row.figure, row.sd),
                f"[{digits(row.figure, row.ci_low)}, {digits(row.figure, row.ci_high)}]",
                digits(row.figure, row.best),
                digits(row.figure, row.regret),
                f"{row.runs}",
            ),
        )
        for row in summary.rows
    )
    return Table("all", "Every figure", ("mean", "sd", "interval", "best run", "regret", "runs"), lines, where=())
