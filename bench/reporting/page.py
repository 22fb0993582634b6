"""index.html: the whole report in one file that loads nothing.

It opens with one sentence and one figure; then come the rows; what looks closer is folded.
"""

from __future__ import annotations

import re
import shlex

from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.chart import chart_of, library
from nasrank.bench.reporting.figures import FIGURES
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.printing import lead_and_notes
from nasrank.bench.reporting.prose import answer, paragraphs, render
from nasrank.bench.reporting.sections import main_table, sections
from nasrank.bench.reporting.tables import Table


def page(summary: Summary, ranks: RankTable, figures: dict[str, str]) -> str:
    """The file's content.

    Args:
        figures: SVG text by name.
    """
    return render(
        "page.html",
        summary,
        html=True,
        answer=answer(summary),
        main=main_table(summary),
        sections=[(table, *lead_and_notes(table, summary)) for table in sections(summary)],
        findings=paragraphs("findings.j2", summary),
        facts=paragraphs("facts.j2", summary),
        notes=paragraphs("notes.j2", summary),
        figures={name: (inline(text, name), FIGURES[name].caption) for name, text in figures.items()},
        theme=THEME,
        inputs=inputs,
        chart=chart_of(summary, ranks),
        library=library(),
    )


def inputs(table: Table) -> str:
    """The command that prints the lines of the frame that a table is made of."""
    return " ".join(["nasrank frame FOLDER", *(f"--where {shlex.quote(one)}" for one in table.where)])


def inline(svg: str, name: str) -> str:
    """An SVG for use within HTML: identifiers of its own, and colours that follow the page's."""
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"<svg [^>]*>", lambda tag: re.sub(r' (width|height)="[^"]*"', "", tag[0]), svg, count=1)
    for role, colour in THEME.items():
        svg = svg.replace(colour, f"var(--{role})")
    return svg
