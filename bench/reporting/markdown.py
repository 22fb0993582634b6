"""table.md: header, verdict, the table of tau, and everything else that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.reporting import wording
from bench.reporting.summary import Summary
from bench.reporting.tables import (
    Cell,
    Table,
    groups_table,
    landmarks_table,
    main_table,
    metrics_table,
    published_table,
)
from bench.reporting.wording import BELOW


def markdown(summary: Summary) -> str:
    """The whole file."""
    sections = [
        f"# {summary.header['title']}: ranking before and after landmark guidance",
        _grid(["", ""], wording.facts(summary)),
        "## In words",
        _bullets(summary.verdict),
        f"## {wording.MAIN_TITLE}",
        _render(main_table(summary)),
        f"## {wording.METRICS_TITLE}",
        wording.METRICS_LEAD,
        _render(metrics_table(summary)),
        *_section(wording.GROUPS_TITLE, wording.GROUPS_LEAD, groups_table(summary)),
        f"## {wording.LANDMARKS_TITLE}",
        wording.LANDMARKS_LEAD,
        _render(landmarks_table(summary)),
        *_section(wording.PUBLISHED_TITLE, wording.PUBLISHED_LEAD, published_table(summary)),
        *([_bullets(wording.published_notes(summary))] if summary.published else []),
        "## How to read this",
        _bullets(wording.notes(summary)),
    ]
    return "\n\n".join(sections) + "\n"


def _section(title: str, lead: str, table: Table) -> list[str]:
    """Of what not every study has."""
    return [f"## {title}", lead, _render(table)] if table.lines else []


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
