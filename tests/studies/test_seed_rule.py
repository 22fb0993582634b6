"""Seeds that are added look by look, as a study file asks for them; and lists of seeds, which stay what they were."""

from __future__ import annotations

import json

import pytest

from nasrank.bench.studies.commented import commented
from nasrank.bench.studies.seeds import SeedRule
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study

LISTED = "seeds = [0, 1]"


def loaded(study_text, folder, seeds, *others):
    path = folder / "ruled.toml"
    text = study_text.replace(LISTED, seeds)
    for old, new in others:
        text = text.replace(old, new)
    path.write_text(text)
    return load_study(path)


def test_a_rule_stands_for_the_first_seeds_there_are(study_text, tmp_path):
    study = loaded(study_text, tmp_path, 'seeds = { at_least = 5, at_most = 20, until = "decided", width = 0.1 }')
    assert study.seeds == SeedRule(at_least=5, at_most=20, until="decided", width=0.1)
    assert study.every_seed == tuple(range(20))
    assert study.looks.seeds == (5, 10, 15, 20)
    assert study.seeds.in_words == "until its gain is decided or its interval is narrower than 0.1"


def test_a_rule_may_begin_with_seeds_that_nothing_was_tuned_on(study_text, tmp_path):
    study = loaded(study_text, tmp_path, "seeds = { first = 40, at_least = 2, at_most = 5, width = 0.1 }")
    assert study.every_seed == (40, 41, 42, 43, 44)
    assert study.looks.seeds == (2, 4, 5)


@pytest.mark.parametrize(
    ("rule", "looks"),
    [
        ("at_least = 5, at_most = 12", (5, 10, 12)),
        ("at_least = 3, at_most = 3", (3,)),
        ("at_least = 4, at_most = 30, looks = [4, 6, 30]", (4, 6, 30)),
    ],
)
def test_looks_are_named_or_in_steps_of_the_first(study_text, tmp_path, rule, looks):
    assert loaded(study_text, tmp_path, f"seeds = {{ {rule} }}").looks.seeds == looks


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("at_least = 1, at_most = 5", "seeds.at_least: Input should be greater than or equal to 2"),
        ("at_most = 5", "seeds.at_least: this key is missing"),
        ("at_least = 5, at_most = 4", "seeds.at_most: 4 is fewer than at_least = 5"),
        ("at_least = 5, at_most = 9, first = -1", "seeds.first: Input should be greater than or equal to 0"),
        ("at_least = 5, at_most = 1001", "seeds.at_most: Input should be less than or equal to 1000"),
        ("at_least = 5, at_most = 9, width = 0", "seeds.width: Input should be greater than 0"),
        ("at_least = 5, at_most = 9, width = -0.1", "seeds.width: Input should be greater than 0"),
        ("at_least = 5, at_most = 9, width = nan", "seeds.width: Input should be a finite number"),
        ('at_least = 5, at_most = 9, until = "sure"', "seeds.until: Input should be 'decided' or 'narrow'"),
        ('at_least = 5, at_most = 9, until = "narrow"', "seeds.width: until = 'narrow' needs one"),
        ("at_least = 5, at_most = 9, most = 4", "seeds.most: unknown key"),
        ('at_least = "5", at_most = 9', "seeds.at_least: Input should be a valid integer"),
        ("at_least = 5, at_most = 9, looks = [5, 5, 9]", "seeds.looks: looks are at rising numbers of seeds"),
        (
            "at_least = 5, at_most = 9, looks = [6, 9]",
            "seeds.looks: the first is at_least = 5 and the last at_most = 9",
        ),
        ("at_least = 2, at_most = 90", "seeds.looks: 45 looks leave each next to nothing to decide by; take 20"),
    ],
)
def test_a_mistake_is_one_line_at_its_key(study_text, tmp_path, rule, message):
    with pytest.raises(ValueError, match="seeds") as mistake:
        loaded(study_text, tmp_path, f"seeds = {{ {rule} }}")
    (line,) = str(mistake.value).splitlines()
    assert "ruled.toml, line 4: " in line
    assert message in line


def test_landmarks_of_all_seeds_must_fit_the_space(study_text, tmp_path):
    with pytest.raises(ValueError, match="pool: size = 15600 and 6 seeds of 5 landmarks do not fit into the 15625"):
        loaded(study_text, tmp_path, "seeds = { at_least = 2, at_most = 6 }", ("size = 20", "size = 15600"))


def test_super_nets_that_choose_landmarks_need_a_list(study_text, tmp_path):
    chosen = '\n[variants.chosen]\nstrategy = "spos"\nlabel = "chosen"\n'
    chosen += 'landmarks = { count = 7, choice = "super_net", after = "spos" }\n'
    with pytest.raises(ValueError, match=r"chosen\.landmarks: a super-net chooses for all seeds at once: list"):
        loaded(study_text + chosen, tmp_path, "seeds = { at_least = 2, at_most = 6 }")
    assert loaded(study_text + chosen, tmp_path, LISTED).variants


@pytest.mark.parametrize(
    "rule", ["at_least = 2, at_most = 6", 'at_least = 2, at_most = 6, until = "narrow", width = 0.2']
)
def test_it_is_read_as_it_was_written(study_text, tmp_path, rule):
    study = loaded(study_text, tmp_path, f"seeds = {{ {rule} }}")
    plain = json.dumps(study.model_dump(mode="json"))
    assert Study.model_validate_json(plain, strict=True) == study
    assert Study.model_validate(study.model_dump(mode="json")) == study
    (tmp_path / "again.toml").write_text(commented(study, "again"))
    assert load_study(tmp_path / "again.toml") == study


def test_the_quick_form_has_one_seed(study_text, tmp_path):
    quick = loaded(study_text, tmp_path, "seeds = { at_least = 2, at_most = 6 }").quick()
    assert quick.seeds == (0,)
    assert quick.looks is None


def test_a_list_is_stored_as_it_always_was(study_text, tmp_path):
    study = loaded(study_text, tmp_path, LISTED)
    assert study.model_dump(mode="json")["seeds"] == [0, 1]
    assert study.every_seed == study.seeds == (0, 1)
    assert study.looks is None
