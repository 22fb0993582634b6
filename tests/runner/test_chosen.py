"""Landmarks that super-nets choose, round by round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from nasrank.bench.runner.chosen import with_chosen_landmarks
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.identities import identities
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

SPACE = get_space("nb201")

ROUNDS = """
[variants.six]
strategy = "spos"
label = "6 random ones"
landmarks = { count = 6 }

[variants.second]
strategy = "spos"
label = "7, two of them chosen"
base = "six"
landmarks = { count = 7, choice = "super_net", after = "spos" }

[variants.third]
strategy = "fairnas"
label = "9, four of them chosen"
landmarks = { count = 9, choice = "super_net", after = "second" }
"""


@pytest.fixture(scope="module")
def drawn(study_text, tmp_path_factory):
    path = tmp_path_factory.mktemp("rounds") / "rounds.toml"
    path.write_text(study_text.replace('["spos", "gdas"]', '["spos"]') + ROUNDS)
    return resolve(load_study(path))[:2]


def result_of(trial, design, *, scores=None, failure=None):
    """A result in which landmarks and candidates score as told, by their positions in the space."""
    landmarks = design.scored_landmarks(trial)
    rest = {
        "processor": "abacus",
        "versions": {},
        "steps": 1,
        "record": [],
        "curve": [],
        "settings": design.settings(trial),
    }
    rest |= {"format": 2, "lookalike_scores": {}, "derived": None, "parts": None, "seconds": {}}
    if failure:
        return {"trial": trial.name, "failure": failure, "scores": {}, "landmark_scores": {}, **rest}
    scored = [float(scores[SPACE.position(one)]) for one in landmarks]
    pool = [0.5] * len(design.pool)
    return {
        "trial": trial.name,
        "failure": None,
        "scores": {"accuracy": pool},
        "landmark_scores": {"accuracy": scored},
        **rest,
    }


@pytest.fixture
def store(tmp_path, drawn):
    store = Store(tmp_path / "rounds")
    store.begin(drawn[0])
    return store


def scores_of(seed=0):
    return np.random.default_rng(seed).random(len(SPACE)).round(6)


def places(architectures):
    return [SPACE.position(architecture) for architecture in architectures]


def functions(architectures):
    return set().union(*(identities(SPACE, architecture) for architecture in architectures))


def test_arms_wait_until_the_super_net_that_chooses_is_trained(drawn, store):
    design, _ = drawn
    assert design.waiting == ["second", "third"]
    assert not {trial.arm for trial in design.trials} & {design.rows[name].after.name for name in design.waiting}
    assert with_chosen_landmarks(design, store) == design
    store.put(Trial("spos-landmark", 0), result_of(Trial("spos-landmark", 0), design, scores=scores_of()))
    assert with_chosen_landmarks(design, store) == design, "one seed is still missing"


def test_round_by_round_the_best_candidates_join_the_landmarks_that_there_are(drawn, store):
    design, _ = drawn
    for name, after in (("second", "spos"), ("third", "second")):
        scores = scores_of(len(name))
        for seed in (0, 1):
            trial = Trial(design.rows[after].after.name, seed)
            assert set(design.candidates[seed]) <= set(design.scored_landmarks(trial))
            store.put(trial, result_of(trial, design, scores=scores))
        design = with_chosen_landmarks(design, store)
        assert name not in design.waiting
        for seed in (0, 1):
            before, now = set(design.landmarks_of(after, seed)), set(design.landmarks_of(name, seed))
            assert before < now
            assert len(now) == design.rows[name].study.landmarks.count
            chosen = now - before
            assert chosen <= set(design.candidates[seed])
            rest = [one for one in design.candidates[seed] if not identities(SPACE, one) & functions(now)]
            assert min(scores[places(chosen)]) >= max(scores[places(rest)])
            assert sum(len(identities(SPACE, one) & functions(now - {one})) for one in chosen) == 0, "all are different"
    assert design.waiting == []
    store.begin(design)
    assert Store(store.folder).has(Trial("spos-landmark", 0), design), "nothing has to be trained again"


def test_a_result_with_other_chosen_landmarks_is_not_of_this_design(drawn, store):
    """As when the super-net that chose them was trained again, and now chooses others."""
    design, _ = drawn
    for seed in (0, 1):
        trial = Trial("spos-landmark", seed)
        store.put(trial, result_of(trial, design, scores=scores_of(1)))
    design = with_chosen_landmarks(design, store)
    trial = Trial("second-landmark", 0)
    store.put(trial, result_of(trial, design, scores=scores_of(1)))
    assert store.has(trial, design)

    again = Trial("spos-landmark", 0)
    store.put(again, result_of(again, design, scores=scores_of(2)))
    changed = with_chosen_landmarks(drawn[0], store)
    assert changed.landmarks_of("second", 0) != design.landmarks_of("second", 0)
    assert set(changed.scored_landmarks(trial)) == set(design.scored_landmarks(trial)), "the candidates are the same"
    assert not store.has(trial, changed)


def test_candidates_and_landmarks_of_all_arms_stay_out_of_the_pool(drawn):
    design, _ = drawn
    barred = functions([*design.candidates[0], *design.candidates[1], *design.landmarks_of("six", 0)])
    assert not barred & functions(design.pool)


def test_a_super_net_without_landmarks_scores_those_that_others_hand_down(drawn):
    """A regression test: FairNAS has trials of its own, which did not score the landmarks that SPOS began with."""
    design, _ = drawn
    scored = set(design.scored_landmarks(Trial("third-plain", 0)))
    assert {*design.landmarks_of("spos", 0), *design.candidates[0]} <= scored


def test_where_the_choosing_super_net_failed_the_next_trial_fails_for_that_reason(drawn, store):
    design, truth = drawn
    for seed in (0, 1):
        trial = Trial("spos-landmark", seed)
        failure = "the loss is nan" if seed else None
        store.put(trial, result_of(trial, design, scores=scores_of(), failure=failure))
    design = with_chosen_landmarks(design, store)
    trial = Trial("second-landmark", 1)
    result = run_trial(design, trial, design.labels_for(trial, truth))
    assert result["failure"] == "spos-landmark-seed1, whose super-net was to choose landmarks, failed"
    assert len(design.landmarks_of("second", 0)) == 7


def test_an_unfinished_round_is_no_result(drawn, store):
    design, _ = drawn
    for trial in design.trials:
        store.put(trial, result_of(trial, design, scores=scores_of()))
    with pytest.raises(ValueError, match="second, third wait for their landmarks"):
        store.read()


def test_more_random_landmarks_hold_the_fewer_ones(drawn, study_text, tmp_path):
    design, _ = drawn
    for seed in (0, 1):
        assert set(design.landmarks[seed]) < set(design.landmarks_of("six", seed))
    path = tmp_path / "fewer.toml"
    counts = ((3, "three"), (2, "two"), (8, "eight"))
    sections = [
        f'[variants.{name}]\nstrategy = "spos"\nlabel = "{name}"\nlandmarks = {{ count = {count} }}\n'
        for count, name in counts
    ]
    path.write_text(study_text + "".join(sections))
    nested = resolve(load_study(path))[0]
    two, three, five, eight = (set(nested.landmarks_of(arm, 1)) for arm in ("two", "three", "spos", "eight"))
    assert two < three < five < eight


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        ({"choice": "super_net"}, "go together"),
        ({"after": "spos"}, "go together"),
        ({"choice": "super_net", "after": "x", "count": 9}, "must be an earlier arm with fewer than 9"),
        ({"choice": "super_net", "after": "spos", "count": 5}, "must be an earlier arm with fewer than 5"),
    ],
)
def test_a_choice_after_no_arm_is_refused(design, landmarks, message):
    content = design.study.model_dump(mode="json")
    content["variants"] = {"x": {"strategy": "spos", "label": "x", "landmarks": landmarks}}
    with pytest.raises(ValidationError, match=message):
        Study.model_validate(content)


def test_the_arm_to_compare_with_has_to_exist(design):
    content = design.study.model_dump(mode="json")
    content["variants"] = {"x": {"strategy": "spos", "label": "x", "base": "y"}}
    with pytest.raises(ValidationError, match="base = 'y' is no row of this study"):
        Study.model_validate(content)


def test_a_variant_is_compared_with_its_base_else_with_its_strategy(drawn):
    design, _ = drawn
    bases = {name: row.base for name, row in design.rows.items()}
    assert bases == {"spos": "spos", "six": "spos", "second": "six", "third": "spos"}


def test_what_is_made_of_results_does_not_decide_which_are_continued(drawn):
    design, _ = drawn
    asked = design.study.analysis.model_copy(update={"oracle_selection": True, "draws": 500})
    other = replace(design, study=design.study.model_copy(update={"analysis": asked, "title": "another"}))
    assert other.common_fingerprint == design.common_fingerprint
