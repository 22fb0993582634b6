"""The files of a report over several studies, as texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasrank.bench.analysis.across import Across
from nasrank.bench.foundation.escaping import csv_text
from nasrank.bench.reporting.across import dumbbells
from nasrank.bench.reporting.across.tables import rows_table, studies_table, titled
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import smaller, write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.words import as_filed, counted

FIGURE = "across"
CAPTION = "Kendall's tau-b before guidance and after it, in every way to train of every study."

FILES = ("README.md", "index.html", "table.csv", "summary.json", f"{FIGURE}.svg")

TITLE = "Landmark guidance across spaces and tasks"

COLUMNS = (
    *("study", "space", "data", "row", "before", "after", "gain", "low", "high", "status"),
    *("ridge", "against_ridge", "best_regression", "against_best_regression", "ceiling", "labels", "seeds", "pool"),
)


def answer(across: Across) -> str:
    """What the report says first."""
    return " ".join(one.text for one in _said("across_answer.j2", across))


def report_texts(across: Across) -> Mapping[str, str]:
    """By the name of the file. The same studies give the same bytes."""
    drawn = smaller(dumbbells.draw(across))
    common: dict[str, Any] = {
        "across": across,
        "title": TITLE,
        "answer": answer(across),
        "findings": _said("across_findings.j2", across),
        "tables": [studies_table(across), rows_table(across)],
        "notes": _said("across_notes.j2", across),
        "figure_title": dumbbells.QUESTION,
    }
    return {
        "README.md": text_of("across.md.j2", grid=markdown_table, **common),
        "table.csv": _csv(across),
        "summary.json": across.to_text(),
        "index.html": page_of("across.html", figures={FIGURE: (inline(drawn, FIGURE), CAPTION)}, theme=THEME, **common),
        f"{FIGURE}.svg": drawn,
    }


def write(across: Across, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(across), FILES, Across.is_report)


def _csv(across: Across) -> str:
    """A line for each way to train."""
    return csv_text(
        COLUMNS,
        (
            _filed(
                *(study.name, study.space, study.data, row.name, row.before, row.after, row.gain, row.low, row.high),
                *(row.status, row.ridge, row.against_ridge, row.best, row.against_best),
                *(study.ceiling, study.labels, study.seeds, study.pool),
            )
            for study in across.studies
            for row in study.rows
        ),
    )


def _filed(*cells: Any) -> tuple[str, ...]:
    """Numbers as files hold them; nothing where there is none."""
    return tuple(
        ("" if cell != cell else repr(as_filed(cell))) if isinstance(cell, float) else str(cell) for cell in cells
    )


def _said(template: str, across: Across) -> list[Paragraph]:
    return paragraphs_of(template, across=across, titled=titled, counted=counted)
