"""The texts of a report on zero-cost proxies, all made of its summary."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.analysis.prediction_rows import csv_of
from nasrank.bench.analysis.proxies_summary import ProxySummary, is_report
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.page import inline
from nasrank.bench.reporting.predictors.files import write_files
from nasrank.bench.reporting.printing import markdown_table
from nasrank.bench.reporting.prose import Paragraph, page_of, paragraphs_of, text_of
from nasrank.bench.reporting.proxies.figures import CAPTIONS, figures
from nasrank.bench.reporting.proxies.say import ProxySay, digits, joined
from nasrank.bench.reporting.proxies.tables import main_table, marks_in_words, sections

FILES = ("README.md", "summary.json", "table.csv", "table.md", "index.html", "tau.svg", "truths.svg", "changes.svg")
"""The last two only where there is what they show."""


def texts_of(summary: ProxySummary) -> dict[str, str]:
    """Every file by its name."""
    drawn = figures(summary)
    main, others = main_table(summary), sections(summary)
    words = {"answer": answer(summary), "findings": findings(summary), "notes": notes(summary)}
    printed = [(table, markdown_table(table)) for table in (main, *others)]
    return {
        "README.md": text_of("proxies.md.j2", summary=summary, table=printed[0][1], figures=drawn, **words),
        "summary.json": summary.to_text(),
        "table.csv": csv_of(summary.rows),
        "table.md": text_of("proxies_table.md.j2", summary=summary, tables=printed, **words),
        "index.html": page_of(
            "proxies.html",
            summary=summary,
            main=main,
            sections=others,
            figures={name: (inline(text, name), CAPTIONS[name]) for name, text in drawn.items()},
            theme=THEME,
            **words,
        ),
        **{f"{name}.svg": text for name, text in drawn.items()},
    }


def write(summary: ProxySummary, folder: Path) -> None:
    """Write the report's files; DataError where the folder holds another report."""
    write_files(folder, texts_of(summary), FILES, is_report)


def answer(summary: ProxySummary) -> str:
    """The one sentence that the report says first."""
    return " ".join(one.text for one in _paragraphs("proxies_answer.j2", summary))


def findings(summary: ProxySummary) -> list[Paragraph]:
    """What else the numbers say."""
    return _paragraphs("proxies_findings.j2", summary)


def notes(summary: ProxySummary) -> list[Paragraph]:
    """How it was measured."""
    return _paragraphs("proxies_notes.j2", summary)


def _paragraphs(name: str, summary: ProxySummary) -> list[Paragraph]:
    return paragraphs_of(
        name, summary=summary, say=ProxySay(summary), digits=digits, joined=joined, marks=marks_in_words()
    )
