"""Stored results: whole or absent, of one design only, and checked when read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from first_format import trial_in_first_format
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.foundation.files import replacing
from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.foundation.locks import HeldError
from nasrank.bench.runner.results import Store
from nasrank.bench.training.strategies import STRATEGIES


def result_of(trial, design, failure=None):
    scores = {} if failure else {"accuracy": [0.5] * len(design.pool)}
    rest = {"steps": 1, "record": [], "landmark_scores": {}, "curve": [], "settings": design.settings(trial)}
    rest |= {"format": 2, "lookalike_scores": {}, "derived": None, "parts": None, "seconds": {}}
    return {"trial": trial.name, "processor": "abacus", "versions": {}, "failure": failure, "scores": scores, **rest}


@pytest.fixture
def store(tmp_path, design):
    """A finished study."""
    store = Store(tmp_path / "results")
    store.begin(design)
    for trial in design.trials:
        store.put(trial, result_of(trial, design))
    return store


def file_of(store, trial):
    return store.folder / f"{trial.name}.json"


def test_what_is_put_is_read(store, design):
    results = store.read()
    assert results.design == design
    assert set(results.trials) == {trial.name for trial in design.trials}
    assert [result["trial"] for result in results.of(design.rows["gdas"].after)] == [
        "gdas-landmark-seed0",
        "gdas-landmark-seed1",
    ]


def test_beginning_again_keeps_what_is_there(store, design):
    before = {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}
    store.begin(design)
    assert {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()} == before


def test_the_results_of_another_design_are_refused_and_left_alone(store, design):
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    other = replace(design, environment={**design.environment, "torch": "1.0"})
    with pytest.raises(ValueError, match="another study or environment"):
        store.begin(other)
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


def test_what_a_killed_run_left_half_written_is_removed_and_nothing_else(store, design):
    left = store.folder / ".unfinished-abcdef01"
    left.mkdir()
    for name in ("unfinished.lock", "design.json"):
        (left / name).write_text('{"half": ')
    for name in ("notes.txt", ".notes.json.bak", ".unfinished-notes"):
        (store.folder / name).write_text("somebody's")
    store.begin(design)
    names = {path.name for path in store.folder.iterdir()}
    somebodys = {"notes.txt", ".notes.json.bak", ".unfinished-notes"}
    assert names == {"design.json", *somebodys, *(f"{trial.name}.json" for trial in design.trials)}


def test_what_a_living_run_has_half_written_stays(store, design):
    with replacing(store.folder / "spos-plain-seed0.json") as temporary:
        temporary.write_text("{}")
        Store(store.folder).begin(design)
        assert temporary.exists()


def test_a_folder_is_written_to_by_one_run_at_a_time_and_the_other_is_told_who_it_is(store):
    """Cases, group 1."""
    other = Store(store.folder)
    told = rf"another run is writing to .*: process {os.getpid()} on .*, since"
    with store.writing(), store.writing(), pytest.raises(HeldError, match=told), other.writing():
        pass
    with other.writing():
        pass


def test_writing_fails_whole(tmp_path):
    path = tmp_path / "file.json"
    write_json(path, {"kept": 1})
    with pytest.raises(TypeError):
        write_json(path, {"lost": object()})
    assert read_json(path) == {"kept": 1}
    assert [found.name for found in tmp_path.iterdir()] == ["file.json"]


def test_a_result_is_replaced_and_not_written_into(store, design):
    """Who has the old file open, or a link to it, keeps it; nobody ever sees a half of the new one."""
    trial = design.trials[0]
    before = file_of(store, trial).read_text()
    with file_of(store, trial).open() as reader:
        store.put(trial, {**result_of(trial, design), "processor": "quipu"})
        assert reader.read() == before
    assert store.get(trial, design)["processor"] == "quipu"


def test_a_disk_that_is_full_leaves_the_old_result(store, design, monkeypatch):
    trial, write = design.trials[0], Path.write_text
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}

    def fill(path, text, *arguments, **keywords):
        write(path, text[: len(text) // 2], *arguments, **keywords)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill)
    with pytest.raises(OSError, match="No space left"):
        store.put(trial, {**result_of(trial, design), "processor": "quipu"})
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


def test_an_unfinished_study_is_not_read_but_says_what_it_lacks(store, design):
    file_of(store, design.trials[2]).unlink()
    assert not store.has(design.trials[2], design)
    with pytest.raises(ValueError, match="lacks 1 of 8 trials, first gdas-plain-seed0"):
        store.read()


def test_a_folder_without_a_design_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"design.json does not exist"):
        Store(tmp_path).read()


def test_results_of_another_folder_are_adopted_where_there_are_none_yet(store, design, tmp_path):
    mine = Store(tmp_path / "mine")
    mine.begin(design)
    first, second, *_ = design.trials
    mine.put(first, {**result_of(first, design), "processor": "quipu"})
    file_of(store, second).unlink()
    fewer = replace(design, study=design.study.model_copy(update={"strategies": ("gdas",)}))
    assert mine.adopt(store.folder, fewer) == 4
    assert mine.adopt(store.folder, design) == 2
    assert mine.adopt(store.folder, design) == 0
    assert {trial.name for trial in design.trials if not mine.has(trial, design)} == {second.name}
    assert mine.get(first, design)["processor"] == "quipu"


def test_results_of_other_settings_are_not_adopted(store, design, tmp_path):
    mine = Store(tmp_path / "mine")
    mine.begin(design)
    for trial in design.trials:
        store.put(trial, {**result_of(trial, design), "settings": {"strategy": "another"}})
    assert mine.adopt(store.folder, design) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"environment": {"torch": "1.0"}}, "in environment: nothing"),
        ({"pool": ("one", "two")}, "in pool: nothing"),
        ({"images": {}, "truth": {}}, "in images, truth: nothing"),
    ],
)
def test_what_keeps_results_from_being_adopted_is_named(store, design, tmp_path, change, reason):
    with pytest.raises(ValueError, match=reason):
        Store(tmp_path / "mine").adopt(store.folder, replace(design, **change))


def test_a_section_of_the_study_that_differs_is_named(store, design, tmp_path):
    training = design.study.training.model_copy(update={"passes": 13})
    other = replace(design, study=design.study.model_copy(update={"training": training}))
    with pytest.raises(ValueError, match="in training: nothing"):
        Store(tmp_path / "mine").adopt(store.folder, other)


def test_an_angle_of_before_is_that_of_the_kernels(store, design):
    """Results that know one angle, all that were stored before there were two, have it without normalizations."""
    trial = design.trials[0]
    scores = {"accuracy": [0.5] * len(design.pool), "angle": [1.0] * len(design.pool)}
    marks = {name: [value[0]] * len(design.scored_landmarks(trial)) for name, value in scores.items()}
    today = {**result_of(trial, design), "scores": scores, "landmark_scores": marks}
    store.put(trial, trial_in_first_format(today, trial, design))
    found = store.get(trial, design)
    assert found["scores"] == {"accuracy": scores["accuracy"], "kernel_angle": scores["angle"]}
    assert found["landmark_scores"] == {"accuracy": marks["accuracy"], "kernel_angle": marks["angle"]}
    by_angle = {name: value for name, value in scores.items() if name == "angle"}
    ranked = replace(design, study=design.study.model_copy(update={"strategies": ("rlnas",)}))
    own = ranked.trials[0]
    today = {**result_of(own, ranked), "scores": by_angle}
    store.put(own, trial_in_first_format(today, own, ranked))
    kept = {"angle": scores["angle"], "kernel_angle": scores["angle"]}
    assert store.get(own, ranked)["scores"] == kept, "of an earlier revision that ranks by it"
    both = {**scores, "kernel_angle": [3.0] * len(design.pool)}
    for written in (lambda result: result, lambda result: trial_in_first_format(result, trial, design)):
        store.put(trial, written({**result_of(trial, design), "scores": both, "landmark_scores": {}}))
        assert store.get(trial, design)["scores"] == both


def test_results_of_another_revision_of_a_strategy_do_not_count(store, design, monkeypatch):
    """A strategy that computes something else since they were stored; those of the other arms stay."""
    for trial in design.trials:
        store.put(trial, {**result_of(trial, design), "settings": design.settings(trial)})
    monkeypatch.setattr(STRATEGIES["gdas"], "revision", STRATEGIES["gdas"].revision + 1)
    assert {trial.arm for trial in design.trials if store.has(trial, design)} == {"spos-plain", "spos-landmark"}
    results = store.read()
    assert results.earlier_revisions == ["gdas"], "a report can be made of them, and says so"


def test_results_of_before_settings_were_stored_are_of_the_first_revision(store, design, monkeypatch):
    """Those of GDAS in nb201-cifar10 were taken for today's, and no report named them."""
    for trial in design.trials:
        first = trial_in_first_format(result_of(trial, design), trial, design)
        store.put(trial, {name: value for name, value in first.items() if name != "settings"})
    monkeypatch.setattr(STRATEGIES["spos"], "revision", 0)
    monkeypatch.setattr(STRATEGIES["gdas"], "revision", 1)
    assert {trial.arm for trial in design.trials if store.has(trial, design)} == {"spos-plain", "spos-landmark"}
    assert store.read().earlier_revisions == ["gdas"]


def test_a_folder_without_results_cannot_be_adopted(design, tmp_path):
    with pytest.raises(ValueError, match=r"design.json does not exist"):
        Store(tmp_path / "mine").adopt(tmp_path, design)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("name", ["design.json", "spos-plain-seed0.json"])
def test_a_truncated_file_is_refused_by_name(store, name, share):
    path = store.folder / name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=rf"{name} is damaged"):
        store.read()


def test_bytes_that_are_not_text_are_refused_by_name(store, design):
    file_of(store, design.trials[0]).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"spos-plain-seed0.json is damaged"):
        store.read()


def test_scores_of_another_pool_are_refused(store, design):
    trial = design.trials[0]
    store.put(trial, {**result_of(trial, design), "scores": {"accuracy": [0.5] * 11}})
    with pytest.raises(ValueError, match=r"scores of \[11\] architectures; the pool has 20"):
        store.read()


def test_a_finished_trial_without_scores_is_refused(store, design):
    trial = design.trials[0]
    store.put(trial, {**result_of(trial, design), "scores": {}})
    with pytest.raises(ValueError, match=r"spos-plain-seed0.json"):
        store.read()


@pytest.mark.parametrize("content", [[], {}, 3, {"trial": "spos-plain-seed0", "failure": None}])
def test_another_content_is_refused(store, design, content):
    write_json(file_of(store, design.trials[0]), content)
    with pytest.raises(ValueError, match="is not the result of spos-plain-seed0"):
        store.read()


def test_the_result_of_another_trial_is_refused(store, design):
    write_json(file_of(store, design.trials[0]), result_of(design.trials[1], design))
    with pytest.raises(ValueError, match="is not the result of spos-plain-seed0"):
        store.read()


def test_a_failed_trial_is_kept_with_its_reason(store, design):
    trial = design.trials[0]
    store.put(trial, result_of(trial, design, failure="the training loss of SPOS is nan at step 3 of 12"))
    assert store.has(trial, design), "a failure is a result: the same seed would fail again"
    assert "at step 3" in store.read().trials[trial.name]["failure"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.slow
@given(content=plain)
def test_the_layout_is_json(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("json") / "file.json"
    write_json(path, content)
    assert read_json(path) == content


def test_the_layout_is_one_key_a_line_and_numbers_on_one(tmp_path):
    path = tmp_path / "file.json"
    write_json(path, {"a": [1, 2, 3], "b": {"c": [0.5]}, "d": [{"e": 1}]})
    assert path.read_text() == '{\n "a": [1, 2, 3],\n "b": {\n  "c": [0.5]\n },\n "d": [\n  {\n   "e": 1\n  }\n ]\n}\n'
