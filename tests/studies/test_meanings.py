"""Every key that a study file may have says what it means, where it is defined: the reference is made of that."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from nasrank.bench.studies import claims, compared, sections
from nasrank.bench.studies.study import Study
from nasrank.bench.training.terms import TERMS
from nasrank.spaces import SPACES

SECTIONS = [one for module in (claims, compared, sections) for one in vars(module).values() if isinstance(one, type)]
MODELS = {one for one in SECTIONS if issubclass(one, sections.Section) and one is not sections.Section}
MODELS |= {term.Settings for term in TERMS.values()} | {space.options for space in SPACES.values()}
SECTIONS_OF_STUDIES = {
    "truth",
    "images",
    "supernet",
    "training",
    "landmarks",
    "terms",
    "pool",
    "analysis",
    "estimators",
    "scoring",
}


@pytest.mark.parametrize("model", sorted(MODELS, key=lambda one: one.__qualname__), ids=lambda one: one.__qualname__)
def test_every_key_has_a_meaning(model: type[BaseModel]) -> None:
    assert model.model_fields
    assert not [name for name, field in model.model_fields.items() if not field.description]


def test_the_keys_beside_the_sections_have_one() -> None:
    own = Study.model_fields.keys() - SECTIONS_OF_STUDIES - {"variants", "claims"}
    assert own >= {"title", "space", "seeds", "strategies"}
    assert not [name for name in own if not Study.model_fields[name].description]
