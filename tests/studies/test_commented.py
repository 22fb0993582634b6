"""Study files that are written to be changed: valid as they are, and every key in them is one that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from nasrank.bench.oracles.imports.addresses import SOURCES
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.studies.commented import commented
from nasrank.bench.studies.shipped import at_paper_scale, shipped, studies
from nasrank.bench.studies.starting import small_study
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import SPACES

SHIPPED = {one.name: one for one in shipped()}
STARTED = [name for name in SPACES if name in SHIPPED]
"""Spaces of which a study comes with nasrank, from which one's own can be started."""


def written(study: Study, folder: Path) -> Path:
    path = folder / "mine.toml"
    path.write_text(commented(study, "A study of mine."), encoding="utf-8")
    return path


def uncommented(text: str) -> str:
    """With all that stands there as its default."""
    return re.sub(r"^#(?=[\w\[])", "", text, flags=re.MULTILINE)


def keys_of(model: BaseModel) -> set[str]:
    return set(type(model).model_fields)


def test_a_space_without_a_study_is_said_to_have_none():
    assert {"nb101", "nb201"} <= set(STARTED)
    for space in set(SPACES) - set(STARTED):
        with pytest.raises(ValueError, match=f"no study of '{space}' comes with nasrank to start from"):
            small_study(space)


@pytest.mark.parametrize("space", STARTED)
def test_it_is_valid_for_every_space_and_so_is_every_key_in_it(space, tmp_path):
    study = small_study(space)
    path = written(study, tmp_path)
    assert load_study(path) == study
    text = path.read_text(encoding="utf-8")
    path.write_text(uncommented(text), encoding="utf-8")
    assert "#" not in re.sub("^# .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    whole = load_study(path)
    assert whole.variants.keys() == {"rate-0_05"}
    assert whole.claims.keys() == {"guidance"}
    assert whole.model_copy(update={"variants": {}, "claims": {}}) == study


@pytest.mark.parametrize("space", STARTED)
def test_no_key_is_missing_and_each_is_explained(space, tmp_path):
    study = small_study(space)
    lines = uncommented(written(study, tmp_path).read_text(encoding="utf-8")).splitlines()
    found: dict[str, set[str]] = {"": set()}
    section = ""
    for place, line in enumerate(lines):
        if heading := re.match(r"\[+([\w.-]+)\]+$", line):
            section = heading[1].partition(".")[0]
            found[section] = set()
            assert section in {"variants", "claims"} or lines[place - 1].startswith("# "), line
        elif key := re.match(r"(\w+) = ", line):
            found[section].add(key[1])
            assert section in {"variants", "claims"} or lines[place - 1].startswith("# "), line
    sections = {name: getattr(study, name) for name in found if name not in ("", "terms", "variants", "claims")}
    assert {name: keys_of(model) for name, model in sections.items()} == {name: found[name] for name in sections}
    assert found["terms"] == {"name", *keys_of(study.terms[0].settings)}
    assert found[""] | sections.keys() | {"terms", "variants", "claims"} == keys_of(study)


@pytest.mark.parametrize("one", [*shipped(), *at_paper_scale()], ids=lambda one: one.name)
def test_a_study_that_comes_with_nasrank_is_written_whole(one, tmp_path):
    study = one.study
    assert load_study(written(study, tmp_path)) == study


def test_the_small_study_can_be_run(tmp_path):
    study = small_study("nb201")
    design, _, _ = resolve(load_study(written(study, tmp_path)))
    assert len(design.trials) == 12
    assert study.training.passes * len(design.trials) <= 12_000


def test_of_a_space_without_studies_it_is_said_what_to_do():
    with pytest.raises(ValueError, match=r"no study of 'mine' comes with nasrank .* --from another"):
        small_study("mine")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_study_says_what_it_is_about_and_how_long_it_takes(name, tmp_path, monkeypatch):
    """In the comment at its head, from which lists of studies take it."""
    one = SHIPPED[name]
    assert len(one.about) > 40
    assert re.fullmatch(r"(about|[a-z]+ to) .*(minutes|hours|an hour)", one.lasts), one.lasts
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path))
    lacks = [name for name in one.lacks(tmp_path) if name in SOURCES]  # what can be fetched
    assert ("nasrank fetch" in one.about) == bool(lacks)
    assert not lacks or f"nasrank fetch {' '.join(lacks)}" in one.about


def test_studies_are_a_frame():
    frame = studies()
    assert list(frame.index) == list(SHIPPED)
    assert frame.loc["nb201"].to_dict() == {
        "title": "NAS-Bench-201 on digits",
        "space": "nb201",
        "truth": "analog-nasbench",
        "images": "digits",
        "rows": 4,
        "on_2_cores": "about ten minutes",
        "missing": "",
    }
