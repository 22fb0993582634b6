"""Sentences from templates: an editor finds every word of a report in the folder `templates`.

A template of sentences is paragraphs, each of which begins with an asterisk at the beginning of a line; how lines are
broken does not matter. A paragraph may begin with a lead, parted from the rest by `||`. What is put into them, such as
the label of a user, is one line and parts nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.foundation import escaping
from nasrank.bench.ranking import tau_without_noise
from nasrank.bench.reporting import words
from nasrank.bench.reporting.say import Say


class Paragraph(NamedTuple):
    """A few words that lead in, which may be empty, and what follows."""

    lead: str
    text: str


_BAR = "||"
_NO_BAR = "\ue000"
"""Stands for two bars in what is put into a sentence, until its paragraphs are parted."""


def _within(value: Any) -> Any:
    """What is put into a sentence, as a line that neither begins a paragraph nor ends a lead."""
    return escaping.one_line(value.replace(_NO_BAR, _BAR)).replace(_BAR, _NO_BAR) if isinstance(value, str) else value


@cache
def _environment(*, autoescape: bool = False, sentences: bool = False) -> Environment:
    environment = Environment(
        loader=PackageLoader("nasrank.bench.reporting", "templates"),
        autoescape=autoescape,
        finalize=_within if sentences else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "tau": words.short,
        "exactly": words.number,
        "without_noise": tau_without_noise,
        "exact": words.with_interval,
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
    return _environment(autoescape=html).get_template(name).render(**_of(summary), **more)


def paragraphs(name: str, summary: Summary) -> list[Paragraph]:
    """The paragraphs of a template as plain text, to be escaped by whatever shows them."""
    return paragraphs_of(name, **_of(summary))


def _of(summary: Summary) -> dict[str, Any]:
    return {"summary": summary, "header": summary.header, "n": summary.header["n"], "say": Say(summary)}


def text_of(name: str, **context: Any) -> str:
    """A whole file of several studies."""
    return _environment().get_template(name).render(**context)


def page_of(name: str, **context: Any) -> str:
    """A whole page, in which texts are escaped by themselves."""
    return _environment(autoescape=True).get_template(name).render(**context)


def paragraphs_of(name: str, **context: Any) -> list[Paragraph]:
    """What a template says of several studies, or of one."""
    text = _environment(sentences=True).get_template(name).render(**context)
    found = (re.sub(r"\s+", " ", one).strip() for one in re.split(r"^\* ", text, flags=re.MULTILINE))
    parts = (one.partition(_BAR) for one in found if one)
    return [_paragraph(lead, rest) if bar else _paragraph("", lead) for lead, bar, rest in parts]


def _paragraph(*parts: str) -> Paragraph:
    return Paragraph(*(part.replace(_NO_BAR, _BAR).strip() for part in parts))


def answer(summary: Summary) -> str:
    """The one sentence that a report says first."""
    return " ".join(one.text for one in paragraphs("answer.j2", summary))
