"""index.html of a rank report: one sentence and one figure, a table of rows, and all else folded; it loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from nasrank.bench.foundation.escaping import markdown, markdown_cell, markdown_item
from nasrank.bench.judging import RankReport, sentences, wording
from nasrank.bench.reporting.figures.style import THEME
from nasrank.bench.reporting.page import inline

LONGEST = 60
"""Characters of a label on the page."""

SHOWN = 200
"""Differences on the page, the largest."""


def page(report: RankReport, figures: Mapping[str, str]) -> str:
    """The file's content; `figures` are SVG texts by name, of which the one called tau opens the page."""
    return render(
        "rank.html",
        report,
        autoescape=True,
        warnings=sentences.warnings(report),
        main=wording.short_table(report, LONGEST),
        metrics=wording.metric_table(report, LONGEST),
        differences=wording.difference_table(report, SHOWN, LONGEST),
        figures={name: inline(text, name) for name, text in figures.items()},
        theme=THEME,
    )


def markdown_page(report: RankReport) -> str:
    """The content of table.md."""
    return render(
        "rank.md.j2",
        report,
        autoescape=False,
        main=wording.main_table(report),
        differences=wording.difference_table(report),
    )


def render(template: str, report: RankReport, *, autoescape: bool, **parts: Any) -> str:
    """A template with a report and its tables."""
    return _environment(autoescape).get_template(template).render(report=report, wording=wording, **parts)


@cache
def _environment(autoescape: bool) -> Environment:
    made = Environment(
        loader=PackageLoader("nasrank.bench.reporting", "templates"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(text=markdown, cell=markdown_cell, item=markdown_item)
    return made
