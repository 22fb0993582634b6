"""The files of a report: summary.json, table.csv and table.md, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.escaping import markdown, markdown_cell, markdown_item
from nasrank.bench.foundation.files import replacing
from nasrank.bench.judging import wording
from nasrank.bench.judging.report import RankReport
from nasrank.bench.judging.wording import TextTable

FILES = ("summary.json", "table.csv", "table.md")


def write(report: RankReport, folder: Path) -> None:
    """Write the report's files; what else is in the folder stays.

    Raises:
        ValueError: a file of such a name is there that no rank report wrote, before anything is written.
    """
    _refuse_others(folder)
    texts = (report.to_json(), report.to_csv(), to_markdown(report))
    for name, text in zip(FILES, texts, strict=True):
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")


def _refuse_others(folder: Path) -> None:
    if not any((folder / name).exists() for name in FILES):
        return
    try:
        start = (folder / FILES[0]).read_bytes()[:64]
    except OSError:
        start = b""
    if b'"kind": "rank report"' not in start:
        raise ValueError(f"{folder} holds the report of something else: name another folder with --out")


def to_markdown(report: RankReport) -> str:
    """The whole of table.md."""
    header = report.header
    parts = [
        f"# {markdown(str(header['scores']))} against {markdown(str(header['truth']))}",
        f"**{markdown(report.answer)}**",
        _grid(wording.main_table(report)),
        markdown(wording.method(report)) + ".",
        markdown(wording.ceiling_words(report)) + ".",
    ]
    if report.differences:
        shown = wording.difference_table(report)
        more = len(report.differences) - len(shown.rows)
        parts += ["## Differences", _grid(shown)]
        parts += [f"{more} smaller ones are in table.csv."] if more else []
    parts += ["## What was ranked", "\n".join(f"- {markdown_item(note)}" for note in report.notes)]
    return "\n\n".join(parts) + "\n"


def _grid(table: TextTable) -> str:
    lines = [[markdown_cell(cell) for cell in row] for row in (table.head, *table.rows)]
    lines.insert(1, ["---"] + ["---:"] * (len(table.head) - 1))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
