"""index.html: the whole report in one file that loads nothing, with a chart that answers to pointer and keys.

What the chart knows of the truth is the rank of every architecture in the pool.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.scores import pool_truth, ranks
from nasrank.bench.analysis.summary import MAIN_METRIC, Summary
from nasrank.bench.reporting import explanations
from nasrank.bench.reporting.figures import FIGURES
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.sections import sections
from nasrank.bench.reporting.tables import main_table

if TYPE_CHECKING:
    from nasrank.bench.runner.results import Results
    from nasrank.bench.runner.truth import Truth


def page(summary: Summary, results: Results, truth: Truth, figures: dict[str, str]) -> str:
    """The file's content.

    Args:
        truth: only its order is shown.
        figures: SVG text by name.
    """
    templates = Environment(
        loader=PackageLoader("nasrank.bench.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template("page.html").render(
        summary=summary,
        wording=wording,
        facts=explanations.facts(summary),
        notes=explanations.notes(summary),
        main=main_table(summary),
        sections=sections(summary),
        figures={name: (inline(text, name), FIGURES[name].caption) for name, text in figures.items()},
        theme=THEME,
        data=_script_json(chart_data(summary, results, truth)),
    )


def chart_data(summary: Summary, results: Results, truth: Truth) -> dict[str, Any]:
    """What the chart shows: of every pool architecture its notation, its true rank and its scores in every trial.

    A failed trial has null for its scores. A row with the same trials as an earlier one has that one's name instead.
    """
    design = results.design

    def scores(after: bool) -> dict[str, list[list[float] | None] | str]:
        shown: dict[str, list[list[float] | None] | str] = {}
        first: dict[tuple[str, ...], str] = {}
        for name in summary.labels:
            row = design.rows[name]
            trials = results.of(row.after if after else row.before)
            same = first.setdefault((row.score, *(trial["trial"] for trial in trials)), name)
            known = [None if trial["failure"] is not None else trial["scores"][row.score] for trial in trials]
            shown[name] = known if same == name else same
        return shown

    return {
        "score": summary.header["score"],
        "labels": summary.labels,
        "seeds": list(design.study.seeds),
        "architectures": [str(architecture) for architecture in design.pool],
        "trueRanks": [int(rank) for rank in ranks(pool_truth(design, truth))],
        "before": scores(after=False),
        "after": scores(after=True),
        "tau": {
            name: {"before": _nullable(row.before_by_seed), "after": _nullable(row.after_by_seed)}
            for name in summary.labels
            for row in [summary.row(name, MAIN_METRIC)]
        },
    }


def inline(svg: str, name: str) -> str:
    """An SVG for use within HTML: identifiers of its own, and colours that follow the page's."""
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"<svg [^>]*>", lambda tag: re.sub(r' (width|height)="[^"]*"', "", tag[0]), svg, count=1)
    for role, colour in THEME.items():
        svg = svg.replace(colour, f"var(--{role})")
    return svg


def _nullable(values: tuple[float, ...]) -> list[float | None]:
    return [None if value != value else round(value, 6) for value in values]


def _script_json(content: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
