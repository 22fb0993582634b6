"""The files of the report of a table study, as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nasrank.bench.analysis.table_summary import TableSummary
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import smaller, write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.table_studies import nested, strips
from nasrank.bench.reporting.table_studies.tables import claimed, claims_table, groups_table, shares_table, unit_of
from nasrank.bench.reporting.words import percent, stated

FIGURE = "groups"
NESTED = "nested"
CAPTION = "Each point is an architecture, mean over its training seeds; diamonds are means of groups."
NESTED_CAPTION = "A line joins the architectures that have something in common; its diamond is their mean."

FILES = ("README.md", "index.html", "table.csv", "summary.json", f"{FIGURE}.svg", f"{NESTED}.svg")


def answer(summary: TableSummary) -> str:
    """What the report says first."""
    return " ".join(one.text for one in _said("tables_answer.j2", summary))


def report_texts(summary: TableSummary) -> dict[str, str]:
    """By the name of the file. The same summary gives the same bytes."""
    drawn = {FIGURE: smaller(strips.draw(summary))}
    captions = {FIGURE: CAPTION}
    if within := nested.draw(summary):
        drawn[NESTED], captions[NESTED] = smaller(within), NESTED_CAPTION
    asked = [claims_table(summary)] if summary.claims else []
    every = [*asked, groups_table(summary), *filter(None, [shares_table(summary)])]
    figures = {name: (inline(text, name), captions[name]) for name, text in drawn.items()}
    common: dict[str, Any] = {
        "summary": summary,
        "answer": answer(summary),
        "tables": every,
        "notes": _said("tables_notes.j2", summary),
        "figure_title": strips.title(summary),
        "nested_title": nested.title(summary) if within else "",
    }
    return {
        "README.md": text_of("tables.md.j2", grid=markdown_table, **common),
        "table.csv": _csv(summary),
        "summary.json": summary.to_text(),
        "index.html": page_of("tables.html", figures=figures, theme=THEME, **common),
        **{f"{name}.svg": text for name, text in drawn.items()},
    }


def write(summary: TableSummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(summary), FILES, TableSummary.is_report)


def _csv(summary: TableSummary) -> str:
    """A line for each mean, deviation, tau and share of a group, and for each claim."""
    lines: list[tuple[str, str, str, float, float, float, int]] = []
    nothing = float("nan")
    for row in summary.rows:
        about = ("group", row.name)
        lines += [
            (*about, f"mean {summary.study.measured.label}", row.mean, row.low, row.high, row.units),
            (*about, "deviation of architectures", row.deviation, nothing, nothing, row.architectures),
            (*about, "tau of two seeds", row.tau, row.tau_low, row.tau_high, row.architectures),
        ]
        lines += [(*about, f"share between {name}", *share, row.units) for name, share in row.shares.items()]
    lines += [("claim", one.name, one.status, one.value, one.low, one.high, one.units) for one in summary.claims]
    columns = ["kind", "name", "what", "value", "low", "high", "units"]
    return str(pd.DataFrame(lines, columns=columns).to_csv(index=False, lineterminator="\n"))


def _said(template: str, summary: TableSummary) -> list[Paragraph]:
    return paragraphs_of(template, summary=summary, claimed=claimed, unit_of=unit_of, percent=percent, stated=stated)
