"""Writes the reference of study files: every key with its type, default, bounds and meaning, from the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from made import completed
from mkdocs.structure.pages import Page
from pydantic import BaseModel

from nasrank.bench.gradient_studies import grammar as gradient_studies
from nasrank.bench.live_search import grammar as live_search
from nasrank.bench.studies import bounds as bounds_of_studies
from nasrank.bench.studies import claims, compared, scoring, sections, seeds
from nasrank.bench.studies.commented import names_of_keys
from nasrank.bench.studies.searchers import ChosenSearcher
from nasrank.bench.studies.study import Study
from nasrank.bench.table_studies import grammar as table_studies
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TERMS
from nasrank.spaces import SPACES
from nasrank.spaces.options import StagedSuperNetOptions, SuperNetOptions

OF_TABLES = """\
A file that begins with `kind = "tables"` [compares groups](../how-to/search-spaces.md#what-tables-say-by-themselves) of
architectures that were trained by themselves.
"""

OF_GRADIENTS = """\
A file that begins with `kind = "gradients"` looks at
[gradients before training](../how-to/search-spaces.md#gradients-before-training), by layer and depth.
"""

OF_LIVE_SEARCHES = """\
A file that begins with `kind = "live"` [searches a space by training](../how-to/search-spaces.md#search-it-by-training)
what a searcher asks for.
"""

SECTIONS: Mapping[str, type[BaseModel]] = {
    "seed_rule": seeds.SeedRule,
    "truth": sections.TruthSection,
    "images": sections.ImagesSection,
    "supernet": StagedSuperNetOptions,
    "training": sections.TrainingSection,
    "scoring": scoring.ScoringSection,
    "landmarks": compared.LandmarkSection,
    "terms": compared.TermSection,
    "pool": sections.PoolSection,
    "analysis": sections.AnalysisSection,
    "estimators": compared.EstimatorSection,
    "variants": compared.Variant,
    "claims": claims.ClaimSection,
}
HEADS = {"seed_rule": "seeds = { ... }", "terms": "[[terms]]", "variants": "[variants.NAME]", "claims": "[claims.NAME]"}

NAMES = {key: names for key, names in names_of_keys().items() if key not in {("", "strategies"), ("truth", "oracle")}}
"""What a key may name, where that is no fixed list but whatever is registered; these two have tables of their own."""

KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "object": "table"}


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Complete the page."""
    return completed(markdown, keys()) if page.file.src_uri == "reference/study.md" else markdown


def keys() -> str:
    """The whole reference, in Markdown."""
    parts = ["## Beside the sections", *table("", Study, without=SECTIONS)]
    for name, model in SECTIONS.items():
        parts += [f"## {HEADS.get(name, f'[{name}]')}", first_paragraph(model), *table(name, model)]
        if name == "supernet":
            parts += [line for space in SPACES.values() for line in own_options(space)]
        if name == "scoring":
            parts += ["### [scoring.also.NAME]", first_paragraph(further := scoring.FurtherScoring)]
            parts += table("scoring.also", further)
        if name == "terms":
            parts += [line for term in TERMS.values() for line in options(term)]
    return "\n\n".join(
        [*parts, "## Strategies", "\n".join(strategies()), *of_tables(), *of_gradients(), *of_live_searches()]
    )


def of_tables() -> Iterator[str]:
    """The keys of table studies."""
    yield "## Studies of tables"
    yield OF_TABLES
    yield from table("tables", table_studies.TableStudy, without={"groups", "claims"})
    for name, model in {"groups": table_studies.GroupSection, "claims": table_studies.ClaimSection}.items():
        yield f"### [{name}.NAME] of a table study"
        yield first_paragraph(model)
        yield from table(f"tables.{name}", model)


def of_gradients() -> Iterator[str]:
    """The keys of gradient studies."""
    yield "## Studies of gradients"
    yield OF_GRADIENTS
    yield from table("gradients", gradient_studies.GradientStudy, without={"depths", "groups", "claims"})
    yield "### [depths] of a gradient study"
    yield first_paragraph(gradient_studies.DepthsSection)
    yield from table("gradients.depths", gradient_studies.DepthsSection)
    for name, model in {"groups": gradient_studies.GroupSection, "claims": gradient_studies.ClaimSection}.items():
        yield f"### [{name}.NAME] of a gradient study"
        yield first_paragraph(model)
        yield from table(f"gradients.{name}", model)


def of_live_searches() -> Iterator[str]:
    """The keys of live searches."""
    yield "## Live searches"
    yield OF_LIVE_SEARCHES
    yield from table("live", live_search.LiveStudy, without={"training", "searchers", "claims"})
    yield "### [training] of a live search"
    yield first_paragraph(live_search.TrainingSection)
    yield from table("live.training", live_search.TrainingSection)
    for name, model in {"searchers": ChosenSearcher, "claims": live_search.ClaimSection}.items():
        yield f"### [{name}.NAME] of a live search"
        yield first_paragraph(model)
        yield from table(f"live.{name}", model)


def table(section: str, model: type[BaseModel], *, without: Any = ()) -> list[str]:
    """A row for each key of a section."""
    schema = model.model_json_schema()
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, entry in schema["properties"].items():
        if name in without or (section, name) == ("terms", "settings"):
            continue
        assert entry.get("description"), f"{model.__name__}.{name} says not what it means"
        named = NAMES.get((section, name))
        meaning = " ".join(entry["description"].split()) + (f" Known: {in_code(named)}." if named else "")
        meaning += " They are listed [below](#strategies)." if (section, name) == ("", "strategies") else ""
        default = default_of(model, name) if entry.get("default") is None else f"`{written(entry['default'])}`"
        cells = (f"`{name}`", ", ".join([kind(entry, schema), *bounds(entry)]), default, meaning)
        rows.append(f"| {' | '.join(cells)} |")
    return ["\n".join(rows)]


def default_of(model: type[BaseModel], name: str) -> str:
    """Of a key without one that could be written: none, or one that is made anew each time."""
    field = model.model_fields[name]
    return "" if field.is_required() else "none" if field.default is None else "`{}`"


def kind(entry: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in entry:
        return kind(schema["$defs"][entry["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in entry:
        return " or ".join(kind(one, schema) for one in entry["anyOf"] if one.get("type") != "null")
    if "enum" in entry:
        return " or ".join(f"`{value}`" for value in entry["enum"])
    if "prefixItems" in entry:
        return f"list of {len(entry['prefixItems'])} {kind(entry['prefixItems'][0], schema)}s"
    if entry.get("type") == "array":
        return f"list of {kind(entry['items'], schema)}s"
    return KINDS[entry["type"]]


def bounds(entry: Mapping[str, Any]) -> Iterator[str]:
    """How far it may go."""
    if "prefixItems" in entry:  # which are counted
        return
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    for one in (entry, *entry.get("anyOf", ())):
        yield from (f"{sign} {number(one[key])}" for key, sign in signs.items() if key in one)
        for what, of in (("Length", "characters"), ("Items", "entries"), ("Properties", "entries")):
            if f"min{what}" in one:
                yield "not empty"
            if f"max{what}" in one:
                yield f"at most {one[f'max{what}']:,} {of}"


def number(value: float) -> str:
    """With its thousands apart, unless it is the greatest of 64 bits or has too many of them to read."""
    if value == bounds_of_studies.GREATEST_SEED:
        return "2^63 − 1"
    return f"{value:,}" if abs(value) < 1e6 else f"{value:.0e}".replace("e+0", "e")


def written(value: Any) -> str:
    """As in TOML."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


def own_options(space: Any) -> Iterator[str]:
    """Keys of `[supernet]` that one space adds."""
    staged = issubclass(space.options, StagedSuperNetOptions)
    shared = (StagedSuperNetOptions if staged else SuperNetOptions).model_fields
    if set(space.options.model_fields) > set(shared):
        lacking = [name for name in StagedSuperNetOptions.model_fields if name not in space.options.model_fields]
        yield f"Of `{space.name}` alone{f', which has no {in_code(lacking)}' if lacking else ''}:"
        yield from table("supernet", space.options, without=shared)


def options(term: Any) -> Iterator[str]:
    """Keys of one term."""
    yield f"### {term.name}"
    yield f"{term.label[0].upper()}{term.label[1:]}."
    yield from table("terms", term.Settings)


def strategies() -> Iterator[str]:
    """A row for each, with the switches that a variant may set."""
    yield "What `strategies` may list, and the switches that `[variants.NAME]` may set, the default first."
    yield ""
    yield "| name | strategy | reference | switches |"
    yield "|---|---|---|---|"
    for name, strategy in STRATEGIES.items():
        switches = ", ".join(f"`{key}`: {in_code(map(written, values))}" for key, values in strategy.switches.items())
        yield f"| `{name}` | {strategy.label} | {strategy.reference} | {switches} |"


def first_paragraph(model: type[BaseModel]) -> str:
    """Of its docstring, on one line."""
    return " ".join((model.__doc__ or "").partition("\n\n")[0].split())


def in_code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)
