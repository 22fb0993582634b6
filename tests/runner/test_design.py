"""What a study leaves open is drawn once, reproducibly, and without letting a landmark into the pool."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasrank.bench.foundation.environment import environment
from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.pool import draw_lookalikes, draw_pool
from nasrank.bench.runner.resolve import _draw_landmarks, resolve
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

SPACE = get_space("nb201")
REPORTS = Path(__file__).parents[2] / "reports"
EVERYTHING = Truth(SPACE, np.ones(len(SPACE)))


def changed(design, **changes):
    """The design with some keys of its study changed, given as `section__key` or `key`."""
    content = design.study.model_dump(mode="json")
    for name, value in changes.items():
        *section, key = name.split("__")
        (content[section[0]] if section else content)[key] = value
    return replace(design, study=Study.model_validate(content))


def isomorphic(architectures):
    return {SPACE.key(architecture) for architecture in architectures}


def functions(architectures):
    return {SPACE.functional(architecture, silence_is_zero=True) for architecture in architectures}


def test_resolving_again_gives_the_same_design(design, study_file):
    again, truth, images = resolve(load_study(study_file))
    assert again == design
    assert again.fingerprint == design.fingerprint
    assert truth.space is SPACE
    assert len(truth) == len(SPACE)
    assert images.name == "digits"


def test_the_natural_pool_lacks_the_landmarks_alone(design, truth):
    """It is as large, in the same random order, and has what is like a landmark in place of the pool's last."""
    study = changed(design, landmarks__count=100, pool__size=500, seeds=[0, 1]).study
    landmarks = _draw_landmarks(study, truth)
    pool = draw_pool(study, [landmarks], EVERYTHING)
    lookalikes = draw_lookalikes(study, [landmarks], EVERYTHING, pool)
    natural = replace(design, study=study, pool=pool, lookalikes=lookalikes).natural_pool
    chosen = {one for architectures in landmarks.values() for one in architectures}
    assert len(set(natural)) == len(natural) == 500
    assert not chosen & set(natural)
    barred = isomorphic(chosen) | functions(chosen)
    assert len(lookalikes) > 50
    for one in lookalikes:
        assert {SPACE.key(one), SPACE.functional(one, silence_is_zero=True)} & barred
    everything = draw_pool(changed(design, pool__size=700, seeds=[0, 1]).study, [{}], EVERYTHING)
    first = [one for one in everything if one not in chosen][:500]
    assert set(natural) == set(first), "the first so many of the order in which pools are drawn"


@pytest.mark.parametrize("equals", [isomorphic, functions])
def test_nothing_in_the_pool_equals_a_landmark_of_any_seed(design, truth, equals):
    """Neither for the benchmark nor for shared weights, which cannot tell apart what the benchmark's classes do.

    With 2,400 landmarks, a pool drawn blindly would be full of them.
    """
    study = changed(design, landmarks__count=800, pool__size=500, seeds=[0, 1, 2]).study
    landmarks = _draw_landmarks(study, truth)
    pool = draw_pool(study, [landmarks], EVERYTHING)
    assert len(set(pool)) == 500
    everywhere = {one for architectures in landmarks.values() for one in architectures}
    barred = equals(everywhere)
    assert not equals(pool) & barred
    blind = [one for one in map(SPACE.at, range(0, len(SPACE), 31)) if one not in everywhere]
    assert equals(blind) & barred


def test_the_pool_is_in_random_order_and_shared_by_seeds(design):
    assert len(set(design.pool)) == len(design.pool) == 20
    assert list(design.pool) != sorted(design.pool, key=SPACE.position)


def test_landmarks_belong_to_a_seed(design, truth):
    assert set(design.landmarks) == {0, 1}
    assert design.landmarks[0] != design.landmarks[1]
    for landmarks in design.landmarks.values():
        assert len(set(landmarks)) == 5
        assert list(landmarks) == sorted(landmarks, key=SPACE.position)
        assert np.isfinite(truth.of(landmarks)).all()


def test_more_seeds_keep_the_landmarks_of_the_earlier_ones(study_text, tmp_path, design):
    path = tmp_path / "more.toml"
    path.write_text(study_text.replace("seeds = [0, 1]", "seeds = [0, 1, 2]"))
    more, _, _ = resolve(load_study(path))
    assert {seed: more.landmarks[seed] for seed in (0, 1)} == design.landmarks


@pytest.mark.slow
def test_a_pool_that_landmarks_leave_no_room_for_is_refused(design):
    """The study fits by numbers, but not when everything that equals a landmark is barred."""
    study = changed(design, pool__size=12_000).study
    everywhere = {0: tuple(map(SPACE.at, range(0, len(SPACE), 7)))}
    with pytest.raises(ValueError, match=r"pool.size = 12000, but only \d+ differ from every landmark"):
        draw_pool(study, [everywhere], EVERYTHING)


def positions_in(content):
    """Pool and landmarks of a stored design as positions, which is what the first format held."""

    def positions(named):
        return [one if isinstance(one, int) else space.position(space.parse(one)) for one in named]

    space = get_space(content["study"]["space"])
    return positions(content["pool"]), {seed: positions(named) for seed, named in content["landmarks"].items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nb201", "nb101"])
def test_committed_studies_are_drawn_as_they_were(name):
    """Results that were stored before a truth could have gaps are continued under the same fingerprint."""
    stored = read_json(REPORTS / name / "results" / "design.json")
    design = Design.from_json(stored)
    assert positions_in(json.loads(json.dumps(design.to_json()))) == positions_in(stored)
    again, _, _ = resolve(design.study)
    assert (again.pool, again.landmarks, again.truth) == (design.pool, design.landmarks, design.truth)


def test_trials_come_seed_by_seed_with_before_and_after_side_by_side(design):
    assert [trial.name for trial in design.trials[:4]] == [
        "spos-plain-seed0",
        "spos-landmark-seed0",
        "gdas-plain-seed0",
        "gdas-landmark-seed0",
    ]
    assert len({trial.name for trial in design.trials}) == len(design.trials) == 8
    assert {trial.seed for trial in design.trials[:4]} == {0}


def test_json_and_back(design):
    assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design


@pytest.mark.parametrize("content", [{}, [], None, "text", {"study": 3}])
def test_what_is_not_a_design_is_refused(content):
    with pytest.raises(ValueError, match=r"design|Study"):
        Design.from_json(content)


@pytest.mark.parametrize("key", ["study", "pool", "landmarks", "truth", "images", "environment"])
def test_a_design_without_one_of_its_keys_is_refused(design, key):
    content = design.to_json()
    del content[key]
    with pytest.raises(ValueError, match=key):
        Design.from_json(content)


CHANGES = {
    "title": "other",
    "seeds": [0, 2],
    "common_seed": 1,
    "strategies": ["gdas", "spos"],
    "truth__epochs": 12,
    "truth__metric": "loss",
    "truth__seeds": "mean",
    "images__weights": 65,
    "images__padding": 1,
    "images__split": "official_if_present",
    "supernet__channels": 3,
    "supernet__statistics": "tracked",
    "training__passes": 13,
    "training__learning_rate": 0.05,
    "training__mixed_precision": True,
    "landmarks__order": "random",
    "landmarks__label_noise": 1.0,
    "terms": [{"name": "landmark", "warm_up": 0.2, "coefficient": -10.0}],
    "terms ": [{"name": "landmark", "warm_up": 0.2, "pair_sampling": "all"}],
    "terms  ": [{"name": "landmark", "warm_up": 0.2, "horizon": "all_epochs"}],
    "terms   ": [{"name": "landmark", "warm_up": 0.2}, {"name": "orthogonality"}],
    "terms    ": [{"name": "orthogonality"}],
    "pool__curve": 4,
    "analysis__score": "negative_loss",
}


@pytest.mark.parametrize("change", CHANGES.items(), ids=CHANGES)
def test_the_fingerprint_covers_the_study(design, change):
    key, value = change
    assert changed(design, **{key.strip(): value}).fingerprint != design.fingerprint


@pytest.mark.parametrize("field", ["truth", "images", "environment"])
def test_the_fingerprint_covers_data_and_environment(design, field):
    content = getattr(design, field)
    for key in content:
        assert replace(design, **{field: {**content, key: "other"}}).fingerprint != design.fingerprint


@settings(max_examples=30)
@given(data=st.data())
def test_the_fingerprint_covers_every_drawn_architecture(design, data):
    place = data.draw(st.integers(0, len(design.pool) - 1))
    every = st.integers(0, len(SPACE) - 1).map(SPACE.at)
    other = data.draw(every.filter(lambda one: one != design.pool[place]))
    pool = (*design.pool[:place], other, *design.pool[place + 1 :])
    assert replace(design, pool=pool).fingerprint != design.fingerprint
    landmarks = {**design.landmarks, 1: (*design.landmarks[1][:-1], other)}
    assert (replace(design, landmarks=landmarks).fingerprint == design.fingerprint) == (landmarks == design.landmarks)


def test_fingerprints_are_short_and_stable(design):
    assert len(design.fingerprint) == 16
    assert int(design.fingerprint, 16) >= 0
    assert Design.from_json(design.to_json()).fingerprint == design.fingerprint


def test_the_design_says_what_it_stands_on(design):
    assert design.truth["recipe"] == "analog-nasbench"
    assert len(design.truth["sha256"]) == 64
    assert design.truth["epochs"] == 200
    assert design.images["split"] == "random"
    assert design.environment == environment()


def test_no_stand_alone_accuracy_is_in_it(design, truth):
    text = json.dumps(design.to_json())
    for landmarks in design.landmarks.values():
        for accuracy in truth.of(landmarks):
            assert repr(float(accuracy)) not in text


def test_trials_are_named_by_what_they_are():
    assert Trial("spos-landmark", 3).name == "spos-landmark-seed3"
