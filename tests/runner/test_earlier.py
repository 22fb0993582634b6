"""Results in the first format, where architectures were positions, are read as today's and written as today's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from first_format import design_in_first_format, trial_in_first_format

from nasrank.bench.analysis.scores import landmark_scores
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.chosen import with_chosen_landmarks
from nasrank.bench.runner.design import Trial
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

SPACE = get_space("nb201")
REPORTS = Path(__file__).parents[2] / "reports"

VARIANTS = """
[variants.weak]
strategy = "spos"
label = "a tenth of the coefficient"
terms = { landmark = { coefficient = 1.0, pair_sampling = "all" } }

[variants.many]
strategy = "spos"
label = "7 landmarks"
landmarks = { count = 7 }

[variants.even]
strategy = "spos"
label = "even ones"
landmarks = { choice = "even", label_noise = 1.0 }

[variants.chosen]
strategy = "spos"
label = "6, one of them chosen"
landmarks = { count = 6, choice = "super_net", after = "spos" }
"""


def result_of(trial, design):
    """Every score is of its architecture: its position, as a share."""

    def scores(architectures):
        shares = [round(SPACE.position(one) / len(SPACE), 6) for one in architectures]
        return {"accuracy": shares, "negative_loss": [share - 1 for share in shares], "kernel_angle": shares}

    return {
        "format": 2,
        "trial": trial.name,
        "settings": design.settings(trial),
        "processor": "abacus",
        "versions": {},
        "failure": None,
        "steps": 12,
        "record": [{"fraction": 0.5, "loss": 1.0}],
        "scores": scores(design.pool),
        "landmark_scores": scores(design.scored_landmarks(trial)),
        "lookalike_scores": scores(design.lookalikes),
        "curve": [],
        "derived": [0, 1, 2, 3, 4, 0],
        "parts": None,
        "seconds": {"training": 1.0},
    }


@pytest.fixture(scope="module")
def today(study_text, tmp_path_factory) -> Results:
    """Of the tiny study with variants that have landmarks of their own, one of them chosen by a super-net."""
    folder = tmp_path_factory.mktemp("today")
    (folder / "varied.toml").write_text(study_text + VARIANTS)
    store, design = Store(folder / "results"), resolve(load_study(folder / "varied.toml"))[0]
    for _ in range(2):
        store.begin(design)
        for trial in design.trials:
            store.put(trial, result_of(trial, design))
        design = with_chosen_landmarks(design, store)
    return store.read()


@pytest.fixture
def first(today, tmp_path) -> Store:
    """The same in the first format."""
    store = Store(tmp_path / "first")
    store.folder.mkdir()
    design = today.design
    write_json(store.folder / "design.json", design_in_first_format(design))
    for trial in design.trials:
        write_json(file_of(store, trial), trial_in_first_format(today.trials[trial.name], trial, design))
    return store


def file_of(store, trial):
    return store.folder / f"{trial.name}.json"


def edit(path, change):
    content = read_json(path)
    change(content)
    write_json(path, content)


@pytest.mark.slow
def test_it_is_another_text(first):
    text = (first.folder / "design.json").read_text()
    assert '"format"' not in text
    assert "~" not in text, "no architecture is named by its text"
    assert '"terms"' not in text


def test_a_design_is_read_as_todays(first, today):
    design = first.read().design
    assert design == today.design
    assert design.fingerprint == today.design.fingerprint
    (term,) = design.rows["weak"].study.terms
    assert (term.settings.coefficient, term.settings.pair_sampling, term.settings.warm_up) == (1.0, "all", 0.2)
    assert design.landmarks_of("chosen", 1) == today.design.landmarks_of("chosen", 1)


@pytest.mark.slow
def test_trials_are_read_as_todays(first, today):
    design = today.design
    assert first.read().trials == today.trials
    assert all(first.has(trial, design) for trial in design.trials)
    assert with_chosen_landmarks(replace(design, own_landmarks=without(design, "chosen")), first) == design


def without(design, row):
    return {name: sets for name, sets in design.own_landmarks.items() if name != row}


def test_scores_of_landmarks_are_of_their_own_architectures_in_every_row(first):
    """The trial without terms scores the landmarks of five rows, and candidates."""
    results = first.read()
    rows = [results.design.rows[name] for name in ("spos", "weak", "many", "even", "chosen")]
    assert len({row.before.name for row in rows}) == 1
    for row in rows:
        for arm in row.arms if row.name != "chosen" else [row.after]:
            for seed, scores in zip((0, 1), landmark_scores(results, row, arm), strict=True):
                places = [SPACE.position(one) for one in results.design.landmarks_of(row.name, seed)]
                np.testing.assert_allclose(scores, np.array(places) / len(SPACE), atol=1e-6)


def test_results_of_before_settings_were_stored_are_read(first, today, monkeypatch):
    later = ("settings", "derived", "parts", "lookalike_scores", "seconds")
    trial = Trial("spos-plain", 0)
    expected = today.trials[trial.name]
    for left_out in (later, later[1:], later[3:]):
        content = trial_in_first_format(expected, trial, today.design)
        write_json(file_of(first, trial), {name: value for name, value in content.items() if name not in left_out})
        found = first.get(trial, today.design)
        missing = {"derived": None, "parts": None, "lookalike_scores": {}, "seconds": {}}
        assert found == expected | {name: value for name, value in missing.items() if name in left_out}
    monkeypatch.setattr(today.design.arms["spos-plain"].strategy, "revision", 1)
    assert not first.has(trial, today.design), "they are of the first revision"


@pytest.mark.parametrize("key", ["settings", "record", "scores", "landmark_scores", "failure"])
@pytest.mark.parametrize("value", [3, "x", None, [], [None], {"x": 1}, {"positions": 3}, {"positions": [0.5]}])
def test_what_is_of_no_format_is_refused_by_name(first, key, value):
    trial = Trial("weak-landmark", 1)
    edit(file_of(first, trial), lambda content: content.update({key: value}))
    if (key, value) in [("failure", None), ("record", [])]:
        first.read()
        return
    with pytest.raises(ValueError, match=rf"{trial.name}\.json is ") as caught:
        first.read()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["settings"]["positions"].__setitem__(0, 15_625), "settings.positions: 15625 is no po"),
        (lambda content: content["settings"]["positions"].__setitem__(0, -1), "settings.positions: these are no posi"),
        (lambda content: content["settings"]["positions"].__setitem__(0, True), "settings.positions: these are no p"),
        (lambda content: content["settings"].update(chosen=[10**9]), "settings.chosen: 1000000000 is no position in a"),
        (lambda content: content["settings"].update(chosen={}), "settings.chosen: these are no positions"),
        (lambda content: content["landmark_scores"]["accuracy"].pop(), "landmark_scores.accuracy: 4 values; there are"),
        (lambda content: content.update(format=3), "format: 3 is none that this nasrank reads; it reads 1 to 2"),
        (lambda content: content.update(format="1"), "format: '1' is none that this nasrank reads"),
        (lambda content: content.update(mine=1), "mine: unknown key"),
    ],
)
def test_a_wrong_result_is_refused_with_its_key(first, change, words):
    edit(file_of(first, Trial("gdas-landmark", 0)), change)
    with pytest.raises(ValueError, match=r"gdas-landmark-seed0\.json is not the result of ") as caught:
        first.read()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["pool"].__setitem__(3, 15_625), "pool: 15625 is no position in a space of 15625 arch"),
        (lambda content: content["pool"].__setitem__(3, -1), "pool.3: Input should be greater than or equal to 0"),
        (lambda content: content["pool"].__setitem__(3, "7"), "pool.3: Input should be a valid integer"),
        (lambda content: content["pool"].__setitem__(3, content["pool"][4]), "pool: an architecture is there twice"),
        (lambda content: content["landmarks"]["1"].__setitem__(0, 10**9), "landmarks.1: 1000000000 is no position"),
        (lambda content: content["own_landmarks"]["many"]["0"].append(15_625), "own_landmarks.many.0: 15625 is no po"),
        (lambda content: content["candidates"]["0"].append(15_625), "candidates.0: 15625 is no position"),
        (lambda content: content.update(lookalikes=[-1]), "lookalikes.0: Input should be greater than or equal to 0"),
        (lambda content: content.update(format=3), "format: 3 is none that this nasrank reads; it reads 1 to 2"),
        (
            lambda content: content["study"]["landmarks"].update(warm_up=2),
            "study.terms.0.warm_up: Input should be less",
        ),
        (lambda content: content["study"].update(landmarks=3), "study.landmarks: Input should be an object"),
        (lambda content: content["study"]["variants"].update(weak=3), "study.variants.weak: Input should be an object"),
        (lambda content: content["study"].update(variants=3), "study.variants: Input should be an object"),
    ],
)
def test_a_wrong_design_is_refused_with_its_key(first, change, words):
    edit(first.folder / "design.json", change)
    with pytest.raises(ValueError, match=r"design\.json is not the design of a study: ") as caught:
        first.read()
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.slow
def test_a_copy_is_in_todays_format(first, today, tmp_path):
    first.copy(first.read().design, tmp_path / "copy")
    assert_todays(tmp_path / "copy", today)


@pytest.mark.slow
def test_what_is_taken_over_is_in_todays_format(first, today, tmp_path):
    mine = Store(tmp_path / "mine")
    mine.begin(today.design)
    assert mine.adopt(first.folder, today.design) == len(today.design.trials)
    assert_todays(mine.folder, today)


def test_a_run_that_goes_on_in_the_folder_finds_its_results(first, today):
    before = read_json(first.folder / "design.json")
    first.begin(today.design)
    assert read_json(first.folder / "design.json") == before, "the same design is not written again"
    assert all(first.has(trial, today.design) for trial in today.design.trials)


def assert_todays(folder, today):
    assert read_json(folder / "design.json") == json.loads(json.dumps(today.design.to_json()))
    for name, result in today.trials.items():
        assert read_json(folder / f"{name}.json") == result


class TestCommitted:
    """What earlier versions of nasrank have written."""

    @pytest.mark.slow
    def test_super_nets_choose_the_same_landmarks_again(self):
        """Else whoever continues these results would train the arms that wait for them anew."""
        store = Store(REPORTS / "landmark" / "results")
        design = store.read().design
        chosen = [name for name, row in design.rows.items() if row.study.landmarks.after]
        own = {name: sets for name, sets in design.own_landmarks.items() if name not in chosen}
        again = replace(design, own_landmarks=own)
        for _ in chosen:
            again = with_chosen_landmarks(again, store)
        assert len(chosen) == 2
        assert again == design
