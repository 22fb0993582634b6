"""A study of proxies from its file to its report, and again from its results."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from nasrank.bench.scoring.sheet import read_scores
from nasrank.bench.scoring.study_run import read_results
from nasrank.bench.studies.kinds import SUPERNETS, files_of, kind_of
from nasrank.bench.studies.proxy_study import KIND, ProxyStudy
from nasrank.bench.studies.study_file import STUDIES, find_study, load_as

TRUTH = "analog-nasbench:accuracy/cifar10/test_50k_augmented/200/one_run"
TEXT = f"""\
kind = "proxies"
title = "tiny"

[[parts]]
name = "tiny"
space = "nb201"
data = "digits"
cells = "24"
seeds = 2
proxies = ["test_weights", "test_first"]
batch = 8
network = {{ channels = 2, cells_per_stage = 1 }}
truths = {{ "CIFAR-10" = "{TRUTH}" }}

[[changes]]
label = "1 channel"
part = "tiny"
cells = 12
network = {{ channels = 1 }}
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TEXT)
    return tmp_path / "tiny.toml"


@pytest.mark.slow
def test_a_study_is_run_and_its_report_made_anew(command, file):
    code, _, err = command("run", file, "--executor", "here", "--out", "made")
    assert code == 0, err
    folder = file.parent / "made"
    texts = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    results = read_results(folder / "results")
    assert list(results.parts) == ["tiny"]
    assert results.changes[0].architectures == results.parts["tiny"].architectures[:12]
    assert results.changes[0].about["set_up"]["network"] == {"channels": 1, "cells_per_stage": 1}
    rows = json.loads(texts["summary.json"])["rows"]
    assert {row["predictor"] for row in rows} == {"test_weights", "test_first"}
    weights = next(row for row in rows if (row["predictor"], row["metric"]) == ("test_weights", "tau"))
    assert weights["mean"] > 0.2

    before = {path.name: path.stat().st_mtime_ns for path in (file.parent / ".nasrank").rglob("*.json")}
    code, _, err = command("run", file, "--executor", "here", "--out", "again")
    assert code == 0, err
    assert before == {path.name: path.stat().st_mtime_ns for path in (file.parent / ".nasrank").rglob("*.json")}
    assert {path.name: path.read_text() for path in (file.parent / "again").iterdir() if path.is_file()} == texts

    (folder / "README.md").unlink()
    code, out, err = command("report", folder)
    assert code == 0, err
    assert "On 24 architectures of nb201" in " ".join(out.split())
    assert {path.name: path.read_text() for path in folder.iterdir() if path.is_file()} == texts


@pytest.mark.slow
def test_a_score_command_of_the_same_set_up_is_taken_over(command, file):
    words = ("nb201", "--proxies", "test_weights,test_first", "--data", "digits", "--channels", 2, "--batch", 8)
    command("score", *words, "--cells", 24, "--seeds", 2, "--executor", "here", "--out", "s.parquet")
    before = {path: path.stat().st_mtime_ns for path in (file.parent / ".nasrank").rglob("*.json")}
    code, _, err = command("run", file, "--executor", "here", "--quick", "--out", "made")
    assert code == 0, err
    assert len(read_scores(file.parent / "made" / "results" / "tiny.parquet").architectures) == 60
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("batch = 8", "bach = 8"), "line 11: parts.bach: unknown key"),
        (('part = "tiny"', 'part = "none"'), "which is none of the parts"),
        (("cells = 12", "cells = 3"), "greater than or equal to 10"),
        (('kind = "proxies"', 'kind = "nothing"'), "unknown kind of study 'nothing'"),
        (('kind = "proxies"', "kind = 3"), "kind is the name of a kind"),
        (("test_first", "test_last"), "there is no proxy 'test_last'"),
    ],
)
def test_mistakes_in_a_file_are_said(command, file, change, message):
    assert change[0] in TEXT
    file.write_text(TEXT.replace(*change))
    code, _, err = command("run", file, "--executor", "here", "--out", "made")
    assert code == 2
    assert message in " ".join(err.split())


def test_options_of_other_studies_are_refused(command, file):
    code, _, err = command("run", file, "--oracle", "mine")
    assert code == 2
    assert "for which there is no --oracle" in " ".join(err.split())


def test_a_file_without_a_kind_is_of_super_nets():
    assert kind_of(STUDIES / "nb201.toml") == SUPERNETS
    assert find_study("zero-cost") in files_of(KIND)
    assert find_study("zero-cost") not in files_of()


def test_the_study_that_comes_with_nasrank_is_valid_and_changes_one_thing_at_a_time():
    study = load_as(find_study("zero-cost"), ProxyStudy)
    assert len({part.space for part in study.parts}) == 2
    for change in study.changes:
        part = study.part(change.part)
        applied, plain = change.applied(part), part.model_copy(update={"cells": str(change.cells)})
        different = [
            name
            for name in ("data", "batch", "dead_branches", "network")
            if getattr(applied, name) != getattr(plain, name)
        ]
        assert len(different) == 1, change.label


def test_two_parts_of_one_name_are_refused():
    part = {"name": "a", "space": "nb201", "data": "digits", "truths": {"x": "y:z"}}
    with pytest.raises(ValidationError, match="two parts are called 'a'"):
        ProxyStudy.model_validate({"title": "x", "parts": [part, part]})
