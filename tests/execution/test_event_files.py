"""TensorBoard's event files: what tasks tell, by task and step, also of one that is begun anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from nasrank.bench.execution import Watch
from nasrank.bench.execution.looking_on import event_files
from nasrank.bench.execution.looking_on.event_files import EventFiles

installed = pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="TensorBoard is not installed")


def read(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Scalars of a run by name, as TensorBoard would show them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return {name: [(one.step, one.value) for one in found.Scalars(name)] for name in found.Tags()["scalars"]}


@installed
def test_what_tasks_tell_is_found_by_task_and_step(tmp_path):
    watch = EventFiles(tmp_path, Watch())
    watch.begin("all trials", 2, 0)
    for step in range(1, 5):
        watch.progress("a", step / 5, {"step": float(step), "steps": 5.0})
        if step % 2 == 0:
            watch.progress("a", step / 5, {"loss": 1.0 / step, "landmark.violated": 0.5})
            watch.progress("a", step / 5, {"tau": 0.25 * step, "scores": [0.5, 0.25]})
            watch.progress("b", step / 5, {"step": 10.0 * step, "loss": 2.0})
    watch.done("a")
    watch.end()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert read(tmp_path / "a") == {
        "loss": [(2, 0.5), (4, 0.25)],
        "landmark.violated": [(2, 0.5), (4, 0.5)],
        "tau": [(2, 0.5), (4, 1.0)],
    }
    assert read(tmp_path / "b") == {"loss": [(20, 2.0), (40, 2.0)]}


@installed
def test_a_task_that_tells_no_steps_is_shown_by_its_share(tmp_path):
    watch = EventFiles(tmp_path, Watch())
    for share in (0.1, 0.25, 0.7):
        watch.progress("a", share, {"loss": 0.5})
    watch.progress("b", 0.5)
    watch.end()
    assert read(tmp_path / "a") == {"loss": [(100, 0.5), (250, 0.5), (700, 0.5)]}
    assert not (tmp_path / "b").exists(), "which told nothing"


@installed
@pytest.mark.parametrize("again", [False, True], ids=["same process", "another process"])
def test_one_that_is_begun_anew_is_shown_as_it_went_on(tmp_path, again):
    """Its worker was lost at step 4, and another one went on from step 2."""
    watch = EventFiles(tmp_path, Watch())
    for step in (1, 2, 3, 4):
        watch.progress("a", step / 5, {"step": float(step), "loss": 1.0})
    if again:
        watch.end()
        watch = EventFiles(tmp_path, Watch())
    for step in (2, 3):
        watch.progress("a", step / 5, {"step": float(step), "loss": 0.5})
    watch.end()
    assert read(tmp_path / "a") == {"loss": [(1, 1.0), (2, 0.5), (3, 0.5)]}


@installed
def test_a_folder_that_cannot_be_written_to_is_noted_once_and_stops_nothing(tmp_path, monkeypatch):
    notes: list[str] = []
    shares: list[float] = []
    heard = Watch()
    monkeypatch.setattr(heard, "note", notes.append)
    monkeypatch.setattr(heard, "progress", lambda task, share: shares.append(share))
    (tmp_path / "file").write_text("mine")
    watch = EventFiles(tmp_path / "file", heard)
    for share in (0.1, 0.2):
        watch.progress("a", share, {"loss": 0.5})
    watch.end()
    assert shares == [0.1, 0.2]
    assert len(notes) == 1
    assert notes[0].startswith("note: no further event files are written: ")


def test_without_tensorboard_it_is_said_what_to_install(command, tmp_path, monkeypatch):
    """Before anything is trained."""
    monkeypatch.setattr(event_files.importlib.util, "find_spec", lambda name: None)
    words = ("run", "nb201-smoke", "--tensorboard", tmp_path / "events", "--out", tmp_path / "out")
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err == "nasrank: event files need TensorBoard: pip install 'nasrank[tensorboard]'\n"
    assert list(tmp_path.iterdir()) == []


def test_studies_of_other_kinds_have_none(command, tmp_path):
    code, _, err = command("run", "zero-cost", "--tensorboard", tmp_path / "events", "--out", tmp_path / "out")
    assert code == 2
    assert "for which there is no --tensorboard" in err


@installed
@pytest.mark.slow
def test_a_study_leaves_the_losses_and_tau_of_every_trial(command, study_file, tmp_path):
    words = ("run", study_file, "--out", tmp_path / "out", "--work", tmp_path / "work", "--executor", "here")
    code, _, err = command(*words, "--tensorboard", tmp_path / "events")
    assert (code, err) == (0, "")
    trials = sorted(path.name for path in (tmp_path / "events").iterdir())
    assert trials == sorted(path.stem for path in (tmp_path / "out" / "results").glob("*-seed?.json"))
    for trial in trials:
        found = read(tmp_path / "events" / trial)
        assert len(found["loss"]) >= 1
        assert [value for _, value in found["tau"] if -1 <= value <= 1]
