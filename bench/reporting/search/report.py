"""The files of the report of a search study, as texts."""

from __future__ import annotations

from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from nasrank.bench.analysis.search_published import MARKS
from nasrank.bench.analysis.search_rows import FinalRow
from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import smaller, write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.search import fronts, regret, tables
from nasrank.bench.reporting.search.say import SearchSay

FIGURES = {
    "regret": "Regret over the budget: the best of the space minus what the incumbent has by the reported figure.",
    "fronts": "Searches for several objectives: hypervolume over queries, and fronts beside the true one in black.",
}

FILES = (
    "README.md",
    "index.html",
    "table.md",
    "table.csv",
    "summary.json",
    *(f"{name}.svg" for name in FIGURES),
)


def answer(summary: SearchSummary) -> str:
    """The one sentence that the report says first."""
    return " ".join(one.text for one in _said("search_answer.j2", summary))


def report_texts(summary: SearchSummary) -> dict[str, str]:
    """By the name of the file. The same summary gives the same bytes."""
    drawn = {"regret": regret.draw(summary), "fronts": fronts.draw(summary)}
    shown = {name: smaller(text) for name, text in drawn.items() if text is not None}
    common: dict[str, Any] = {
        "summary": summary,
        "answer": answer(summary),
        "findings": _said("search_findings.j2", summary),
        "notes": _said("search_notes.j2", summary),
        "main": [*filter(None, [tables.claims_table(summary)]), *tables.main_tables(summary)],
        "published": tables.published_table(summary),
        "pairs": list(tables.pair_tables(summary)),
        "every": tables.every_number(summary),
        "figures": list(shown),
        "captions": FIGURES,
        "marks": MARKS,
    }
    figures = {name: (inline(text, name), FIGURES[name]) for name, text in shown.items()}
    return {
        "README.md": text_of("search.md.j2", grid=markdown_table, **common),
        "table.md": text_of("search_table.md.j2", grid=markdown_table, **common),
        "table.csv": csv_text([field.name for field in fields(FinalRow)], map(astuple, summary.rows)),
        "summary.json": summary.to_text(),
        "index.html": page_of("search.html", theme=THEME, **{**common, "figures": figures}),
        **{f"{name}.svg": text for name, text in shown.items()},
    }


def write(summary: SearchSummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(summary), FILES, SearchSummary.is_report)


def _said(template: str, summary: SearchSummary) -> list[Paragraph]:
    return paragraphs_of(template, summary=summary, say=SearchSay(summary), likely=tables.likely)
