"""The terms of a study: which there are, their options, what variants change of them, and where they stood before."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from nasrank.bench.runner.arms import rows_of
from nasrank.bench.studies.earlier import OF_THE_TERM
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.terms.orthogonality import OrthogonalityTerm
from nasrank.spaces import SPACES
from nasrank.testing.branches import ParallelBranches

TERM = '[[terms]]\nname = "landmark"\nwarm_up = 0.2\n'

VARIANT = """
[variants.mine]
strategy = "spos"
label = "mine"
terms = { %s }
"""


@pytest.fixture
def load(study_text, tmp_path):
    """The tiny study with another text for its terms, and more at its end."""

    def loaded(terms=TERM, more=""):
        assert study_text.count(TERM) == 1
        path = tmp_path / "mine.toml"
        path.write_text(study_text.replace(TERM, terms) + more)
        return load_study(path)

    return loaded


def line_of(tmp_path, words):
    """The first line of the study that holds these words, from 1."""
    lines = (tmp_path / "mine.toml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def told(load, *texts):
    """The one line that a study with these texts is refused with, without the path."""
    with pytest.raises(ValueError, match=r"mine\.toml") as caught:
        load(*texts)
    (line,) = str(caught.value).splitlines()
    return line.partition("mine.toml")[2]


def test_without_any_it_has_the_landmark_term_with_its_defaults(load):
    (term,) = load("").terms
    assert (term.kind, term.settings, term.needs_labels) == (LandmarkTerm, LandmarkTerm.Settings(), True)


def test_options_stand_beside_the_name(load):
    study = load(TERM + '[[terms]]\nname = "orthogonality"\ncoefficient = 0.5\n')
    first, second = study.terms
    assert first.settings == LandmarkTerm.Settings(warm_up=0.2)
    assert (second.kind, second.settings.coefficient, second.needs_labels) == (OrthogonalityTerm, 0.5, False)
    assert study.model_dump(mode="json")["terms"][1] == {"name": "orthogonality", "coefficient": 0.5}
    assert Study.model_validate_json(json.dumps(study.model_dump(mode="json")), strict=True) == study


@pytest.mark.parametrize("key", OF_THE_TERM)
def test_an_option_among_the_landmarks_is_refused_with_the_place_where_it_stands_now(tmp_path, study_text, key):
    """Each key that a study file of before may have; `[landmarks]` comes first in the tiny study."""
    text = study_text.replace("count = 5\n", f"count = 5\n{key} = 1\n")
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(ValueError, match="now") as caught:
        load_study(tmp_path / "mine.toml")
    (message,) = str(caught.value).splitlines()
    line = text[: text.index(f"{key} = 1")].count("\n") + 1
    assert f"mine.toml, line {line}: landmarks.{key}: this is an option of the term now" in message
    assert f"terms = [{{ name = 'landmark', {key} = ... }}]" in message


def test_so_is_one_that_a_variant_changes(load, tmp_path):
    more = VARIANT.replace("terms = { %s }", "landmarks = { count = 7, warm_up = 0.1 }")
    message = told(load, TERM, more)
    assert message.startswith(
        f", line {line_of(tmp_path, 'count = 7')}: variants.mine.landmarks.warm_up: this is an op"
    )
    assert "terms = { landmark = { warm_up = ... } }" in message


@pytest.mark.parametrize(
    ("terms", "at", "words"),
    [
        (
            '[[terms]]\nname = "lasso"\n',
            '"lasso"',
            "terms.name: unknown term 'lasso'; known are landmark, listwise, orthogonality",
        ),
        (TERM + '[[terms]]\nname = "lasso"\n', '"lasso"', "terms.name: unknown term 'lasso'"),
        ('[[terms]]\nname = "plain"\n', '"plain"', "terms.name: 'plain' is what training without terms is called"),
        ("[[terms]]\nwarm_up = 0.2\n", "[[terms]]", "terms.name: this key is missing"),
        ("[[terms]]\nname = 3\n", "name = 3", "terms.name: Input should be a valid string"),
        (TERM + TERM, "[[terms]]", "terms: a term is listed twice"),
        (TERM + "loss = 3\n", "loss = 3", "terms.loss: Input should be 'hinge'"),
        (TERM + 'coefficient = "1"\n', 'coefficient = "1"', "terms.coefficient: Input should be a valid number"),
        (TERM + "coefficient = nan\n", "coefficient = nan", "terms.coefficient: Input should be a finite number"),
        (TERM + "pairs = 3\n", "pairs = 3", "terms.pairs: unknown key"),
        (
            TERM + 'coefficient = 1.0\n[[terms]]\nname = "orthogonality"\ncoefficient = 1e9\n',
            "coefficient = 1e9",
            "terms.coefficient: Input should be less than or equal to 1000000",
        ),
        (TERM + '[[terms]]\nname = "orthogonality"\nwarm_up = 0.25\n', "warm_up = 0.25", "terms.warm_up: unknown key"),
    ],
)
def test_a_wrong_term_is_refused_with_line_and_key(load, tmp_path, terms, at, words):
    message = told(load, terms)
    assert message.startswith(f", line {line_of(tmp_path, at)}: {words}"), message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[]", "terms: a study compares training without terms and with at least one"),
        ("3", "terms: Input should be a valid array"),
        ('["landmark"]', "terms: Input should be an object"),
        ('[{ name = "landmark", warm_up = 1.0 }]', "terms.warm_up: Input should be less than 1"),
        ('[{ name = "lasso" }]', "terms.name: unknown term 'lasso'"),
    ],
)
def test_so_is_one_in_a_line(study_text, tmp_path, value, words):
    (tmp_path / "mine.toml").write_text(f"terms = {value}\n" + study_text.replace(TERM, ""))
    with pytest.raises(ValueError, match=rf"mine\.toml, line 1: {words}") as caught:
        load_study(tmp_path / "mine.toml")
    assert len(str(caught.value).splitlines()) == 1


class TestVariants:
    def varied(self, study):
        return study.varied(study.variants["mine"])

    def test_it_changes_what_it_names_and_keeps_the_rest(self, load):
        study = load(TERM, VARIANT % "landmark = { coefficient = 1.0 }")
        (term,) = self.varied(study).terms
        assert term.settings == LandmarkTerm.Settings(warm_up=0.2, coefficient=1.0)
        assert study.terms[0].settings == LandmarkTerm.Settings(warm_up=0.2)
        assert study.variants["mine"].changed == {"terms"}

    def test_it_adds_a_term_that_the_study_does_not_have(self, load):
        study = load(TERM, VARIANT % "orthogonality = { coefficient = 0.5 }")
        landmark, added = self.varied(study).terms
        assert landmark == study.terms[0]
        assert added.settings == OrthogonalityTerm.Settings(coefficient=0.5)
        rows = rows_of(study)
        assert rows["mine"].before is rows["spos"].before
        assert [arm.name for arm in rows["mine"].arms] == ["spos-plain", "mine-landmark-orthogonality"]
        assert rows["mine"].settings["terms"][1] == {"name": "orthogonality", "coefficient": 0.5}

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ("landmark = { warm_up = 1.0 }", "variants.mine.terms.landmark.warm_up: Input should be less than 1"),
            ("landmark = { pairs = 1 }", "variants.mine.terms.landmark.pairs: unknown key"),
            ("lasso = { }", "variants.mine.terms.lasso: unknown term 'lasso'; known are landmark"),
            ("orthogonality = { warm_up = 0.1 }", "variants.mine.terms.orthogonality.warm_up: unknown key"),
            ("landmark = 3", "variants.mine.terms.landmark: Input should be an object"),
        ],
    )
    def test_its_mistakes_are_told_by_the_name_of_the_term(self, load, tmp_path, changed, words):
        message = told(load, TERM, VARIANT % changed)
        assert message.startswith(f", line {line_of(tmp_path, changed)}: {words}"), message

    def test_they_have_their_lines_in_a_table_of_their_own(self, load, tmp_path):
        more = VARIANT.replace("terms = { %s }", "\n[variants.mine.terms.landmark]\ncoefficient = 1.0\nwarm_up = 1.0\n")
        message = told(load, TERM, more)
        words = "variants.mine.terms.landmark.warm_up: Input should be less than 1"
        assert message.startswith(f", line {line_of(tmp_path, 'warm_up = 1.0')}: {words}")


class TestEqualPasses:
    """A control: as many passes without landmarks as the others have with them."""

    @pytest.fixture
    def landmark(self):
        return load_study(find_study("landmark"))

    def test_of_the_study_of_landmarks(self, landmark):
        row = rows_of(landmark)["longer"]
        assert [arm.study.training.passes for arm in row.arms] == [15_938, 15_938]
        assert row.changed == {"training"}
        assert row.settings == {**rows_of(landmark)["spos"].settings, "training": row.settings["training"]}
        assert row.settings["training"] == {**landmark.training.model_dump(mode="json"), "passes": 15_938}

    def test_it_follows_the_terms_and_the_passes_of_the_study(self, landmark):
        def passes(**changes):
            study = landmark.model_copy(update=changes)
            return study.varied(study.variants["longer"]).training.passes

        free = load_study(find_study("landmark")).terms[0].model_validate({"name": "orthogonality"})
        assert passes(terms=(free,)) == 9375, "a term that adds no pass"
        half = landmark.training.model_copy(update={"passes": 4000})
        assert passes(training=half) == round(4000 * 15_938 / 9375)
        term = landmark.terms[0]
        four = term.model_copy(update={"settings": term.settings.model_copy(update={"pairs_per_step": 4})})
        assert passes(terms=(four,)) == pytest.approx(9375 + 4 * (15_938 - 9375), abs=2)
        constant = term.model_copy(update={"settings": LandmarkTerm.Settings(schedule="constant", warm_up=0.0)})
        assert passes(terms=(constant,)) == 9375 * 2, "one pass a step: two forward, and a quarter of them backward"

    def test_a_strategy_that_spends_more_of_them_a_step_adds_fewer(self, landmark):
        study = landmark.model_copy(update={"strategies": ("spos", "fairnas")})
        variant = study.variants["longer"]
        fair = variant.model_copy(update={"strategy": "fairnas"})
        built = STRATEGIES["fairnas"](SPACES["nb201"], np.random.default_rng(0))
        added = study.varied(variant).training.passes - 9375
        assert study.varied(fair).training.passes - 9375 == pytest.approx(added / built.passes_per_step, abs=1)

    def test_results_of_other_studies_keep_their_fingerprint(self, landmark):
        assert "equal_passes" not in landmark.variants["even"].model_dump(mode="json")
        assert "terms" not in landmark.variants["even"].model_dump(mode="json")
        assert landmark.variants["longer"].model_dump(mode="json")["equal_passes"] is True

    def test_it_is_true_or_false(self, load):
        with pytest.raises(ValueError, match=r"variants\.mine\.equal_passes: .*valid boolean"):
            load(TERM, VARIANT.replace("terms = { %s }", 'equal_passes = "yes"'))


def test_a_space_that_is_not_enumerated_is_refused_in_a_line(study_text, tmp_path, monkeypatch):
    """A pool and landmarks are drawn from all architectures."""
    toy = ParallelBranches()
    monkeypatch.setitem(SPACES, toy.name, toy)
    path = tmp_path / "mine.toml"
    path.write_text(study_text.replace('"nb201"', f'"{toy.name}"'))
    with pytest.raises(
        ValueError, match=rf"mine\.toml, line 2: space: this needs an enumerated space, and {toy.name} is none"
    ) as caught:
        load_study(path)
    assert len(str(caught.value).splitlines()) == 1


def test_the_order_of_labels_is_written_where_it_is_random_alone(load):
    study = load()
    assert "order" not in study.model_dump(mode="json")["landmarks"]
    content = study.model_dump(mode="json")
    content["landmarks"]["order"] = "random"
    assert Study.model_validate(content).model_dump(mode="json")["landmarks"]["order"] == "random"
    content["landmarks"]["order"] = "rising"
    with pytest.raises(ValidationError, match=r"landmarks\.order"):
        Study.model_validate(content)
