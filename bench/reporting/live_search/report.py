"""The files of the report of a live search, as texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nasrank.bench.analysis.live_summary import LiveSummary
from nasrank.bench.foundation.escaping import csv_number, csv_text
from nasrank.bench.live_search.play import ALL_TRAINED
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.live_search import figure
from nasrank.bench.reporting.live_search.tables import (
    claimed,
    claims_table,
    networks_table,
    searchers_table,
    unit_of,
)
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import smaller, write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.words import bracketed, points

FIGURE = "search"

FILES = ("README.md", "index.html", "table.csv", "summary.json", f"{FIGURE}.svg")

COLUMNS = ("kind", "name", "what", "at", "value", "low", "high")


def answer(summary: LiveSummary) -> str:
    """What the report says first."""
    return " ".join(one.text for one in _said("live_answer.j2", summary))


def report_texts(summary: LiveSummary) -> dict[str, str]:
    """By the name of the file. The same summary gives the same bytes."""
    drawn = smaller(figure.draw(summary))
    asked = [claims_table(summary)] if summary.claims else []
    common: dict[str, Any] = {
        "summary": summary,
        "answer": answer(summary),
        "tables": [*asked, searchers_table(summary), networks_table(summary)],
        "notes": _said("live_notes.j2", summary),
        "figure_title": figure.TITLE,
    }
    shown = {FIGURE: (inline(drawn, FIGURE), figure.TITLE)}
    return {
        "README.md": text_of("live.md.j2", grid=markdown_table, **common),
        "table.csv": csv_text(COLUMNS, list(_lines(summary))),
        "summary.json": summary.to_text(),
        "index.html": page_of("live.html", figures=shown, theme=THEME, **common),
        f"{FIGURE}.svg": drawn,
    }


def write(summary: LiveSummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(summary), FILES, LiveSummary.is_report)


def _lines(summary: LiveSummary) -> Iterator[tuple[Any, ...]]:
    """For each searcher what it finds, in all and in each search, and the best so far after each network."""
    for row in summary.rows:
        yield "searcher", row.name, "found", "", *map(csv_number, (row.mean, row.low, row.high))
        yield "searcher", row.name, "told", "", csv_number(row.told), "", ""
        for run, worth in enumerate(row.found):
            yield "searcher", row.name, "found by search", run, csv_number(worth), "", ""
        for at, numbers in enumerate(zip(row.curve, row.curve_low, row.curve_high, strict=True), start=1):
            yield "searcher", row.name, "best so far", at, *map(csv_number, numbers)
    for found in summary.claims:
        yield "claim", found.name, found.status, "", *map(csv_number, (found.value, found.low, found.high))


def _said(template: str, summary: LiveSummary) -> list[Paragraph]:
    return paragraphs_of(
        template,
        summary=summary,
        claimed=claimed,
        points=points,
        unit_of=unit_of,
        bracketed=bracketed,
        all_trained=ALL_TRAINED,
    )
