"""The files of the report of a label study, as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nasrank.bench.analysis.compared_rows import COLUMNS, plain
from nasrank.bench.analysis.label_summary import LabelSummary
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.labels import curves, tables
from nasrank.bench.reporting.labels.say import LabelSay
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of

FIGURE = "curves"
MAIN = ("tau", "tau_top10")
"""Metrics of the tables that README.md shows; table.md has all."""

FILES = ("README.md", "index.html", "table.md", "table.csv", "summary.json", f"{FIGURE}.svg")


def answer(summary: LabelSummary) -> str:
    """The one sentence that the report says first."""
    return " ".join(one.text for one in _said("labels_answer.j2", summary))


def report_texts(summary: LabelSummary) -> dict[str, str]:
    """By the name of the file. The same summary gives the same bytes."""
    drawn = curves.draw(summary)
    every = list(tables.part_tables(summary, summary.study.metrics))
    main = list(tables.part_tables(summary, MAIN[:1]))
    others = [table for table in every if table not in main]
    asked = [
        (one, [tables.question_table(summary, one, metric, place) for metric in MAIN])
        for place, one in enumerate(summary.answers, start=1)
    ]
    seconds = tables.seconds_table(summary)
    common: dict[str, Any] = {
        "summary": summary,
        "answer": answer(summary),
        "findings": _said("labels_findings.j2", summary),
        "notes": _said("labels_notes.j2", summary),
        "asked": asked,
        "main": main,
        "others": [*others, seconds],
    }
    rows = pd.DataFrame(plain([*summary.rows, *(row for one in summary.answers for row in one.rows)]), columns=COLUMNS)
    return {
        "README.md": text_of("labels.md.j2", grid=markdown_table, **common),
        "table.md": text_of("labels_table.md.j2", grid=markdown_table, **common),
        "table.csv": rows.to_csv(index=False, lineterminator="\n"),
        "summary.json": summary.to_text(),
        "index.html": page_of("labels.html", figures={FIGURE: (inline(drawn, FIGURE), CAPTION)}, theme=THEME, **common),
        f"{FIGURE}.svg": drawn,
    }


CAPTION = (
    "Rank correlation with the truth of all architectures that are not labelled, above of all of them, below among the "
    "best tenth. Dotted lines know no labels."
)


def write(summary: LabelSummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, report_texts(summary), FILES, LabelSummary.is_report)


def _said(template: str, summary: LabelSummary) -> list[Paragraph]:
    return paragraphs_of(template, summary=summary, say=LabelSay(summary))
