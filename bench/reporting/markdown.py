"""table.md: header, verdict, the table of tau, and everything else that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.reporting import explanations, wording
from bench.reporting.sections import Section, sections
from bench.reporting.summary import Summary
from bench.reporting.tables import Cell, Table, main_table
from bench.reporting.wording import BELOW


def markdown(summary: Summary) -> str:
    """The whole file."""
    parts = [
        f"# {summary.header['title']}: ranking before and after landmark guidance",
        _grid(["", ""], explanations.facts(summary)),
        "## In words",
        _bullets(summary.verdict),
        f"## {wording.MAIN_TITLE}",
        _render(main_table(summary)),
        *(part for section in sections(summary) for part in _section(section)),
        "## How to read this",
        _bullets(explanations.notes(summary)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    notes = [_bullets(section.notes)] if section.notes else []
    return [f"## {section.title}", section.lead, _render(section.table), *notes]


def _render(table: Table) -> str:
    rows = [[label, *map(_cell, cells)] for label, cells in table.lines]
    rows += [[f"*{label}*", *map(_cell, cells)] for label, cells in table.references]
    return _grid(["", *table.head], rows)


def _cell(cell: Cell) -> str:
    return f"{cell.text} {BELOW}" if cell.below else cell.text


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
