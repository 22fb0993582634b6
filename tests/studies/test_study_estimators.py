"""The estimators of a study: what it has without naming any, and what is refused, each in a line that names the key."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from nasrank.bench.studies.compared import EstimatorSection
from nasrank.bench.studies.earlier import LABEL_USES, study_of_today
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.predictors import ESTIMATORS, Estimator


class Ensemble(Estimator):
    """Makes something of another's scores."""

    name, label = "ensemble", "mean with another"
    needs = frozenset({"labels", "known"})

    def score(self, architectures):
        return self.context.known[0].score(architectures)


@pytest.fixture
def load(study_text, tmp_path):
    def loaded(section):
        path = tmp_path / "mine.toml"
        path.write_text(f"{study_text}\n{section}\n")
        return load_study(path)

    return loaded


def test_without_the_section_there_are_four_baselines(load):
    study = load("")
    assert study.estimators == EstimatorSection()
    assert study.estimators.baselines == ("label_matched", "best_on_labels", "parameters", "multiply_adds")
    assert study.estimators.label_uses == ()


def test_they_are_written_where_they_are_others_alone(load):
    """Results that were stored before there was a choice keep their fingerprint."""
    assert "estimators" not in load("").model_dump(mode="json")
    named = load('[estimators]\nbaselines = ["label_matched"]')
    content = named.model_dump(mode="json")
    assert content["estimators"]["baselines"] == ["label_matched"]
    assert Study.model_validate_json(json.dumps(content), strict=True) == named


def test_uses_of_labels_are_of_one_strategy(load):
    with pytest.raises(ValueError, match=r"estimators\.label_uses: uses of labels are compared where a study has one"):
        load('[estimators]\nlabel_uses = ["random_forest"]')


def test_the_study_of_landmarks_names_what_was_compared_without_its_being_written():
    assert load_study(find_study("landmark")).estimators.label_uses == tuple(LABEL_USES)


@pytest.mark.parametrize(
    ("strategies", "variant", "compared"),
    [
        (["spos"], {"landmarks": {"count": 9}}, True),
        (["spos", "gdas"], {"landmarks": {"count": 9}}, False),
        (["spos"], {"landmarks": {"count": 9}, "training": {"passes": 3}}, False),
        (["spos"], {"switches": {}}, False),
    ],
)
def test_a_stored_study_of_before_compared_label_uses_if_it_was_about_landmarks(strategies, variant, compared):
    found = study_of_today({"strategies": strategies, "landmarks": {"count": 5}, "variants": {"x": variant}})
    assert found.get("estimators") == ({"label_uses": LABEL_USES} if compared else None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('baselines = ["label_matched", "magic"]', "baselines: unknown estimator 'magic'; known are "),
        ('label_uses = ["magic"]', "label_uses: unknown estimator 'magic'; known are "),
        ('baselines = ["label_matched", "parameters", "parameters"]', "baselines: an estimator is listed twice"),
        ('label_uses = ["random_forest", "random_forest"]', "label_uses: an estimator is listed twice"),
        ('baselines = ["parameters"]', "baselines: 'label_matched' is missing, with which every report compares"),
        ("baselines = []", "baselines: 'label_matched' is missing"),
        ('label_uses = ["label_matched", "parameters"]', "label_uses: parameters makes no use of labels"),
        ('baselines = ["label_matched", "ensemble"]', "baselines: ensemble needs the scores of another estimator"),
        ('label_uses = ["ensemble"]', "label_uses: ensemble needs the scores of another estimator"),
        ('baselines = "label_matched"', "baselines: Input should be a valid array"),
        ("label_uses = [3]", "label_uses: Input should be a valid string"),
        ('proxies = ["label_matched"]', "proxies: unknown key"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(load, study_text, monkeypatch, line, words):
    monkeypatch.setitem(ESTIMATORS, "ensemble", Ensemble)
    with pytest.raises(ValueError, match=r"mine\.toml") as caught:
        load(f"[estimators]\n{line}")
    (message,) = str(caught.value).splitlines()
    number = study_text.count("\n") + 3
    assert message.partition("mine.toml")[2].startswith(f", line {number}: estimators.{words}"), message


def test_a_variant_does_not_change_them(load):
    with pytest.raises(ValueError, match=r"variants\.x\.estimators: unknown key"):
        load('[variants.x]\nstrategy = "spos"\nlabel = "x"\nestimators = { label_uses = [] }')


def test_a_section_made_in_a_notebook_is_checked_as_well():
    with pytest.raises(ValidationError, match="makes no use of labels"):
        EstimatorSection(label_uses=("multiply_adds",))
