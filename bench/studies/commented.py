"""A study as a file to be read and changed: every section and every key with what it means.

Keys that the study leaves at their defaults stand there behind a '#', so that taking that away sets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from nasrank.bench.data import DATASETS
from nasrank.bench.oracles import RECIPES, REDUCTIONS, imported
from nasrank.bench.oracles.ask import axes
from nasrank.bench.oracles.ask.quantities import COMPARABLE
from nasrank.bench.search.searcher import SEARCHERS
from nasrank.bench.studies.claims import ClaimSection
from nasrank.bench.studies.compared import TermSection, Variant
from nasrank.bench.studies.study import Study
from nasrank.bench.tasks import TASKS
from nasrank.bench.training.optimizers import OPTIMIZERS
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TERMS
from nasrank.predictors import ESTIMATORS
from nasrank.spaces import SPACES, Enumerated

_WIDTH = 110
_BEFORE_TERMS = ("truth", "images", "supernet", "training", "scoring", "landmarks")
_AFTER_TERMS = ("pool", "analysis", "estimators")
_EXAMPLE = """\
#[variants.rate-0_05]
#strategy = "{strategy}"
#label = "learning rate 0.05"
#training = {{ learning_rate = 0.05 }}
"""

_CLAIM = """\
#[claims.guidance]
#says = "Landmarks help {strategy}"
#row = "{strategy}"
#guided = true
#against = "{strategy}"
#at_least = 0.0
"""


def commented(study: Study, about: str) -> str:
    """The text of a study file that reads as this study.

    Args:
        about: what stands at its head.
    """
    blocks = [
        "\n".join(
            [
                *_comment(about),
                *_keys(study, "", without={*_BEFORE_TERMS, *_AFTER_TERMS, "terms", "variants", "claims"}),
            ]
        ),
        *(_section(name, getattr(study, name), name not in study.model_fields_set) for name in _BEFORE_TERMS),
        *(_term(term) for term in study.terms),
        *(_section(name, getattr(study, name), name not in study.model_fields_set) for name in _AFTER_TERMS),
        "\n".join([*_comment(_about(Variant)), *_comment(_VARIANTS)]),
        *(_named("variants", name, variant) for name, variant in study.variants.items()),
    ]
    example = [] if study.variants else [_EXAMPLE.format(strategy=study.strategies[0]).rstrip()]
    claims = ["\n".join(_comment(_about(ClaimSection)))]
    claims += [_named("claims", name, claim) for name, claim in study.claims.items()]
    claims += [] if study.claims else [_CLAIM.format(strategy=study.strategies[0]).rstrip()]
    return "\n\n".join([*blocks, *example, *claims]) + "\n"


_VARIANTS = (
    "It changes keys of the sections images, supernet, training, landmarks and terms, or has switches of its strategy."
)


def _section(name: str, section: BaseModel, left_out: bool) -> str:
    """With its header; one that the study leaves out stands behind a '#'."""
    header = f"{'#' if left_out else ''}[{name}]"
    return "\n".join([*_comment(_about(type(section))), header, *_keys(section, name, all_optional=left_out)])


def _term(term: TermSection) -> str:
    lines = [*_comment(_about(TermSection)), "[[terms]]", *_comment(_meaning(TermSection, "terms", "name"))]
    return "\n".join([*lines, f"name = {_toml(term.name)}", *_keys(term.settings, "terms")])


def _named(section: str, name: str, content: BaseModel) -> str:
    stated = content.model_dump(mode="json", exclude_defaults=True)
    return "\n".join([f"[{section}.{name}]", *(f"{key} = {_toml(value)}" for key, value in stated.items())])


def _keys(model: BaseModel, section: str, without: Any = (), *, all_optional: bool = False) -> Iterator[str]:
    values = model.model_dump(mode="json")
    for key in type(model).model_fields:
        if key in without:
            continue
        yield from _comment(_meaning(type(model), section, key, many=isinstance(values.get(key), list)))
        stated = key in model.model_fields_set and not all_optional
        value = values[key] if key in values else getattr(model, key)
        yield f"{'' if stated else '#'}{key} = {_toml(value)}"


def _meaning(model: type[BaseModel], section: str, key: str, *, many: bool = False) -> str:
    """What the key is, and what it may name, once or several times."""
    field = model.model_fields[key]
    words = " ".join((field.description or "").split())
    options = (
        get_args(field.annotation) if get_origin(field.annotation) is Literal else names_of_keys().get((section, key))
    )
    named = f"{'Any' if many else 'One'} of {', '.join(map(str, options))}." if options else ""
    return " ".join(filter(None, [words, named]))


def names_of_keys() -> Mapping[tuple[str, str], Any]:
    """What a key may name, where that is no fixed list but whatever is registered."""
    return {
        ("", "space"): [name for name, space in SPACES.items() if isinstance(space, Enumerated)],
        ("", "strategies"): STRATEGIES,
        ("truth", "oracle"): [*RECIPES, *imported()],
        ("truth", "metric"): COMPARABLE,
        ("tables", "metric"): COMPARABLE,
        ("live", "space"): [name for name, space in SPACES.items() if isinstance(space, Enumerated)],
        ("live.training", "data"): DATASETS,
        ("live.training", "optimizer"): OPTIMIZERS,
        ("live.searchers", "searcher"): SEARCHERS,
        ("truth", "dataset"): axes.DATASETS,
        ("truth", "seeds"): REDUCTIONS,
        ("images", "dataset"): DATASETS,
        ("images", "task"): TASKS,
        ("training", "optimizer"): OPTIMIZERS,
        ("terms", "name"): TERMS,
        ("estimators", "baselines"): [name for name, kind in ESTIMATORS.items() if "known" not in kind.needs],
        ("estimators", "label_uses"): [name for name, kind in ESTIMATORS.items() if "labels" in kind.needs],
    }


def _about(model: type[BaseModel]) -> str:
    """The first paragraph of its description."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)]


def _toml(value: Any) -> str:
    """A plain value as TOML writes it, on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(one)}' for key, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
