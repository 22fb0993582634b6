"""Activations of a study that asks for them: stored with every trial, checked when they are read, and in no other."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study

SIZE = 6


@pytest.fixture(scope="module")
def asked(study_text, tmp_path_factory):
    """A design that asks for them, and its truth."""
    path = tmp_path_factory.mktemp("asked") / "tiny.toml"
    text = study_text.replace('["spos", "gdas"]', '["spos", "few_shot"]').replace(
        "size = 20", f"size = 20\nactivations = {SIZE}"
    )
    path.write_text(text)
    return resolve(load_study(path))[:2]


@pytest.fixture(scope="module")
def result(asked):
    design, truth = asked
    trial = Trial("spos-landmark", 0)
    return run_trial(design, trial, design.labels_for(trial, truth))


@pytest.mark.slow
def test_every_architecture_that_is_ranked_or_told_has_coordinates(asked, result):
    design, _ = asked
    found = result["activations"]
    assert {name: np.shape(rows) for name, rows in found.items()} == {"pool": (20, SIZE), "landmarks": (5, SIZE)}
    assert np.isfinite(found["pool"]).all()
    assert len({tuple(row) for row in found["pool"]}) > 10
    assert len(design.scored_landmarks(Trial("spos-landmark", 0))) == 5


@pytest.mark.slow
def test_they_change_nothing_else(asked, result, design, truth):
    trial = Trial("spos-landmark", 0)
    without = run_trial(design, trial, design.labels_for(trial, truth))
    assert "activations" not in without
    same = result.keys() - {"activations", "seconds", "phases"}
    assert {name: result[name] for name in same} == {name: without[name] for name in same}
    assert asked[0].pool == design.pool


def test_results_of_a_study_that_does_not_ask_are_continued_as_before(design):
    assert "activations" not in design.to_json()["study"]["pool"]


@pytest.mark.slow
def test_a_strategy_that_divides_the_space_has_none(asked):
    design, truth = asked
    trial = Trial("few_shot-plain", 0)
    found = run_trial(design, trial, design.labels_for(trial, truth))
    assert found["failure"] is None
    assert "activations" not in found


def spoilt(result, change):
    found = {
        **result,
        "activations": {name: [list(row) for row in rows] for name, rows in result["activations"].items()},
    }
    change(found["activations"])
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found["pool"].pop(), "activations.pool: 19 values; there are 20 architectures"),
        (lambda found: found.pop("landmarks"), "activations.landmarks: this key is missing"),
        (lambda found: found["pool"][3].pop(), "activations: architectures have different numbers of coordinates"),
        (lambda found: found["pool"][3].append("x"), "activations.pool.3.6"),
    ],
)
def test_stored_ones_are_checked(asked, result, tmp_path, change, message):
    design, _ = asked
    store, trial = Store(tmp_path / "results"), Trial("spos-landmark", 0)
    store.begin(design)
    store.put(trial, result)
    assert store.get(trial, design)["activations"] == result["activations"]
    path = store.path(trial.name)
    write_json(path, spoilt(read_json(path), change))
    with pytest.raises(ValueError, match=message):
        store.get(trial, design)
