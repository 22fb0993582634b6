"""Halves of a seed's landmarks: which they are, that a super-net is told one and scores both, and what is refused."""

from __future__ import annotations

import json

import pytest

from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study

HALVES = """
[variants.first]
strategy = "spos"
label = "first half"
landmarks = { half = "first" }

[variants.second]
strategy = "spos"
label = "second half"
landmarks = { half = "second" }

[variants.two]
strategy = "spos"
label = "two landmarks"
landmarks = { count = 2 }
"""


def load(study_text, folder, more):
    path = folder / "halves.toml"
    path.write_text(study_text + more)
    return load_study(path)


@pytest.fixture(scope="module")
def halves(study_text, tmp_path_factory):
    """A design of five landmarks a seed with both halves of them, and its truth."""
    return resolve(load(study_text, tmp_path_factory.mktemp("halves"), HALVES))[:2]


def test_they_are_all_of_the_landmarks_and_share_none(halves):
    design, _ = halves
    for seed in design.study.seeds:
        first, second = (design.landmarks_of(half, seed) for half in ("first", "second"))
        assert (len(first), len(second)) == (2, 3)
        assert not set(first) & set(second)
        assert set(first) | set(second) == set(design.landmarks[seed])


def test_the_first_is_the_one_that_a_row_with_as_few_landmarks_has(halves):
    design, _ = halves
    for seed in design.study.seeds:
        assert design.landmarks_of("first", seed) == design.landmarks_of("two", seed)


def test_they_change_nothing_else_that_is_drawn(halves, design):
    varied, _ = halves
    assert (varied.pool, varied.landmarks, varied.lookalikes) == (design.pool, design.landmarks, design.lookalikes)
    assert varied.common == design.common
    assert [varied.settings(trial) for trial in design.trials] == [design.settings(trial) for trial in design.trials]


def test_json_and_back(halves):
    design, _ = halves
    again = Design.from_json(json.loads(json.dumps(design.to_json())))
    assert again == design
    assert again.rows["first"].study.landmarks.half == "first"


@pytest.mark.slow
def test_a_super_net_is_told_its_half_and_scores_the_other_too(halves):
    design, truth = halves
    for half, told in (("first", 2), ("second", 3)):
        trial = Trial(f"{half}-landmark", 1)
        (term,) = assemble(design, trial, design.labels_for(trial, truth)).terms
        own = design.landmarks_of(half, 1)
        assert {tuple(path) for path in term.landmarks} == {design.space.to_choices(one) for one in own}
        assert len(term.landmarks) == design.rows[half].study.landmarks.guiding == told
        assert design.scored_landmarks(trial)[:told] == own
        assert set(design.scored_landmarks(trial)) == set(design.landmarks[1])
    result = run_trial(design, trial, design.labels_for(trial, truth))
    assert result["failure"] is None
    assert len(result["landmark_scores"]["accuracy"]) == 5
    assert result["settings"]["landmarks"] == {"count": 5, "choice": "random", "half": "second"}


def test_the_two_are_rows_with_the_same_super_net_without_landmarks(halves):
    design, _ = halves
    assert design.rows["first"].before is design.rows["second"].before is design.rows["spos"].before
    assert design.rows["first"].after.settings != design.rows["second"].after.settings


def test_all_rows_of_a_study_may_have_a_half(study_text, tmp_path, design):
    halved, truth, _ = resolve(load(study_text.replace("count = 5", 'count = 5\nhalf = "first"'), tmp_path, ""))
    assert (halved.landmarks, halved.pool) == (design.landmarks, design.pool)
    assert {row: len(halved.landmarks_of(row, 0)) for row in halved.rows} == {"spos": 2, "gdas": 2}
    assert len(halved.labels_for(Trial("gdas-landmark", 0), truth)) == 2


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            'half = "first"',
            'half = "third"',
            "variants.first.landmarks.half: Input should be 'both', 'first' or 'second'",
        ),
        ('half = "first"', 'half = "first", count = 4', "variants.first.landmarks: a half is of the study's landmarks"),
        ('half = "first"', 'half = "first", choice = "even"', "variants.first.landmarks: a half is of the study's"),
        ("count = 5", "count = 3", "half = 'first' of 3 landmarks is one, which has no order; take 4 of them"),
    ],
)
def test_what_is_refused(study_text, tmp_path, before, after, words):
    text = study_text + HALVES
    assert before in text
    with pytest.raises(ValueError, match=r"halves\.toml, line \d+") as caught:
        load(text.replace(before, after), tmp_path, "")
    assert words in str(caught.value)
