"""Stored results and gate baselines that somebody edited: one sentence with file and key (cases, group 7)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from nasrank.bench.analysis.gate import compare, load_reference, read_reference, reference_of
from nasrank.bench.foundation.json_files import parse
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.runner.stored import check_scores
from nasrank.bench.scores.score import WAYS, Way
from nasrank.bench.tasks import Score
from nasrank.spaces import get_space

TRIAL = "gdas-landmark-seed1"

CELL = str(get_space("nb201").at(7))


@pytest.fixture
def results(design) -> Results:
    """Of the tiny study, with everything that a trial stores."""

    def scores(size):
        same = [0.5] * size
        return {"accuracy": same, "negative_loss": [-1.0] * size, "angle": same, "kernel_angle": same}

    def result(trial):
        return {
            "format": 2,
            "trial": trial.name,
            "settings": design.settings(trial),
            "processor": "abacus",
            "versions": {},
            "failure": None,
            "steps": 12,
            "record": [{"fraction": 0.5, "loss": 1.0, "landmark.violated": 0.5}],
            "scores": scores(len(design.pool)),
            "landmark_scores": scores(len(design.scored_landmarks(trial))),
            "lookalike_scores": scores(len(design.lookalikes)),
            "curve": [{"fraction": 1.0, "scores": [0.5, 0.25, 0.5], "derived": [0, 1, 2, 3, 4, 0]}],
            "derived": [0, 1, 2, 3, 4, 0],
            "parts": [0] * len(design.pool),
            "seconds": {},
            "phases": [{"phase": "training", "started": "2026-01-31T12:30:00+00:00", "seconds": 1.5, "on": "abacus"}],
        }

    return Results(design, {trial.name: result(trial) for trial in design.trials})


@pytest.fixture
def store(results, tmp_path) -> Store:
    store = Store(tmp_path / "results")
    store.begin(results.design)
    for trial in results.design.trials:
        store.put(trial, results.trials[trial.name])
    return store


def names(cases: list[tuple[str, Any, str]]) -> list[str]:
    return [f"{key}={str(value)[:12]}" for key, value, _ in cases]


def changed(content: Any, key: str, value: Any) -> Any:
    """A copy with another value at a key such as "scores/accuracy/3"; without it for the value `...`."""
    made = place = copy.deepcopy(content)
    *path, last = key.split("/")
    for one in path:
        place = place[int(one) if isinstance(place, list) else one]
    key_or_index = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[key_or_index]
    else:
        place[key_or_index] = value
    return made


TRIALS = [
    ("scores/accuracy/3", -1.0, "scores.accuracy.3: -1.0 is no accuracy"),
    ("scores/accuracy/3", 1e308, "scores.accuracy.3: 1e+308 is no accuracy"),
    ("scores/accuracy/3", 10**30, "scores.accuracy.3: 1e+30 is no accuracy"),
    ("scores/accuracy/3", 10**400, "scores.accuracy.3: Input should be a valid number"),
    ("scores/accuracy/3", float("nan"), "scores.accuracy.3: nan is no accuracy"),
    ("scores/accuracy/3", "0.5", "scores.accuracy.3: Input should be a valid number"),
    ("scores/accuracy/3", None, "scores.accuracy.3: Input should be a valid number"),
    ("scores/accuracy/3", True, "scores.accuracy.3: Input should be a valid number"),
    ("scores/accuracy", ..., "scores: accuracy is missing, by which is ranked"),
    ("scores/accuracy", {}, "scores.accuracy: Input should be a valid list"),
    ("scores", [], "scores: Input should be a valid dictionary"),
    ("scores/negative_loss/0", 0.5, "scores.negative_loss.0: 0.5 is no negative loss"),
    ("scores/angle/0", -0.5, "scores.angle.0: -0.5 is no angle"),
    ("scores/angle/0", float("inf"), "scores.angle.0: inf is no angle"),
    ("landmark_scores/accuracy/0", 2, "landmark_scores.accuracy.0: 2.0 is no accuracy"),
    ("landmark_scores/accuracy/0", ..., "landmark_scores.accuracy: 4 values; there are 5 architectures"),
    ("lookalike_scores/accuracy", [0.5] * 500, "lookalike_scores.accuracy: 500 values; there are"),
    ("landmark_scores/accuracy", ..., "landmark_scores: accuracy is missing"),
    ("failure", 3, "failure: Input should be a valid string"),
    ("failure", "it diverged", "scores: there are some, though the trial failed"),
    ("steps", -1, "steps: Input should be greater than or equal to 0"),
    ("steps", 1.5, "steps: Input should be a valid integer"),
    ("processor", None, "processor: Input should be a valid string"),
    ("settings", [], "settings: Input should be a valid dictionary"),
    ("record", {}, "record: Input should be a valid list"),
    ("record/0/loss", "low", "record.0.loss: Input should be a valid number"),
    ("record/0/fraction", ..., "record.0: it has no fraction"),
    ("record/0/fraction", 7.0, "record.0.fraction: 7.0 is not between 0 and 1"),
    ("record/0/landmark.violated", -0.5, "record.0.landmark.violated: -0.5 is not between 0 and 1"),
    ("curve/0", 3, "curve.0: Input should be a valid dictionary"),
    ("curve/0/fraction", ..., "curve.0.fraction: this key is missing"),
    ("curve/0/scores", [0.5] * 21, "curve.0.scores: 21 scores; the pool has 20"),
    ("curve/0/derived", [9] * 6, "curve.0.derived: "),
    ("derived", [0, 1], "derived: "),
    ("derived", [0, 1, 2, 3, 4, 5], "derived: "),
    ("derived", [-1, 1, 2, 3, 4, 0], "derived.0: Input should be greater than or equal to 0"),
    ("derived", "none", "derived: Input should be a valid list"),
    ("parts", [0], "parts: 1 values; there are 20 architectures"),
    ("parts", ..., "parts: this key is missing"),
    ("phases", {}, "phases: Input should be a valid list"),
    ("phases/0/seconds", -1.0, "phases.0.seconds: Input should be greater than or equal to 0"),
    ("phases/0/started", "yesterday", "phases.0.started: Invalid isoformat string"),
    ("phases/0/started", "2026-01-31T12:30:00", "phases.0.started: it is not in UTC"),
    ("phases/0/started", 7, "phases.0.started: Input should be a valid string"),
    ("phases/0/on", ..., "phases.0.on: this key is missing"),
    ("phases/0/host", "mine", "phases.0.host: Extra inputs are not permitted"),
    ("mine", 1, "mine: Extra inputs are not permitted"),
    ("format", 3, "format: 3 is none that this nasrank reads; it reads 1 to 2"),
    ("format", True, "format: True is none that this nasrank reads"),
]

DESIGNS = [
    ("study", ..., "study: this key is missing"),
    ("study/training/passes", "12", "study.training.passes: Input should be a valid integer"),
    ("study/truth/oracle", "gone", "truth.oracle: the study has another"),
    ("study/space", 3, "study.space: Input should be a valid string"),
    ("pool", [], "pool: List should have at least 1 item"),
    ("format", 3, "format: 3 is none that this nasrank reads; it reads 1 to 2"),
    ("format", 0, "format: 0 is none that this nasrank reads"),
    ("format", "2", "format: '2' is none that this nasrank reads"),
    ("format", 1, "pool.0: Input should be a valid integer"),
    ("lookalikes", [-1], "lookalikes.0: Input should be a valid string"),
    ("lookalikes", ["-1"], "pool: "),
    ("pool/0", "|none~0|", "pool: "),
    ("pool/0", CELL.replace("~2", "~1"), "pool: "),
    ("pool/0", "x" * 5000, "pool: "),
    ("pool/0", "", "pool: "),
    ("pool/0", -1, "pool.0: Input should be a valid string"),
    ("pool/0", None, "pool.0: Input should be a valid string"),
    ("landmarks/0", ..., "landmarks: it is not of the study's seeds 0, 1"),
    ("landmarks/1/0", "1000000000", "landmarks.1: "),
    ("landmarks", [], "landmarks: Input should be a valid dictionary"),
    ("own_landmarks", {"none": {"0": [CELL], "1": [CELL]}}, "own_landmarks: it has no row 'none'"),
    ("candidates", {"x": [CELL]}, "candidates: it is not of the study's seeds"),
    ("truth/licence", ..., "truth.licence: this key is missing"),
    ("truth/sha256", 5, "truth.sha256: Input should be a valid string"),
    ("truth/split", "test", "truth.split: the study has another"),
    ("truth", None, "truth: Input should be a valid dictionary"),
    ("images/split", "mine", "images.split: "),
    ("environment/platform", ..., "environment.platform: this key is missing"),
    ("environment/torch", 2, "environment.torch: Input should be a valid string"),
]


def test_what_is_whole_is_read(store, results):
    untimed = {name: {**trial, "seconds": {}} for name, trial in results.trials.items()}
    assert store.read().trials == untimed


@pytest.mark.parametrize(("key", "value", "words"), TRIALS, ids=names(TRIALS))
def test_a_result_that_was_altered_is_refused_with_file_and_key(store, key, value, words):
    path = store.folder / f"{TRIAL}.json"
    path.write_text(json.dumps(changed(json.loads(path.read_text()), key, value)))
    with pytest.raises(ValueError, match=rf"{TRIAL}\.json is not the result of {TRIAL}: ") as caught:
        store.read()
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_architecture_without_finite_outputs_has_no_other_score(store):
    """NaN is what an architecture has by a score that its arm does not rank by."""
    path = store.folder / f"{TRIAL}.json"
    path.write_text(json.dumps(changed(json.loads(path.read_text()), "scores/angle/3", float("nan"))))
    store.read()


def test_a_score_is_checked_as_what_gives_it_declares(monkeypatch):
    check_scores("scores.size", "size", [-1.0], 1)  # of a plugin that is not loaded
    size = Score("size", "size of the weights", "1", higher_is_better=True, low=0.0)
    monkeypatch.setitem(WAYS, "size", Way("size", lambda *_: {}, (size,)))
    check_scores("scores.size", "size", [0.0], 1)
    with pytest.raises(ValueError, match=r"scores\.size\.0: -1\.0 is no size"):
        check_scores("scores.size", "size", [-1.0], 1)


@pytest.mark.parametrize(("key", "value", "words"), DESIGNS, ids=names(DESIGNS))
def test_a_design_that_was_altered_is_refused_with_file_and_key(store, key, value, words):
    path = store.folder / "design.json"
    content = {"own_landmarks": {}, "candidates": {}, **json.loads(path.read_text())}
    path.write_text(json.dumps(changed(content, key, value)))
    with pytest.raises(ValueError, match=r"design\.json is not the design of a study: ") as caught:
        store.read()
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


BASELINES = [
    ("scores", ..., "not a reference of the ranking gate: it has no design and scores"),
    ("scores", [], "not a reference of the ranking gate: scores.Input should be a valid dictionary"),
    (f"scores/{TRIAL}", ..., f"scores.{TRIAL}: this key is missing"),
    (f"scores/{TRIAL}", None, f"scores.{TRIAL}: Input should be a valid list"),
    (f"scores/{TRIAL}/0", "x", f"scores.{TRIAL}.0: Input should be a valid number"),
    (f"scores/{TRIAL}/0", -1.0, f"scores.{TRIAL}.0: -1.0 is no accuracy"),
    (f"scores/{TRIAL}/0", 1e308, f"scores.{TRIAL}.0: 1e+308 is no accuracy"),
    (f"scores/{TRIAL}/0", ..., f"scores.{TRIAL}: 19 values; there are 20 architectures"),
    ("design", 7, "not the design of a study: Input should be a valid dictionary"),
    ("design/pool/0", -1, "not the design of a study: pool.0"),
]


@pytest.mark.parametrize(("key", "value", "words"), BASELINES, ids=names(BASELINES))
def test_a_baseline_that_was_altered_is_refused_with_file_and_key(results, tmp_path, key, value, words):
    path = tmp_path / "base.json"
    path.write_text(json.dumps(changed(reference_of(results), key, value)))
    with pytest.raises(ValueError, match=r"base\.json: ") as caught:
        load_reference(path)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_baseline_of_a_study_with_variants_is_another_study(results, truth):
    content = reference_of(results)
    content["design"]["study"]["variants"] = {"mine": {"strategy": "spos", "label": "mine"}}
    content["scores"] |= {f"mine-landmark-seed{seed}": content["scores"][TRIAL] for seed in (0, 1)}
    content["scores"] |= {f"mine-plain-seed{seed}": content["scores"][TRIAL] for seed in (0, 1)}
    with pytest.raises(ValueError, match="of another study; these differ: variants"):
        compare(results, read_reference(content), truth)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": {"c": 1, "d": 2, "c": 3}}', "the key 'c' is there twice"),
        ("[" * 10**5 + "]" * 10**5, "nested too deeply"),
        ('{"a": ' * 10**5 + "1" + "}" * 10**5, "nested too deeply"),
        ("9" * 5000, "limit"),
        ("{", "Expecting property name"),
    ],
    ids=["a key twice", "lists", "objects", "digits", "truncated"],
)
@pytest.mark.parametrize("name", ["design.json", f"{TRIAL}.json", "base.json"])
def test_a_file_that_says_two_things_or_none_is_refused(store, text, words, name):
    with pytest.raises(ValueError, match=words):
        parse(text)
    path = store.folder / name
    path.write_text(text)
    reading: Callable[[], object] = (lambda: load_reference(path)) if name == "base.json" else store.read
    with pytest.raises(ValueError, match=rf"{name} is damaged: .*{words}"):
        reading()
