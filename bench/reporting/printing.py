"""Tables as Markdown and as LaTeX, by pandas; and the files that are made of them."""

from __future__ import annotations

import pandas as pd

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation import escaping
from nasrank.bench.reporting import words
from nasrank.bench.reporting.prose import Paragraph, answer, paragraphs, render
from nasrank.bench.reporting.sections import main_table, sections
from nasrank.bench.reporting.tables import CONTROLS, Line, Table


def markdown(summary: Summary) -> str:
    """table.md: everything that was measured, and how."""
    tables = [main_table(summary), *sections(summary)]
    return render(
        "table.md.j2",
        summary,
        answer=answer(summary),
        facts=paragraphs("facts.j2", summary),
        notes=paragraphs("notes.j2", summary),
        tables=[(table, markdown_table(table), *lead_and_notes(table, summary)) for table in tables],
    )


def study_readme(summary: Summary) -> str:
    """README.md: the answer, the figure, the rows, and what else the numbers say."""
    labels = next((table for table in sections(summary) if table.key == "labels"), None)
    return render(
        "study.md.j2",
        summary,
        answer=answer(summary),
        findings=paragraphs("findings.j2", summary),
        table=markdown_table(main_table(summary)),
        labels=labels and (labels, markdown_table(labels), lead_and_notes(labels, summary)[0]),
    )


def latex(summary: Summary) -> str:
    """table.tex: the tables for a paper, for the packages amssymb, booktabs and graphicx; a float each."""
    header, n = summary.header, summary.header["n"]
    about = (
        f"{header['title']}: {words.TAU.label} before and after guidance, {words.seeds_of(header)}, "
        f"{n['pool']:,} architectures, {100 * header['confidence']:g} % intervals. Truth: {header['truth']['oracle']} "
        f"({words.truth_column(summary)}). {words.UP} and {words.DOWN}: decided by Holm's test over the column."
    )
    parts = [
        *(
            f"% {escaping.one_line(fact.lead)}: {escaping.one_line(fact.text)}"
            for fact in paragraphs("facts.j2", summary)
        ),
        r"% \usepackage{amssymb,booktabs,graphicx}",
        _float(main_table(summary), about),
        *(_float(table, lead_and_notes(table, summary)[0] or table.title) for table in sections(summary)),
    ]
    return "\n".join(parts) + "\n"


def lead_and_notes(table: Table, summary: Summary) -> tuple[str, list[Paragraph]]:
    """What a table shows, and how it is to be read; the main table goes without."""
    if table.key == "tau":
        return "", []
    lead, *notes = paragraphs(f"sections/{table.lead or table.key}.j2", summary)
    return lead.text, notes


def markdown_table(table: Table) -> str:
    """Its lines; those that are no ways to train in italics."""
    rows = [
        [
            f"*{escaping.markdown_cell(label)}*" if name else escaping.markdown_cell(label),
            *map(escaping.markdown_cell, cells),
        ]
        for name, lines in _groups(table)
        for label, cells in lines
    ]
    frame = pd.DataFrame(rows, columns=["", *map(escaping.markdown_cell, table.head)])
    aligned = ("left", *["right"] * len(table.head))
    return str(frame.to_markdown(index=False, disable_numparse=True, tablefmt="pipe", colalign=aligned))


def _groups(table: Table) -> list[tuple[str, list[Line]]]:
    """Those of the table, without lines for their names: a control says in its own that it is one."""
    return [
        (name, [(f"{label} (control)" if name == CONTROLS else label, cells) for label, cells in lines])
        for name, lines in table.groups
    ]


def _float(table: Table, caption: str) -> str:
    groups = _groups(table)
    rows = [[_first(label), *map(escaping.latex, cells)] for _, lines in groups for label, cells in lines]
    frame = pd.DataFrame(rows, columns=["", *map(escaping.latex, table.head)])
    body = frame.style.hide(axis="index").to_latex(hrules=True, column_format="l" + "r" * len(table.head))
    lines = body.rstrip("\n").split("\n")
    start = 4  # of the rows: after the tabular, the top rule, the head and the middle rule
    for _, group in groups[:-1]:
        start += len(group)
        lines.insert(start, r"\midrule")
        start += 1
    inner = "\n".join(lines)
    return (
        rf"\begin{{table}}{chr(10)}\centering{chr(10)}\caption{{{escaping.latex(caption)}}}{chr(10)}"
        rf"\label{{tab:nasrank-{table.key}}}{chr(10)}\resizebox{{\linewidth}}{{!}}{{%{chr(10)}{inner}}}{chr(10)}\end{{table}}"
    )


def _first(label: str) -> str:
    """The first cell of a row; one that begins so would be taken for an option of the end of the line before."""
    text = escaping.latex(label)
    return ("{}" if text.startswith(("[", "*")) else "") + text
