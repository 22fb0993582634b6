"""The files of the report of a gradient study, as texts."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from pathlib import Path
from typing import Any

from nasrank.bench.analysis.gradient_summary import GradientSummary
from nasrank.bench.foundation.escaping import csv_number, csv_text
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.gradient_studies import figures
from nasrank.bench.reporting.gradient_studies.tables import (
    claimed,
    claims_table,
    depths_table,
    groups_table,
    power,
    words_of,
)
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import smaller, write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.words import bracketed, stated

FIGURES = {"depths": figures.OVER_DEPTHS, "layers": figures.OVER_LAYERS}

FILES = ("README.md", "index.html", "table.csv", "summary.json", *(f"{name}.svg" for name in FIGURES))

COLUMNS = ("kind", "name", "what", "depth", "layer", "value", "low", "high")


def answer(summary: GradientSummary) -> str:
    """What the report says first."""
    return " ".join(one.text for one in _said("gradients_answer.j2", summary))


def report_texts(summary: GradientSummary) -> dict[str, str]:
    """By the name of the file. The same summary gives the same bytes."""
    drawn = {"depths": smaller(figures.draw_depths(summary)), "layers": smaller(figures.draw_layers(summary))}
    asked = [claims_table(summary)] if summary.claims else []
    common: dict[str, Any] = {
        "summary": summary,
        "answer": answer(summary),
        "tables": [*asked, groups_table(summary), depths_table(summary)],
        "notes": _said("gradients_notes.j2", summary),
    }
    shown = {name: (inline(text, name), FIGURES[name]) for name, text in drawn.items()}
    return {
        "README.md": text_of("gradients.md.j2", grid=markdown_table, figures=FIGURES, **common),
        "table.csv": csv_text(COLUMNS, list(_lines(summary))),
        "summary.json": summary.to_text(),
        "index.html": page_of("gradients.html", figures=shown, theme=THEME, **common),
        **{f"{name}.svg": text for name, text in drawn.items()},
    }


def write(summary: GradientSummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(summary), FILES, GradientSummary.is_report)


def _lines(summary: GradientSummary) -> Iterator[tuple[Any, ...]]:
    """One for each layer of each network, each slope and each claim."""
    for one in summary.profiles:
        for layer, numbers in enumerate(zip(one.log_norms, one.lows, one.highs, strict=True), start=1):
            yield "group", one.group, "norm", one.depth, layer, *map(csv_number, map(exp, numbers))
    for row in summary.rows:
        yield "group", row.name, "slope", "", "", *map(csv_number, (row.slope, row.low, row.high))
    for found in summary.claims:
        depth = summary.study.claims[found.name].depth
        about = ("claim", found.name, found.status, "" if depth is None else depth, "")
        yield *about, *map(csv_number, (found.value, found.low, found.high))


def _said(template: str, summary: GradientSummary) -> list[Paragraph]:
    return paragraphs_of(
        template,
        summary=summary,
        claimed=claimed,
        power=power,
        bracketed=bracketed,
        words_of=words_of,
        stated=stated,
    )
