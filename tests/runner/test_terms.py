"""Terms of an arm: two of them, and one that needs no labels."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.runner.design import Design, Trial
from nasrank.bench.runner.estimate import estimate_seconds
from nasrank.bench.runner.parts import assemble
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study

ORTHOGONALITY = '\n[[terms]]\nname = "orthogonality"\ncoefficient = 0.1\n'

VARIANTS = """
[variants.both]
strategy = "spos"
label = "both terms"
terms = { orthogonality = { coefficient = 0.1 } }

[variants.shuffled]
strategy = "spos"
label = "landmarks in random order"
landmarks = { order = "random" }
"""


def resolved_with(study_text, folder, *, terms=None, more=""):
    """The tiny study of SPOS alone."""
    landmark = '[[terms]]\nname = "landmark"\nwarm_up = 0.2\n'
    assert study_text.count(landmark) == 1
    text = study_text.replace('["spos", "gdas"]', '["spos"]')
    path = folder / "tiny.toml"
    path.write_text((text if terms is None else text.replace(landmark, terms)) + more)
    return resolve(load_study(path))[:2]


@pytest.fixture(scope="module")
def two(study_text, tmp_path_factory):
    """The landmark term, and a variant that has kernel orthogonality besides."""
    return resolved_with(study_text, tmp_path_factory.mktemp("two"), more=VARIANTS)


@pytest.fixture(scope="module")
def free(study_text, tmp_path_factory):
    """Kernel orthogonality alone."""
    return resolved_with(study_text, tmp_path_factory.mktemp("free"), terms=ORTHOGONALITY)


def run(design, truth, arm, seed=0):
    trial = Trial(arm, seed)
    result = run_trial(design, trial, design.labels_for(trial, truth))
    assert result["failure"] is None
    return result


def recorded(result):
    return {name for row in result["record"] for name in row if "." in name}


@pytest.mark.slow
def test_two_terms_train_and_both_have_records(two):
    design, truth = two
    results = {arm: run(design, truth, arm) for arm in ("spos-plain", "spos-landmark", "both-landmark-orthogonality")}
    assert [recorded(result) for result in results.values()] == [
        set(),
        {"landmark.violated"},
        {"landmark.violated", "orthogonality.distance"},
    ]
    for row in results["both-landmark-orthogonality"]["record"]:
        assert row["orthogonality.distance"] > 0
    assert len({str(result["scores"]) for result in results.values()}) == 3, "each does something"
    settings = results["both-landmark-orthogonality"]["settings"]
    assert [term["name"] for term in settings["terms"]] == ["landmark", "orthogonality"]
    assert settings["landmarks"] == {"count": 5, "choice": "random"}


def test_another_term_moves_neither_pairs_nor_images_of_the_landmark_term(two):
    design, truth = two
    parts = [
        assemble(design, trial, design.labels_for(trial, truth))
        for trial in (Trial("spos-landmark", 0), Trial("both-landmark-orthogonality", 0))
    ]
    assert [[term.name for term in one.terms] for one in parts] == [["landmark"], ["landmark", "orthogonality"]]
    assert [one.held_out.keys() for one in parts] == [{"strategy", "landmark"}] * 2
    one, other = ([one.terms[0].pairs() for _ in range(20)] for one in parts)
    assert one == other
    assert next(parts[0].held_out["landmark"])[0].equal(next(parts[1].held_out["landmark"])[0])


@pytest.mark.slow
def test_what_they_do_is_stored_and_read_again(two, tmp_path):
    design, truth = two
    store = Store(tmp_path / "results")
    store.begin(design)
    for trial in design.trials:
        store.put(trial, run_trial(design, trial, design.labels_for(trial, truth)))
    results = store.read()
    assert results.design == design
    assert [recorded(trial) for trial in results.of(design.rows["both"].after)] == [
        {"landmark.violated", "orthogonality.distance"}
    ] * 2


@pytest.mark.slow
def test_a_term_without_labels_needs_none(free):
    design, truth = free
    plain, guided = design.rows["spos"].arms
    assert (plain.name, guided.name) == ("spos-plain", "spos-orthogonality")
    trial = Trial(guided.name, 0)
    assert not guided.has_labels
    assert design.labels_for(trial, truth).shape == (0,)
    assert not design.lacks_landmarks(trial)
    result = run(design, truth, guided.name)
    assert recorded(result) == {"orthogonality.distance"}
    assert result["settings"].keys() - run(design, truth, plain.name)["settings"].keys() == {"terms"}
    assert "landmarks" not in result["settings"]
    assert result["settings"]["terms"] == [{"name": "orthogonality", "coefficient": 0.1}]
    assert len(result["landmark_scores"]["accuracy"]) == 5, "they are scored all the same"
    assert estimate_seconds(design, truth, [trial])[trial.name] > 0


@pytest.mark.slow
def test_it_gives_the_same_again_and_survives_json(free):
    design, truth = free
    again = Design.from_json(design.to_json())
    assert again == design
    results = [{**run(one, truth, "spos-orthogonality"), "seconds": {}, "phases": []} for one in (design, again)]
    assert results[0] == results[1]


class TestRandomOrder:
    """The control: labels of the same landmarks that say nothing of them."""

    def test_the_labels_are_others_and_the_same_every_time(self, two):
        design, truth = two
        moved = 0
        for seed in design.study.seeds:
            true, shuffled = (design.labels_of(row, seed, truth) for row in ("spos", "shuffled"))
            assert design.landmarks_of("spos", seed) == design.landmarks_of("shuffled", seed)
            np.testing.assert_array_equal(shuffled, design.labels_of("shuffled", seed, truth))
            moved += (true != shuffled).sum()
        assert moved >= 4

    def test_seeds_have_orders_of_their_own(self, two):
        design, truth = two
        orders = [
            tuple(
                np.argsort(np.argsort(design.labels_of("spos", seed, truth)))[
                    np.argsort(design.labels_of("shuffled", seed, truth))
                ]
            )
            for seed in design.study.seeds
        ]
        assert len(set(orders)) == 2

    @pytest.mark.slow
    def test_the_trial_without_terms_is_shared_and_the_one_with_them_is_not(self, two):
        design, truth = two
        assert design.rows["shuffled"].before is design.rows["spos"].before
        true, shuffled = (run(design, truth, f"{row}-landmark") for row in ("spos", "shuffled"))
        assert shuffled["settings"]["landmarks"] == {**true["settings"]["landmarks"], "order": "random"}
        assert shuffled["record"] != true["record"]
        assert shuffled["record"][0]["loss"] == true["record"][0]["loss"], "they start alike"
