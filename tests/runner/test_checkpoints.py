"""A trial that is killed at any step, and continued, has the result of one that was not."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from killing import killed_at_every_step

from nasrank.bench.execution import Released
from nasrank.bench.runner import checkpoints as module
from nasrank.bench.runner.checkpoints import STATE_FILE, Checkpoint, Checkpoints, identity_of
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.studies.study_file import load_study


class Killed(BaseException):
    """As a system kills: nothing is told, and nothing can be done about it."""


def without_times(result):
    return {name: value for name, value in result.items() if name not in ("seconds", "phases")}


def killed_at(step):
    def progress(_share, figures=None, /):
        if figures and figures.get("step") == step:
            raise Killed

    return progress


class Told:
    """Takes the steps that a trial tells of."""

    def __init__(self):
        self.steps = []

    def __call__(self, _share, figures=None, /):
        self.steps += [figures["step"]] if figures and "step" in figures else []


@pytest.fixture(scope="module")
def several(study_text, tmp_path_factory):
    """A study of strategies of one generation and of many, which is scored during training, too."""
    text = study_text.replace('["spos", "gdas"]', '["spos", "few_shot", "rlnas"]')
    text = text.replace("checkpoints = 2", "checkpoints = 4")
    path = tmp_path_factory.mktemp("several") / "several.toml"
    path.write_text(text)
    return resolve(load_study(path))[:2]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arm", ["spos-landmark", "few_shot-landmark", pytest.param("rlnas-plain", marks=pytest.mark.slow)]
)
def test_it_ends_with_the_same_scores(arm, several, tmp_path):
    design, truth = several
    trial = Trial(arm, 0)
    labels = design.labels_for(trial, truth)
    whole = run_trial(design, trial, labels)
    steps = whole["steps"]
    assert steps >= 6
    for step in {2, steps // 2 + 2, steps}:
        kept = Checkpoints(tmp_path / str(step), minutes=0)
        with pytest.raises(Killed):
            run_trial(design, trial, labels, progress=killed_at(step), checkpoints=kept)
        assert kept.of(design, trial, labels).step == step - 1
        told = Told()
        continued = run_trial(design, trial, labels, checkpoints=kept, progress=told)
        assert told.steps[0] == step, "nothing is done twice"
        assert without_times(continued) == without_times(whole)
        kept.remove(trial)
        assert not kept.folder.exists()


@pytest.fixture
def kept(several, tmp_path):
    """A trial, its labels and where its checkpoint of step 3 lies."""
    design, truth = several
    trial = Trial("spos-landmark", 0)
    labels = design.labels_for(trial, truth)
    folder = Checkpoints(tmp_path / "kept", minutes=0)
    with pytest.raises(Killed):
        run_trial(design, trial, labels, progress=killed_at(4), checkpoints=folder)
    return design, trial, labels, folder


def test_one_file_of_tensors_and_one_beside_it_are_kept(kept):
    *_, folder = kept
    assert sorted(path.name for path in (folder.folder / "spos-landmark-seed0").iterdir()) == [
        STATE_FILE,
        "step-3.safetensors",
    ]


def test_it_is_used_for_the_very_trial_alone(kept, monkeypatch):
    design, trial, labels, folder = kept
    assert folder.of(design, trial, labels).in_words == "goes on after step 3"
    others = folder.of(design, trial, labels + 1)
    assert (others.in_words, others.latest()) == ("a checkpoint is not used: it is of other labels", None)
    shutil.copytree(folder.folder / trial.name, folder.folder / "spos-landmark-seed1")
    other = folder.of(design, Trial("spos-landmark", 1), labels)
    assert other.refusal == "it is of other settings"
    monkeypatch.setattr(module, "source_of", lambda *kinds: "changed since")
    assert folder.of(design, trial, labels).refusal == "it is of other code"
    assert folder.of(design, trial, labels).latest() is None


@pytest.mark.slow
def test_other_data_are_another_trial(kept):
    design, trial, labels, _ = kept
    other = replace(design, images={**design.images, "sha256": "0" * 64})
    differing = {
        name
        for name, digest in identity_of(design, trial, labels).items()
        if identity_of(other, trial, labels)[name] != digest
    }
    assert differing == {"study or data"}


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["tensors", "plain", "missing"])
def test_a_damaged_one_is_not_used(damage, kept):
    design, trial, labels, folder = kept
    place = folder.folder / trial.name
    tensors = place / "step-3.safetensors"
    if damage == "tensors":
        content = bytearray(tensors.read_bytes())
        content[-1] ^= 1
        tensors.write_bytes(bytes(content))
    elif damage == "plain":
        (place / STATE_FILE).write_text("{")
    else:
        tensors.unlink()
    result = run_trial(design, trial, labels, checkpoints=folder)
    np.testing.assert_equal(without_times(result), without_times(run_trial(design, trial, labels)))


def test_there_is_none_before_it_is_due(several, tmp_path):
    design, truth = several
    trial = Trial("spos-plain", 0)
    run_trial(design, trial, design.labels_for(trial, truth), checkpoints=Checkpoints(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


@pytest.mark.slow
def test_a_kill_while_it_is_written_leaves_it_or_the_one_before(tmp_path):
    def begin():
        shutil.rmtree(tmp_path / "trial", ignore_errors=True)
        Checkpoint(tmp_path / "trial", {}, 0.0).keep("first", {"weights": torch.ones(3)}, 1)

    def go_on():
        Checkpoint(tmp_path / "trial", {}, 0.0).keep("second", {"weights": torch.zeros(3)}, 2)

    found = set()
    for _ in killed_at_every_step(go_on, begin):
        plain, tensors = Checkpoint(tmp_path / "trial", {}, 0.0).latest()
        assert torch.equal(tensors["weights"], torch.ones(3) if plain == "first" else torch.zeros(3))
        found.add(plain)
    assert found == {"first", "second"}


def test_a_trial_that_is_to_go_on_elsewhere_leaves_one_at_once(several, tmp_path):
    design, truth = several
    trial, folder = Trial("spos-plain", 0), Checkpoints(tmp_path / "kept", minutes=60)
    labels = design.labels_for(trial, truth)

    def release(_share, figures=None, /):
        if figures and figures.get("step") == 5:
            raise Released

    with pytest.raises(Released):
        run_trial(design, trial, labels, progress=release, checkpoints=folder)
    assert folder.of(design, trial, labels).step == 5


@pytest.mark.slow
def test_without_room_for_one_a_trial_goes_on(several, tmp_path, monkeypatch):
    design, truth = several
    trial = Trial("spos-plain", 0)
    labels = design.labels_for(trial, truth)

    def full(*_words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save_file", full)
    with pytest.warns(UserWarning, match="spos-plain-seed0 goes on without a checkpoint: .*No space left"):
        result = run_trial(design, trial, labels, checkpoints=Checkpoints(tmp_path, minutes=0))
    assert result["failure"] is None
