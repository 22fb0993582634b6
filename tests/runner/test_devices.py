"""The same study on another device: one study, whose results are not mixed with those of the first."""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.foundation.json_files import read_json, write_json
from nasrank.bench.runner.checkpoints import identity_of
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.output import Output
from nasrank.bench.runner.results import DESIGN_FILE, Store
from nasrank.bench.runner.stored import device_of
from nasrank.bench.runner.trial import run_trial


def result_of(trial, design, **more):
    rest = {"steps": 1, "record": [], "landmark_scores": {}, "curve": [], "settings": design.settings(trial)}
    rest |= {"format": 2, "lookalike_scores": {}, "derived": None, "parts": None, "seconds": {}, "versions": {}}
    scores = {"accuracy": [0.5] * len(design.pool)}
    return {"trial": trial.name, "processor": "abacus", "failure": None, "scores": scores, **rest, **more}


def filled(folder, design, **more):
    store = Store(folder)
    store.begin(design)
    for trial in design.trials:
        store.put(trial, result_of(trial, design, **more))
    return store


def texts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def on_gpu(design):
    return design.on("cuda")


def test_a_study_that_moves_is_the_same_study(design, on_gpu):
    assert on_gpu != design
    assert on_gpu.fingerprint == design.fingerprint
    assert on_gpu.common == design.common
    assert [on_gpu.settings(trial) for trial in on_gpu.trials] == [design.settings(trial) for trial in design.trials]


def test_a_checkpoint_is_of_one_kind_of_device(design):
    trial, labels = design.trials[0], np.empty(0)
    ours, others, same = (identity_of(design.on(name), trial, labels) for name in ("cpu", "cuda", "cuda:1"))
    assert {name for name in ours if ours[name] != others[name]} == {"device"}
    assert others == same


def test_the_design_says_where_it_is_trained(design, on_gpu):
    assert (design.device, on_gpu.device) == ("cpu", "cuda")
    assert Design.from_json(on_gpu.to_json()) == on_gpu


@pytest.mark.parametrize(("first", "then"), [("cpu", "cuda"), ("cuda:1", "cpu")])
def test_a_folder_with_trials_of_another_kind_of_device_is_refused_and_left_alone(tmp_path, design, first, then):
    names = {"device": "cuda: Zuse"} if first != "cpu" else {}
    store = filled(tmp_path / "results", design.on(first), **names)
    before = texts(store.folder)
    with pytest.raises(ValueError, match=f"holds results of {first[:4].strip(':')}.*are not mixed: take --device"):
        store.begin(design.on(then))
    assert texts(store.folder) == before


def test_another_device_of_the_same_kind_goes_on(tmp_path, design):
    store = filled(tmp_path / "results", design.on("cuda"), device="cuda: Zuse")
    store.begin(design.on("cuda:1"))
    assert all(store.has(trial, design=design.on("cuda:1")) for trial in design.trials)


def test_a_folder_in_which_nothing_is_trained_yet_may_move(tmp_path, design, on_gpu):
    store = Store(tmp_path / "results")
    store.begin(design)
    store.begin(on_gpu)
    assert read_json(store.folder / DESIGN_FILE)["study"]["training"]["device"] == "cuda"


def test_results_of_another_kind_are_not_taken_over(tmp_path, design, on_gpu):
    there = filled(tmp_path / "there", design)
    store = Store(tmp_path / "results")
    store.begin(on_gpu)
    with pytest.raises(ValueError, match="holds results of cpu"):
        store.adopt(there.folder, on_gpu)
    assert not list(store.folder.glob("*seed*"))


def test_a_result_that_was_put_there_from_another_device_is_not_read(tmp_path, design):
    store = filled(tmp_path / "results", design)
    trial = design.trials[0]
    write_json(store.path(trial.name), result_of(trial, design, device="cuda: Zuse"))
    with pytest.raises(ValueError, match=r"device: it is of cuda: Zuse, and the design's trials are of cpu"):
        store.read()


def test_results_that_name_no_device_are_of_the_cpu_and_stay_as_they_are(tmp_path, design):
    store = filled(tmp_path / "results", design)
    assert {device_of(result) for result in store.read().trials.values()} == {"cpu"}
    store.copy(design, tmp_path / "copy")
    assert texts(tmp_path / "copy") == texts(store.folder)


def test_a_report_of_another_device_gives_way_only_when_it_is_told_to(tmp_path, design, on_gpu):
    output = Output(tmp_path / "out")
    output.put({"table.md": "of the CPU"}, design.study, None)
    output.refuse(design.study, results=False)
    with pytest.raises(ValueError, match="which differs in the device"):
        output.refuse(on_gpu.study, results=False)
    output.refuse(on_gpu.study, results=False, replace=True)


def test_a_machine_without_the_device_says_so(monkeypatch, design, on_gpu):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match=r"device = 'cuda', but torch .* finds no CUDA device here"):
        run_trial(on_gpu, design.trials[0], np.empty(0))
