"""Super-nets that are kept score what their trial scored, and whatever else one asks."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import nasrank.bench
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.imports.formats.score_sheet import about_scores
from nasrank.bench.runner.kept_supernets import SuperNetFolder, load_supernet
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.scoring.sheet import read_scores
from nasrank.bench.studies.study_file import load_study

ARMS = ["spos-landmark", "few_shot-plain", "gdas-plain", "rlnas-plain"]


@pytest.fixture(scope="module")
def kept(study_text, tmp_path_factory):
    """The folder of super-nets, the design, and the result of each arm."""
    folder = tmp_path_factory.mktemp("kept")
    path = folder / "several.toml"
    path.write_text(study_text.replace('["spos", "gdas"]', '["spos", "few_shot", "gdas", "rlnas"]'))
    design, truth = resolve(load_study(path))[:2]
    supernets, results = SuperNetFolder(folder / "supernets"), {}
    for arm in ARMS:
        trial = Trial(arm, 1)
        results[arm] = run_trial(design, trial, design.labels_for(trial, truth), supernets=supernets)
        assert supernets.holds(trial, design)
    return supernets, design, results


@pytest.mark.slow
@pytest.mark.parametrize("arm", ARMS)
def test_it_scores_what_its_trial_scored(arm, kept):
    supernets, design, results = kept
    opened = load_supernet(supernets.path(Trial(arm, 1)))
    assert len(opened.supernets) == (5 if arm.startswith("few_shot") else 1)
    found = opened.score(design.pool)
    assert found.keys() == results[arm]["scores"].keys()
    for name, values in found.items():
        np.testing.assert_array_equal(values.round(6), results[arm]["scores"][name])
    assert opened.ranked_by in found
    some = opened.space.sample(np.random.default_rng(0), 3)
    assert all(np.isfinite(values).all() for values in opened.score(some).values())


def test_it_is_opened_from_where_issue_and_readme_say():
    assert nasrank.bench.load_supernet is nasrank.load_supernet is load_supernet
    with pytest.raises(AttributeError, match="has no 'open_supernet'"):
        _ = nasrank.bench.open_supernet


@pytest.mark.slow
def test_the_command_scores_by_it(kept, command, tmp_path):
    supernets, _, _ = kept
    path, out = supernets.path(Trial("spos-landmark", 1)), tmp_path / "scores.parquet"
    code, said, complained = command("score", "nb201", "--supernet", path, "--cells", 7, "--out", out)
    assert code == 0, complained
    assert "7 architectures of nb201 by spos-landmark-seed1" in said
    sheet = read_scores(out)
    assert len(sheet.architectures) == 7
    opened = load_supernet(path)
    expected = opened.score([opened.space.parse(text) for text in sheet.architectures])
    for name, values in expected.items():
        np.testing.assert_array_equal(sheet.scores[name][0], values)
    about = about_scores(out)
    assert about["ranked_by"] == "accuracy"
    assert all(column["higher_is_better"] for column in about["columns"].values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nb101",), "is a super-net of nb201, not of nb101"),
        (("nb201", "--data", "digits"), "--data means nothing with --supernet"),
        (("nb201", "--jobs", "2"), "--jobs means nothing with --supernet"),
    ],
)
def test_the_command_refuses_what_does_not_fit(words, said, kept, command, tmp_path):
    path = kept[0].path(Trial("spos-landmark", 1))
    code, _, complained = command("score", *words, "--supernet", path, "--out", tmp_path / "scores.parquet")
    assert (code, said in complained) == (2, True), complained


def test_weights_that_are_damaged_or_of_another_are_refused(kept, tmp_path):
    supernets, design, _ = kept
    path = supernets.path(Trial("spos-landmark", 1))
    for file in supernets.folder.glob("spos*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    copy, weights = tmp_path / path.name, tmp_path / "spos-landmark-seed1.0.safetensors"
    load_supernet(copy)
    tensors = load_file(weights)
    save_file({name: torch.zeros_like(one) for name, one in tensors.items()}, weights)
    with pytest.raises(DataError, match="altered or of another super-net"):
        load_supernet(copy)
    assert not SuperNetFolder(tmp_path).holds(Trial("spos-landmark", 1), design)
    weights.unlink()
    with pytest.raises(DataError, match="is missing or damaged"):
        load_supernet(copy)
    content = json.loads(path.read_text())
    copy.write_text(json.dumps({**content, "trial": "spos-landmark-seed9"}))
    with pytest.raises(DataError, match="no trial 'spos-landmark-seed9'"):
        load_supernet(copy)
    copy.write_text(json.dumps({"kind": "proxies", "format": 1}))
    with pytest.raises(DataError, match="is not the super-net of a trial"):
        load_supernet(copy)
    with pytest.raises(DataError, match="does not exist"):
        load_supernet(tmp_path / "nothing.json")
