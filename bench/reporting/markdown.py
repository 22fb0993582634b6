"""table.md: header, verdict, the table of tau, and everything else that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.analysis.wording import BELOW
from nasrank.bench.foundation.escaping import markdown as escaped
from nasrank.bench.foundation.escaping import markdown_cell, markdown_item
from nasrank.bench.reporting import explanations
from nasrank.bench.reporting.sections import ReportSection, sections
from nasrank.bench.reporting.tables import Entry, PrintedTable, main_table


def markdown(summary: Summary) -> str:
    """The whole file."""
    parts = [
        f"# {escaped(summary.header['title'])}: ranking before and after landmark guidance",
        _grid(["", ""], [[*map(markdown_cell, fact)] for fact in explanations.facts(summary)]),
        "## In words",
        _bullets(summary.verdict),
        f"## {wording.MAIN_TITLE}",
        _render(main_table(summary)),
        *(part for section in sections(summary) for part in _section(section)),
        "## How to read this",
        _bullets(explanations.notes(summary)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(section: ReportSection) -> list[str]:
    notes = [_bullets(section.notes)] if section.notes else []
    return [f"## {section.title}", escaped(section.lead), _render(section.table), *notes]


def _render(table: PrintedTable) -> str:
    rows = [[markdown_cell(label), *map(_cell, cells)] for label, cells in table.lines]
    rows += [[f"*{markdown_cell(label)}*", *map(_cell, cells)] for label, cells in table.references]
    return _grid(["", *map(markdown_cell, table.head)], rows)


def _cell(cell: Entry) -> str:
    text = markdown_cell(cell.text)
    return f"{text} {BELOW}" if cell.below else text


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_item(line)}" for line in lines)
