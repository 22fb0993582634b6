"""table.tex: the tables for a paper, for the packages amssymb, booktabs and graphicx."""

from __future__ import annotations

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation.escaping import latex as escaped
from nasrank.bench.foundation.escaping import one_line
from nasrank.bench.reporting import explanations
from nasrank.bench.reporting.sections import sections
from nasrank.bench.reporting.tables import Entry, PrintedTable, main_table

_MARK = r"$^{\triangledown}$"


def latex(summary: Summary) -> str:
    """The header as comments and a float for each table."""
    header, n = summary.header, summary.header["n"]
    about = (
        f"{header['title']}: {wording.MAIN_TITLE} before and after landmark guidance, {wording.seeds(n['seeds'])}, "
        f"{n['pool']:,} architectures, {100 * header['confidence']:g} % intervals. Truth: {header['truth']['oracle']} "
        f"({explanations.truth_column(summary)})."
    )
    explained = rf"{_MARK}: at least one baseline is better."
    parts = [
        *(f"% {one_line(term)}: {one_line(text)}" for term, text in explanations.facts(summary)),
        r"% \usepackage{amssymb,booktabs,graphicx}",
        _float(main_table(summary), f"{escaped(about)} {explained}", "tau"),
        *(_float(one.table, f"{escaped(one.lead)} {explained}", one.key) for one in sections(summary)),
    ]
    return "\n".join(parts) + "\n"


def _float(table: PrintedTable, caption: str, label: str) -> str:
    groups = [group for group in (table.lines, table.references) if group]
    rows = [r"\toprule", _row(["", *map(escaped, table.head)])]
    for group in groups:
        rows += [r"\midrule", *(_row([escaped(name), *map(_cell, cells)]) for name, cells in group)]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{caption}}}",
        rf"\label{{tab:nasrank-{label}}}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{l{'r' * len(table.head)}}}",
        *rows,
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    first, *others = cells
    guard = "{}" if first.startswith(("[", "*")) else ""  # else the end of the line before would take it for its own
    return " & ".join([guard + first, *others]) + r" \\"


def _cell(cell: Entry) -> str:
    return escaped(cell.text) + (_MARK if cell.below else "")
