"""Sentences from templates: an editor finds every word of a report in the folder `templates`.

A template of sentences is paragraphs, each of which begins with an asterisk at the beginning of a line; how lines are
broken does not matter. A paragraph may begin with a lead, parted from the rest by `||`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation import escaping
from nasrank.bench.reporting import words
from nasrank.bench.reporting.say import Say


class Paragraph(NamedTuple):
    """A few words that lead in, which may be empty, and what follows."""

    lead: str
    text: str


@cache
def _environment(autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("nasrank.bench.reporting", "templates"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "tau": words.short,
        "exactly": words.number,
        "percent": words.percent,
        "listed": words.listed,
        "difference": lambda finding: words.with_interval(finding, signed=True),
        "labels_of": lambda names, summary: [summary.labels[name] for name in names],
        "md": escaping.markdown,
        "md_item": escaping.markdown_item,
        "md_cell": escaping.markdown_cell,
    }
    environment.globals["words"] = words
    return environment


def render(name: str, summary: Summary, *, html: bool = False, **more: Any) -> str:
    """A whole file from its template; texts are escaped by themselves on a page, and by filters in Markdown."""
    template = _environment(html).get_template(name)
    return template.render(summary=summary, header=summary.header, n=summary.header["n"], say=Say(summary), **more)


def paragraphs(name: str, summary: Summary, **more: Any) -> list[Paragraph]:
    """The paragraphs of a template as plain text, to be escaped by whatever shows them."""
    return parted(render(name, summary, **more))


def text_of(name: str, **context: Any) -> str:
    """What a template makes of several studies, or of none."""
    return _environment(False).get_template(name).render(**context)


def parted(text: str) -> list[Paragraph]:
    """The paragraphs of a text, each with its lead."""
    found = (re.sub(r"\s+", " ", one).strip() for one in re.split(r"^\* ", text, flags=re.MULTILINE))
    parts = (one.partition("||") for one in found if one)
    return [Paragraph(lead.strip(), rest.strip()) if bar else Paragraph("", lead) for lead, bar, rest in parts]


def answer(summary: Summary) -> str:
    """The one sentence that a report says first."""
    return " ".join(one.text for one in paragraphs("answer.j2", summary))
