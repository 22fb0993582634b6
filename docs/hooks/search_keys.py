"""Writes the reference of search studies, from the models that check them, and of all registered searchers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping

from made import completed
from mkdocs.structure.pages import Page
from pydantic import BaseModel
from study_keys import first_paragraph, table

from nasrank.bench.search.searcher import SEARCHERS, Searcher
from nasrank.bench.search_studies import claims, grammar, sections, values

VALUE = """\
The number of an architecture is from one of `table`, `cost`, `proxy`, `numbers` and `supernet`; the last can be an
objective only, for it differs from run to run. The keys of `table` are those of [`[truth]`](study.md#truth) in other
studies.
"""

NESTED: Mapping[str, type[BaseModel]] = {
    "proxy": values.ProxySection,
    "numbers": values.FileSection,
    "supernet": values.SuperNetSection,
}

SEARCHERS_INTRODUCTION = """\
What `searcher` may be. One that *repeats* may ask again for what it was told of, as its published code does, and pays
for it again unless the part says `reuse = "answers"`. One that *ends* may stop before the budget is spent. Those of
Optuna and the variants of NSGA-II need `pip install '.[search]'`. A searcher of your own is
[one file](../how-to/search.md#bring-your-own-searcher).
"""


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Complete the page."""
    return completed(markdown, keys()) if page.file.src_uri == "reference/search.md" else markdown


def keys() -> str:
    """The whole reference, in Markdown."""
    study, part, row = grammar.SearchStudy, sections.PartSection, sections.SearcherSection
    apart = {"objectives", "price", "reported", "limits", "front"}
    parts = [
        *("## Beside the sections", *table("", study, without={"parts", "searchers", "claims"})),
        *("## [parts.NAME]", first_paragraph(part), *table("parts", part, without=apart)),
        *("## [parts.NAME.objectives.NAME] and [parts.NAME.reported.NAME]", VALUE),
        f"`objectives`: {meaning(part, 'objectives')} `reported`: {meaning(part, 'reported')}",
        *table("values", values.ValueSection),
    ]
    for name, model in NESTED.items():
        parts += [f"### {name}", first_paragraph(model), *table(name, model)]
    parts += ["## [parts.NAME.limits.NAME]", f"{first_paragraph(values.LimitSection)} Besides the keys above:"]
    parts += table("limits", values.LimitSection, without=values.ValueSection.model_fields)
    for name, model in {"price": values.PriceSection, "front": sections.FrontSection}.items():
        parts += [f"## [parts.NAME.{name}]", first_paragraph(model), *table(name, model)]
    parts += ["## [searchers.NAME]", first_paragraph(row), *table("searchers", row, without={"guide"})]
    parts += ["### guide", first_paragraph(sections.GuideSection), *table("guide", sections.GuideSection)]
    parts += ["## [claims.NAME]", first_paragraph(claims.ClaimSection), *table("claims", claims.ClaimSection)]
    parts += ["## Searchers", SEARCHERS_INTRODUCTION, "\n".join(searchers())]
    return "\n\n".join([*parts, *(line for kind in SEARCHERS.values() for line in settings(kind))])


def meaning(model: type[BaseModel], key: str) -> str:
    """Of a key whose value is a section of its own."""
    return " ".join((model.model_fields[key].description or "").split())


def searchers() -> Iterator[str]:
    """A row for each."""
    yield "| name | searcher | objectives | repeats | ends |"
    yield "|---|---|---|---|---|"
    for name, kind in SEARCHERS.items():
        marks = ("yes" if kind.repeats else "", "yes" if kind.ends else "")
        yield f"| [`{name}`](#{name}) | {kind.label} | {objectives(kind)} | {' | '.join(marks)} |"


def objectives(kind: type[Searcher]) -> str:
    """How many it can serve."""
    fewest, most = kind.fewest_objectives, kind.most_objectives
    if most is None:
        return f"{fewest} or more"
    return f"{fewest}" if most == fewest else f"{fewest} to {most}"


def settings(kind: type[Searcher]) -> Iterator[str]:
    """Of one searcher: where it is from, and the keys of its settings."""
    yield f"### {kind.name}"
    yield f"{kind.label[0].upper()}{kind.label[1:]}: {reference(kind)}"
    if kind.settings_type.model_fields:
        yield from table("settings", kind.settings_type)
    else:
        yield "It has no settings."


def reference(kind: type[Searcher]) -> str:
    """The entry of its key among the references of its module, on one line."""
    text = sys.modules[kind.__module__].__doc__ or ""
    entry = re.search(rf"^ {{4}}\[{kind.reference}\] (.*?)(?=\n {{4}}\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert entry, f"{kind.__module__} does not say what {kind.reference} is"
    return " ".join(entry[1].split())
