"""table.tex: the tables for a paper, for the packages amssymb, booktabs and graphicx."""

from __future__ import annotations

from bench.reporting import explanations, wording
from bench.reporting.sections import sections
from bench.reporting.summary import Summary
from bench.reporting.tables import Cell, Table, main_table

_MARK = r"$^{\triangledown}$"
_WRITTEN = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "→": r"$\to$",
    "⇒": r"$\Rightarrow$",
    "±": r"$\pm$",
    "↓": r"$\downarrow$",
    "<": "$<$",
    ">": "$>$",
}
"""How characters are written that are not themselves in TeX."""


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
        *(f"% {term}: {_one_line(text)}" for term, text in explanations.facts(summary)),
        r"% \usepackage{amssymb,booktabs,graphicx}",
        _float(main_table(summary), f"{_escape(about)} {explained}", "tau"),
        *(_float(one.table, f"{_escape(one.lead)} {explained}", one.key) for one in sections(summary)),
    ]
    return "\n".join(parts) + "\n"


def _float(table: Table, caption: str, label: str) -> str:
    groups = [group for group in (table.lines, table.references) if group]
    rows = [r"\toprule", _row(["", *map(_escape, table.head)])]
    for group in groups:
        rows += [r"\midrule", *(_row([_escape(name), *map(_cell, cells)]) for name, cells in group)]
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
    """A bracket or a star at its start would belong to the end of the row before it."""
    line = " & ".join(cells) + r" \\"
    return f"{{}}{line}" if line.startswith(("[", "*")) else line


def _cell(cell: Cell) -> str:
    return _escape(cell.text) + (_MARK if cell.below else "")


def _escape(text: str) -> str:
    """Text that TeX prints as it stands, whatever is in it."""
    return "".join(_WRITTEN.get(character, character) for character in _one_line(text))


def _one_line(text: str) -> str:
    """Without line breaks, which end a comment and, in pairs, a paragraph, and without other control characters."""
    return "".join(character if character.isprintable() else " " for character in text)
